"""The displays of a Windows computer: EnumDisplayMonitors, GetMonitorInfoW, GetDpiForMonitor. Any thread.

Places and sizes are real pixels only in a program that asked for them before its first window (`windows.dpi`).
"""

import ctypes
from typing import Any

from customer_client.capture.faults import display_gone
from customer_client.capture.source import Display
from customer_client.windows.api import callback, shcore, user32
from customer_client.windows.structures import BOOL, DWORD, HANDLE, MonitorInfo

_IS_PRIMARY = 0x1
_EFFECTIVE_DPI = 0
_DPI_AT_100_PERCENT = 96


def windows_displays() -> tuple[Display, ...]:
    """Return the displays now, exactly one of them primary.

    Raises:
        EnvironmentFault: `display_gone` if there is none.
    """
    monitors: list[int] = []

    def take(monitor: int, _context: int, _area: int, _parameter: int) -> int:
        monitors.append(monitor)
        return 1

    callback_type = callback(BOOL, HANDLE, HANDLE, ctypes.c_void_p, ctypes.c_ssize_t)
    user32().EnumDisplayMonitors(None, None, callback_type(take), 0)
    found = [display for display in map(_described, monitors) if display is not None]
    if not found:
        raise display_gone("Windows lists no display")
    return with_one_primary(tuple(found))


def with_one_primary(displays: tuple[Display, ...]) -> tuple[Display, ...]:
    """Return `displays` with the first one called primary the only one; the very first, where none is."""
    chosen = next((place for place, display in enumerate(displays) if display.primary), 0)
    return tuple(
        Display(each.name, each.left, each.top, each.width, each.height, place == chosen, each.scale_percent)
        for place, each in enumerate(displays)
    )


def display_of(info: MonitorInfo, dpi: int) -> Display:
    """Return what GetMonitorInfoW and GetDpiForMonitor told of a display."""
    whole: Any = info.whole
    device = bytes(info.device).decode("utf-16-le").partition("\0")[0]
    return Display(
        name=device.removeprefix("\\\\.\\") or "Display",
        left=whole.left,
        top=whole.top,
        width=whole.right - whole.left,
        height=whole.bottom - whole.top,
        primary=bool(info.flags & _IS_PRIMARY),
        scale_percent=round(dpi * 100 / _DPI_AT_100_PERCENT) if dpi else 100,
    )


def _described(monitor: int) -> Display | None:
    info = MonitorInfo(size=ctypes.sizeof(MonitorInfo))
    if not user32().GetMonitorInfoW(monitor, ctypes.byref(info)):
        return None  # it went away meanwhile
    return display_of(info, _dpi(monitor))


def _dpi(monitor: int) -> int:
    """Return dots per inch as Windows draws there, 0 where it does not tell (before 8.1)."""
    across, down = DWORD(0), DWORD(0)
    try:
        failed = shcore().GetDpiForMonitor(monitor, _EFFECTIVE_DPI, ctypes.byref(across), ctypes.byref(down))
    except OSError:
        return 0
    return 0 if failed else across.value
