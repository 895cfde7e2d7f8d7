"""Which window is at a place of the desktop: its title and its program, redacted as diagnostics are. Blocks."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from customer_client.diagnostics.redaction import Redactor
from customer_client.diagnostics.seeds import seeds_of_this_computer
from customer_client.portal.wayland import is_wayland

MAX_CHARACTERS = 200
_DEEPEST = 8


@dataclass(frozen=True)
class WindowFacts:
    """What the window says of itself; empty where unknown."""

    title: str = ""
    program: str = ""


def window_at(x: int, y: int, *, display_name: str | None = None, redactor: Redactor | None = None) -> WindowFacts:
    """Return the window at (x, y) of the desktop (pixels), without names, addresses and secrets.

    On X11 and Windows only so far: elsewhere, and on the bare desktop, nothing is known.

    Raises:
        EnvironmentFault: `display_gone`.
    """
    if display_name is None and is_wayland():
        return WindowFacts()
    if sys.platform.startswith("linux"):
        raw = _x11_window_at(x, y, display_name)
    elif sys.platform == "win32":
        raw = _windows_window_at(x, y)
    else:
        return WindowFacts()
    redactor = redactor or Redactor(seeds_of_this_computer())
    cleaned = [redactor.redact(text) for text in (raw.title, raw.program)]
    return WindowFacts(*("" if redactor.leaks(text) else text[:MAX_CHARACTERS] for text in cleaned))


def _windows_window_at(x: int, y: int) -> WindowFacts:
    # There on Windows only.
    from customer_client.windows.top_windows import process_of, program_of_process, title_of, window_under

    window = window_under(x, y)
    if not window:
        return WindowFacts()
    return WindowFacts(title_of(window, MAX_CHARACTERS), program_of_process(process_of(window)))


def _x11_window_at(x: int, y: int, display_name: str | None) -> WindowFacts:
    # python-xlib is there on Linux only.
    from Xlib.error import XError

    from customer_client.capture.faults import display_gone
    from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display

    display = open_x_display(display_name)
    try:
        return _of_program(display, _program_window(display, x, y))
    except XError:
        return WindowFacts()  # it has gone meanwhile
    except CONNECTION_LOST as cause:
        raise display_gone(str(cause)) from cause
    finally:
        display.close()


def _program_window(display: Any, x: int, y: int) -> Any:
    """Return the window at a place that a program called its own: inside of a window manager's frame, if there is one.

    What only lies over the screen without being there for the mouse is passed over by the server.
    """
    root = display.screen().root
    state = display.intern_atom("WM_STATE")
    outermost = window = root.translate_coords(root, x, y).child
    for _level in range(_DEEPEST):
        if not window or window.get_full_property(state, 0) is not None:
            return window or outermost
        window = window.translate_coords(root, x, y).child
    return outermost


def _of_program(display: Any, window: Any) -> WindowFacts:
    if not window:
        return WindowFacts()
    process = window.get_full_property(display.intern_atom("_NET_WM_PID"), 0)
    return WindowFacts(_title(display, window), _program_name(int(process.value[0])) if process else "")


def _title(display: Any, window: Any) -> str:
    named = window.get_full_property(display.intern_atom("_NET_WM_NAME"), display.intern_atom("UTF8_STRING"))
    if named is not None:
        return bytes(named.value).decode(errors="replace")
    old = window.get_wm_name()
    return old if isinstance(old, str) else bytes(old or b"").decode("latin-1")


def _program_name(process_id: int) -> str:
    """Return the program's file name, which says more than what it calls itself; that, where it is not told."""
    try:
        process = psutil.Process(process_id)
        return Path(process.exe()).name or process.name()
    except psutil.AccessDenied:
        return process.name()
    except psutil.NoSuchProcess:
        return ""
