"""Runs in Windows (wine): a window, an edit control and our own parts, told line by line what to do: `wine_desktop`.

Each line of standard input is a JSON array, the name of a function of `Stage` and its arguments; each answer is a line
of standard output that begins with ANSWER. Windows are served between the lines, as a program's have to be.
"""

import contextlib
import ctypes
import json
import queue
import subprocess
import sys
import threading
import time
import tkinter as tk
import traceback
from collections.abc import Callable
from typing import Any

from customer_client.capture.choose import choose_capture, choose_cursor_watcher
from customer_client.capture.cursor import CursorShape
from customer_client.capture.thumbnails import thumbnails
from customer_client.capture.windows_cursor import pointer_now
from customer_client.capture.windows_displays import windows_displays
from customer_client.diagnostics.window_facts import WindowFacts, window_at
from customer_client.input.choose import choose_injector, choose_local_activity
from customer_client.input.injector import COORDINATE_MAX
from customer_client.input.ledger import InjectionLedger
from customer_client.input.own_windows import NoOwnWindows
from customer_client.input.windows_own_windows import WindowsOwnWindows
from customer_client.protection.windows_front_window import WindowsFrontWindow
from customer_client.redaction.cover import NothingHidden
from customer_client.redaction.windows_windows import WindowsWindows
from customer_client.ui.see_through import choose_see_through
from customer_client.ui.system_clipboard import put_text, read_text
from customer_client.windows import top_windows
from customer_client.windows.api import load, user32
from customer_client.windows.dpi import see_real_pixels
from customer_client.windows.secure_desktop import secure_desktop_is_shown
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button
from tests.support.windows_stage_parts import colour_at, edit_control, on_another_desktop, watch

ANSWER = "ANSWER "
COLOUR = "#123456"
PLACE = (100, 80, 400, 300)
"""Of the window: left, top, width, height."""


class Stage:
    """What the tests may ask for."""

    def __init__(self, answers: "queue.SimpleQueue[list[Any] | None]") -> None:
        self._asked = answers
        self._pixels = see_real_pixels()
        self.root = tk.Tk()
        self.root.overrideredirect(True)
        left, top, width, height = PLACE
        self.root.geometry(f"{width}x{height}+{left}+{top}")
        self.root.configure(background=COLOUR)
        self.root.title("Deskside stage")
        self._edit = edit_control()
        self._display = windows_displays()[0]
        self._injector: Any = choose_injector(lambda: self._display, InjectionLedger(), system="win32")
        self._own = self._injector._own_windows
        self._activity = 0
        self._watcher = choose_local_activity(InjectionLedger(), self._noticed, system="win32")
        self._presses: list[list[Any]] = []
        self.root.bind("<Button>", lambda event: self._presses.append(["button", event.num, event.x, event.y]))
        self.root.bind("<MouseWheel>", lambda event: self._presses.append(["wheel", event.delta]))
        self.root.bind("<Key>", lambda event: self._presses.append(["key", event.keycode]))
        self._front = WindowsFrontWindow()
        self._guard_words: list[str] = []
        self._cursor_told: list[Any] = []
        self._programs: list[subprocess.Popen[bytes]] = []

    def serve(self) -> None:
        """Answer until the input ends."""
        while True:
            self.root.update()
            try:
                asked = self._asked.get(timeout=0.01)
            except queue.Empty:
                continue
            if asked is None:
                break
            name, *arguments = asked
            try:
                answer: Any = getattr(self, name)(*arguments)
            except EnvironmentFault as fault:
                answer = {"fault": fault.code}
            print(ANSWER + json.dumps(answer), flush=True)
        self._watcher.stop()
        for program in self._programs:
            program.kill()

    def pixels(self) -> str:
        """Return how sizes and places are told."""
        return self._pixels

    def displays(self) -> list[Any]:
        """Return the displays."""
        return [[each.left, each.top, each.width, each.height, each.primary] for each in windows_displays()]

    def colours(self, *places: list[int]) -> list[str]:
        """Return the colours of the desktop there, as `#rrggbb`."""
        source = choose_capture(with_pointer=False)
        picture = source.grab()
        source.close()
        return [colour_at(picture.pixels, picture.stride, x, y) for x, y in places]

    def paint(self, colour: str) -> None:
        """Fill the window."""
        self.root.configure(background=colour)
        self._settle()

    def pointer_drawn(self, x: int, y: int) -> bool:
        """Return whether a picture with the pointer differs near (x, y), where the pointer is, from one without."""
        self._settle(lambda: pointer_now()[0] != 0)
        pictures = []
        for with_pointer in (False, True):
            source = choose_capture(with_pointer=with_pointer)
            pictures.append(source.grab())
            source.close()
        near = [(x + dx, y + dy) for dx in range(12) for dy in range(12)]
        one, other = ([colour_at(each.pixels, each.stride, *place) for place in near] for each in pictures)
        return one != other

    def thumbnail(self) -> list[Any]:
        """Return width, height and the colour in the middle of our window, of the small picture."""
        small = thumbnails(windows_displays(), cover=NothingHidden())[self._display.name]
        shrink = small.width / self._display.width
        left, top, width, height = PLACE
        at = (int((top + height / 2) * shrink) * small.width + int((left + width / 2) * shrink)) * 3
        return [small.width, small.height, "#" + small.pixels[at : at + 3].hex()]

    def secure(self) -> list[Any]:
        """Return whether another desktop is shown, here and for who is elsewhere; and what a picture says there."""
        elsewhere = on_another_desktop(secure_desktop_is_shown)
        return [secure_desktop_is_shown(), elsewhere, on_another_desktop(lambda: choose_capture().grab())]

    def typed(self, *texts: str) -> list[str]:
        """Type into the edit control, one after the other; return what it held after each."""
        library, arrived = load("user32"), []
        self._focus(self._edit)
        self._injector._own_windows = NoOwnWindows()
        for text in texts:
            library.SetWindowTextW(ctypes.c_void_p(self._edit), ctypes.c_wchar_p(""))
            self._injector.text(text)
            self._settle(lambda text=text: top_windows.title_of(self._edit, 200) == text)  # type: ignore[misc]
            arrived.append(top_windows.title_of(self._edit, 200))
        self._injector._own_windows = self._own
        return arrived

    def edit_in_front(self) -> None:
        """Empty the edit control and give it the keyboard."""
        load("user32").SetWindowTextW(ctypes.c_void_p(self._edit), ctypes.c_wchar_p(""))
        self._focus(self._edit)

    def edited(self, wanted: str) -> str:
        """Return what the edit control holds, waiting for `wanted`."""
        self._settle(lambda: top_windows.title_of(self._edit, 200) == wanted, 3.0)
        return top_windows.title_of(self._edit, 200)

    def press(self, *codes: str) -> list[list[Any]]:
        """Press and release physical keys in our window, one after the other; return what it was told."""
        self._focus(user32().GetParent(self.root.winfo_id()) or self.root.winfo_id())
        self.root.focus_force()
        self._settle()
        self._presses.clear()
        self._injector._own_windows = NoOwnWindows()
        for code in codes:
            self._injector.key(code, True)
            self._injector.key(code, False)
        self._injector._own_windows = self._own
        self._settle(lambda: len(self._presses) >= len(codes))
        return list(self._presses)

    def click_ourselves(self) -> list[Any]:
        """Try to click, turn the wheel and type in our own window; return what it was told and what was dropped."""
        self._presses.clear()
        left, top, _width, _height = PLACE
        x, y = self._coordinates(left + 50, top + 50)
        self._injector.button(Button.PRIMARY, True, x, y)
        self._injector.button(Button.PRIMARY, False, x, y)
        self._injector.wheel(0, 120, x, y)
        self._settle()
        return [list(self._presses), self._injector.dropped().own_window]

    def mouse(self) -> list[list[Any]]:
        """Click and turn the wheel in our window as if it were another program's."""
        self._presses.clear()
        left, top, _width, _height = PLACE
        x, y = self._coordinates(left + 50, top + 60)
        self._injector._own_windows = NoOwnWindows()
        for button in (Button.PRIMARY, Button.SECONDARY, Button.AUXILIARY):
            self._injector.button(button, True, x, y)
            self._injector.button(button, False, x, y)
        self._injector.wheel(0, -120, x, y)
        self._injector.wheel(0, 60, x, y)
        self._injector.wheel(0, 60, x, y)
        self._injector._own_windows = self._own
        self._settle(lambda: len(self._presses) >= 5)
        return list(self._presses)

    def move(self, *places: list[int]) -> list[list[int]]:
        """Move to each place; return where the pointer was then."""
        found = []
        for x, y in places:
            self._injector.move(*self._coordinates(x, y))
            found.append(list(pointer_now()[1:]))
        return found

    def held(self) -> list[str]:
        """Hold keys and a button, then release all; return what is held after each."""
        self._injector._own_windows = NoOwnWindows()
        self._injector.key("ShiftLeft", True)
        self._injector.key("KeyQ", True)
        self._injector._own_windows = self._own
        before = sorted(self._injector.held())
        self._injector.release_all()
        return [*before, *sorted(self._injector.held())]

    def own(self, x: int, y: int) -> bool:
        """Return whether a place is ours."""
        return WindowsOwnWindows().at(x, y)

    def activity(self) -> int:
        """Return how often the customer's own input was noticed since the last time."""
        self._settle()
        noticed, self._activity = self._activity, 0
        return noticed

    def presses(self) -> list[list[Any]]:
        """Return what the window was told since the last time."""
        told, self._presses = self._presses, []
        return told

    def watch_cursor(self, cursor: str) -> None:
        """Give our window a pointer of its own shape, and begin to watch the pointer."""
        self._cursor_told.clear()
        self.root.configure(cursor=cursor)
        self._settle()
        watcher = choose_cursor_watcher(lambda: self._display, self._cursor_told.append)
        assert watcher is not None
        self._cursor_watcher = watcher
        watcher.resume()

    def cursor_told(self, x: int, y: int) -> list[Any]:
        """Return the shapes and places told until the place (x, y) was, and watch no more."""
        told = self._cursor_told
        self._settle(lambda: any((getattr(each, "x", -1), getattr(each, "y", -1)) == (x, y) for each in told))
        self._settle()
        self._cursor_watcher.stop()
        shapes = [each for each in told if isinstance(each, CursorShape)]
        moves = [[each.x, each.y, each.visible] for each in told if not isinstance(each, CursorShape)]
        return [[[each.width, each.height, sum(each.argb[3::4]) > 0] for each in shapes], moves]

    def clipboard(self, text: str) -> str:
        """Put a text on the clipboard and read it back."""
        put_text(self.root, text)
        return read_text(self.root)

    def clipboard_from_tk(self, text: str) -> str:
        """Have Tk put a text there, as another program would, and read it."""
        self.root.clipboard_clear()
        self.root.clipboard_append(text)
        self._settle()
        return read_text(self.root)

    def clipboard_marked(self) -> str:
        """Put a text there that is marked as a password manager's; return what reading it says."""
        put_text(self.root, "secret")
        library = load("user32")
        library.OpenClipboard(ctypes.c_void_p(self.root.winfo_id()))
        number = user32().RegisterClipboardFormatW("ExcludeClipboardContentFromMonitorProcessing")
        library.SetClipboardData(number, None)
        library.CloseClipboard()
        return read_text(self.root)

    def clipboard_empty(self) -> str:
        """Empty it and read it."""
        library = load("user32")
        library.OpenClipboard(ctypes.c_void_p(self.root.winfo_id()))
        library.EmptyClipboard()
        library.CloseClipboard()
        return read_text(self.root)

    def program(self, *command: str) -> str:
        """Start another program with a window and bring it to the front; return its title once it is there."""
        before = set(top_windows.open_windows())
        self._programs.append(subprocess.Popen(command))
        self._settle(lambda: any(self._titled(one) for one in set(top_windows.open_windows()) - before), 20.0)
        fresh = [one for one in top_windows.open_windows() if one not in before and self._titled(one)]
        self._focus(fresh[0])
        self._settle(lambda: top_windows.window_in_front() == fresh[0])
        return top_windows.title_of(fresh[0], 100)

    def front(self) -> list[list[str]]:
        """Return the windows in front as the tripwire sees them."""
        return [[each.title, each.program] for each in self._front.look()]

    def listed(self) -> list[list[Any]]:
        """Return title, program, whether it is ours, and place of the windows."""
        return [
            [each.title, each.program, each.own, [each.rect.x, each.rect.y, each.rect.width, each.rect.height]]
            for each in WindowsWindows().listed()
        ]

    def described(self, x: int, y: int) -> list[str]:
        """Return title and program of the window at a place."""
        facts: WindowFacts = window_at(x, y)
        return [facts.title, facts.program]

    def overlay(self) -> list[bool]:
        """Lay a window that lets clicks through over everything; return whether places count as ours meanwhile."""
        top = tk.Toplevel(self.root)
        top.overrideredirect(True)
        way = choose_see_through()
        top.configure(background=way.ground)
        top.geometry(f"{self._display.width}x{self._display.height}+0+0")
        self.root.update_idletasks()
        way.prepare(top)
        self._settle()
        left, up, _width, _height = PLACE
        ours = [self._own.at(left + 50, up + 50), self._own.at(self._display.width - 5, self._display.height - 5)]
        top.destroy()
        self._settle()
        return ours

    def watchdog_releases(self) -> list[str]:
        """Hold a key, let the network thread hang, and return what the watchdog said."""
        self._guard_words = []
        watch(self._guard_words, hang_s=30.0)
        return self._guard_words

    def watchdog_waits_for_panic(self) -> bool:
        """Begin to watch; the test presses the panic keys then."""
        self._guard_words = []
        asked = {"words": self._guard_words, "panic_s": 20.0}
        threading.Thread(target=watch, kwargs=asked, daemon=True).start()
        self._settle(lambda: "ready" in self._guard_words, 30.0)
        return "ready" in self._guard_words

    def guard_words(self, wanted: str) -> list[str]:
        """Return what the watchdog said, waiting for `wanted`."""
        self._settle(lambda: wanted in self._guard_words, 10.0)
        return self._guard_words

    def _settle(self, condition: Callable[[], bool] | None = None, most_s: float = 5.0) -> None:
        """Serve the windows until `condition`, at most `most_s`; without one for a fifth of a second."""
        end = time.monotonic() + (most_s if condition is not None else 0.2)
        while time.monotonic() < end and not (condition is not None and condition()):
            self.root.update()
            time.sleep(0.01)

    def _coordinates(self, x: int, y: int) -> tuple[int, int]:
        return (
            round(x * COORDINATE_MAX / (self._display.width - 1)),
            round(y * COORDINATE_MAX / (self._display.height - 1)),
        )

    def _focus(self, window: int) -> None:
        library = load("user32")
        library.SetForegroundWindow(ctypes.c_void_p(window))
        library.SetFocus(ctypes.c_void_p(window))
        self._settle()

    @staticmethod
    def _titled(window: int) -> bool:
        return bool(top_windows.title_of(window, 100)) and bool(user32().IsWindowVisible(window))

    def _noticed(self) -> None:
        self._activity += 1


def _read(asked: "queue.SimpleQueue[list[Any] | None]") -> None:
    for line in sys.stdin.buffer:
        asked.put(json.loads(line))
    asked.put(None)


def main() -> None:
    """Be the stage until standard input ends."""
    asked: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(asked,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        Stage(asked).serve()


if __name__ == "__main__":
    try:
        main()
    except Exception:
        traceback.print_exc(file=sys.stdout)
        raise
