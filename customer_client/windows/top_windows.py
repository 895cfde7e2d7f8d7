"""What Windows tells of a window: title, class, process, place. Any thread; each question costs some microseconds."""

import ctypes
from pathlib import PureWindowsPath

from customer_client.windows.api import callback, dwmapi, kernel32, user32
from customer_client.windows.structures import BOOL, DWORD, HANDLE, Point, Rectangle
from protocol.picture.geometry import Rect, between

_EXTENDED_FRAME_BOUNDS, _CLOAKED = 9, 14
_ROOT = 2
_LONGEST_CLASS = 256
_MAY_ASK_LITTLE = 0x1000
_LONGEST_PATH = 1024


def open_windows() -> tuple[int, ...]:
    """Return the top windows of the desktop, the frontmost first, hidden ones too."""
    found: list[int] = []

    def take(window: int, _parameter: int) -> int:
        found.append(window)
        return 1

    user32().EnumWindows(callback(BOOL, HANDLE, ctypes.c_ssize_t)(take), 0)
    return tuple(found)


def window_under(x: int, y: int) -> int:
    """Return the top window at a place of the desktop (pixels); 0 for none."""
    window = user32().WindowFromPoint(Point(x, y))
    return (user32().GetAncestor(window, _ROOT) or window) if window else 0


def window_in_front() -> int:
    """Return the window that gets the keys; 0 while there is none."""
    return user32().GetForegroundWindow() or 0


def is_seen(window: int) -> bool:
    """Return whether it is shown; apps that rest and windows of other virtual desktops are "cloaked"."""
    cloaked = DWORD(0)
    dwmapi().DwmGetWindowAttribute(window, _CLOAKED, ctypes.byref(cloaked), ctypes.sizeof(cloaked))
    return bool(user32().IsWindowVisible(window)) and not cloaked.value


def title_of(window: int, longest: int) -> str:
    """Return at most `longest` - 1 characters of its title."""
    title = ctypes.create_unicode_buffer(longest)
    user32().GetWindowTextW(window, title, longest)
    return title.value


def class_of(window: int) -> str:
    """Return the name of its class."""
    name = ctypes.create_unicode_buffer(_LONGEST_CLASS)
    user32().GetClassNameW(window, name, _LONGEST_CLASS)
    return name.value


def process_of(window: int) -> int:
    """Return the number of the process it belongs to; 0 when it has gone."""
    process = DWORD(0)
    user32().GetWindowThreadProcessId(window, ctypes.byref(process))
    return process.value


def place_of(window: int) -> Rect | None:
    """Return where it is seen, without the invisible border; None for a window without any size."""
    found = Rectangle()
    size = ctypes.sizeof(found)
    if dwmapi().DwmGetWindowAttribute(window, _EXTENDED_FRAME_BOUNDS, ctypes.byref(found), size):
        user32().GetWindowRect(window, ctypes.byref(found))
    return between(found.left, found.top, found.right, found.bottom)


def program_of_process(process: int) -> str:
    """Return the file name of a running program; empty where it is not told, as of a program of higher rights."""
    handle = kernel32().OpenProcess(_MAY_ASK_LITTLE, False, process)
    if not handle:
        return ""
    try:
        path, length = ctypes.create_unicode_buffer(_LONGEST_PATH), DWORD(_LONGEST_PATH)
        told = kernel32().QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
        return PureWindowsPath(path.value).name if told else ""
    finally:
        kernel32().CloseHandle(handle)
