"""Remote input through XTEST, on a connection of its own. Thread-safe by one lock.

Physical keys go out as keycodes, so shortcuts work in the customer's layout. Text goes out as characters: by the keys
that have them, else by borrowing keycodes without meaning (`x11_spare_keys`).
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from Xlib import X
from Xlib.ext import xtest

from customer_client.capture.source import Display
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.input.guardian import Guardian, NoGuardian
from customer_client.input.injector import DroppedInput, HiddenPlaces, NothingHidden, WheelRest, pixel_at
from customer_client.input.key_codes import x11_keycode
from customer_client.input.ledger import EventKind, InjectionLedger
from customer_client.input.limits import MAX_EVENTS_PER_S, MAX_HELD, EventBudget
from customer_client.input.x11_own_windows import X11OwnWindows
from customer_client.input.x11_spare_keys import X11Keyboard
from customer_client.input.x11_typing import X11Typist
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button

BUTTON_NUMBERS = {
    Button.PRIMARY: 1,
    Button.AUXILIARY: 2,
    Button.SECONDARY: 3,
    Button.BACK: 8,
    Button.FORWARD: 9,
}
_WHEEL_UP, _WHEEL_DOWN, _WHEEL_LEFT, _WHEEL_RIGHT = 4, 5, 6, 7

_X_TYPES = {
    EventKind.KEY_DOWN: X.KeyPress,
    EventKind.KEY_UP: X.KeyRelease,
    EventKind.BUTTON_DOWN: X.ButtonPress,
    EventKind.BUTTON_UP: X.ButtonRelease,
}


class X11Injector:
    """An `Injector` for an X display.

    Args:
        shared: returns the display the coordinates refer to; asked at each event, so it may change.
        ledger: learns each event before it is injected.
        guardian: learns of each press before it is made, so that it can release it should this program hang.
        hidden: where nothing is pressed and nothing typed.
        display_name: such as ":0"; None is the one of the environment.
        clock: monotonic seconds.
        max_events_per_s: what is more is dropped.
        own_process_id: nothing is pressed in windows of this process; None is the process that runs this.

    Raises:
        EnvironmentFault: `display_gone`, or `input_denied` if the server has no XTEST.
    """

    no_secure_attention = ""

    def __init__(
        self,
        shared: Callable[[], Display],
        ledger: InjectionLedger,
        *,
        guardian: Guardian | None = None,
        hidden: HiddenPlaces | None = None,
        display_name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        max_events_per_s: int = MAX_EVENTS_PER_S,
        own_process_id: int | None = None,
    ) -> None:
        self._shared = shared
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, tuple[EventKind, int]] = {}
        self._wheel = WheelRest()
        self._budget = EventBudget(max_events_per_s)
        self._too_fast = self._too_many_held = self._unknown = self._own_window = self._hidden_window = 0
        self._hidden = hidden or NothingHidden()
        self._guardian = guardian or NoGuardian()
        self._display = _open_with_xtest(display_name)
        self._keyboard = X11Keyboard(self._display, clock)
        self._typist = X11Typist(self._display, self._keyboard, self._fake, self._may_type)
        self._own_windows = X11OwnWindows(self._display, os.getpid() if own_process_id is None else own_process_id)
        self._closed = False

    def key(self, code: str, down: bool) -> None:
        """Press or release a physical key; a second press of a held key does nothing, the server repeats it."""
        keycode = x11_keycode(code)
        with self._talking():
            if keycode is None:
                self._unknown += 1
            elif not down:
                self._release(code)
            elif self._may_type():
                self._press(code, EventKind.KEY_DOWN, EventKind.KEY_UP, keycode)

    def text(self, text: str) -> None:
        """Type characters, with the modifiers held for the technician let go meanwhile."""
        with self._talking():
            if not self._budget.take(self._clock(), len(text)):
                self._too_fast += len(text)
            elif self._may_type(len(text)):
                held = {name: key for name, (kind, key) in self._held.items() if kind is EventKind.KEY_UP}
                self._unknown += self._typist.type(text, held)

    def types_at_once(self, text: str) -> bool:
        """Say whether no borrowed keycode has to be waited for."""
        with self._talking():
            return not self._typist.needs_wait(text)

    def interrupt(self) -> None:
        """End a `text` under way, without waiting for the lock."""
        self._keyboard.interrupted.set()

    def go_on(self) -> None:
        """Type again."""
        self._keyboard.interrupted.clear()

    def button(self, button: Button, down: bool, x: int, y: int) -> None:
        """Move, then press or release. A release happens wherever the pointer is by then."""
        name = f"button:{button.value}"
        with self._talking():
            if not down:
                self._move_if_affordable(x, y)
                self._release(name)
            elif self._may_press(x, y) and self._move_if_affordable(x, y):
                self._press(name, EventKind.BUTTON_DOWN, EventKind.BUTTON_UP, BUTTON_NUMBERS[button])

    def wheel(self, dx: int, dy: int, x: int, y: int) -> None:
        """Move, then click the wheel buttons 4 to 7, one click a whole notch."""
        with self._talking():
            if not self._may_press(x, y) or not self._move_if_affordable(x, y):
                return
            right, up = self._wheel.notches(dx, dy)
            self._click(_WHEEL_RIGHT if right > 0 else _WHEEL_LEFT, abs(right))
            self._click(_WHEEL_UP if up > 0 else _WHEEL_DOWN, abs(up))

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        with self._talking():
            self._move_if_affordable(x, y)

    def release_all(self) -> None:
        """Release everything held."""
        with self._talking():
            for name in list(self._held):
                self._release(name)

    def held(self) -> frozenset[str]:
        """Return what is held."""
        with self._lock:
            return frozenset(self._held)

    def dropped(self) -> DroppedInput:
        """Return what was not injected."""
        with self._lock:
            return DroppedInput(
                self._too_fast, self._too_many_held, self._unknown, self._own_window, self._hidden_window
            )

    def close(self) -> None:
        """Release everything, give borrowed keycodes back and disconnect."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            # A server that is gone holds no keys.
            with contextlib.suppress(*CONNECTION_LOST):
                for name in list(self._held):
                    self._release(name)
                self._display.flush()
                self._keyboard.give_back()
                self._display.sync()
            with contextlib.suppress(*CONNECTION_LOST):
                self._display.close()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Hold the lock, keep up with layout changes, send what was asked and translate a lost server."""
        with self._lock:
            if self._closed:
                raise _gone("the injector is closed")
            try:
                self._keyboard.follow_changes()
                yield
                self._display.flush()
            except CONNECTION_LOST as cause:
                self._held.clear()
                raise _gone(str(cause)) from cause

    def _press(self, name: str, kind: EventKind, release: EventKind, detail: int) -> None:
        if name in self._held:
            return
        if len(self._held) >= MAX_HELD:
            self._too_many_held += 1
        elif self._affordable():
            self._held[name] = (release, detail)
            self._guardian.going_down(kind, detail)
            self._fake(kind, detail)

    def _release(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._fake(*held)
            self._display.flush()
            self._guardian.went_up(*held)

    def _may_type(self, characters: int = 1) -> bool:
        """Say whether the keyboard belongs to another program than this one, and to no hidden window."""
        own = self._own_windows.has_focus()
        self._own_window += characters * own
        if own:
            return False
        hidden = self._hidden.has_keyboard()
        self._hidden_window += characters * hidden
        return not hidden

    def _may_press(self, x: int, y: int) -> bool:
        """Say whether another program than this one lies at a place of the shared display, and the place is shown."""
        place = pixel_at(self._shared(), x, y)
        own = self._own_windows.at(*place)
        self._own_window += own
        if own:
            return False
        hidden = self._hidden.hides(*place)
        self._hidden_window += hidden
        return not hidden

    def _click(self, number: int, times: int) -> None:
        for _ in range(times):
            if not self._affordable():
                return
            self._fake(EventKind.BUTTON_DOWN, number)
            self._fake(EventKind.BUTTON_UP, number)

    def _affordable(self) -> bool:
        affordable = self._budget.take(self._clock())
        self._too_fast += not affordable
        return affordable

    def _move_if_affordable(self, x: int, y: int) -> bool:
        if not self._affordable():
            return False
        position = pixel_at(self._shared(), x, y)
        self._ledger.injecting(EventKind.MOVE, position, self._clock())
        xtest.fake_input(self._display, X.MotionNotify, x=position[0], y=position[1])
        return True

    def _fake(self, kind: EventKind, detail: int) -> None:
        self._ledger.injecting(kind, detail, self._clock())
        xtest.fake_input(self._display, _X_TYPES[kind], detail)


def _open_with_xtest(display_name: str | None) -> Any:
    display = open_x_display(display_name)
    if not display.has_extension("XTEST"):
        display.close()
        raise EnvironmentFault(
            "no XTEST extension",
            code="input_denied",
            user_text="This desktop does not allow anyone to help with mouse and keyboard. Viewing still works.",
        )
    return display


def _gone(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        detail, code="display_gone", user_text="Deskside lost its connection to your desktop; remote control stopped."
    )
