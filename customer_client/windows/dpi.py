"""Lets this program see the real pixels of every display. Windows only; before the first window.

Without it Windows tells sizes and places as for a display at 100 % and enlarges our windows itself: pictures would be
cut, and the technician's pointer would be beside the place it means.
"""

import ctypes
import logging
from collections.abc import Callable
from typing import Any

from customer_client.windows.api import load
from customer_client.windows.structures import BOOL, HANDLE, LONG

_PER_MONITOR_V2, _PER_MONITOR = -4, -3
_PROCESS_PER_MONITOR = 2
_AWARENESS = {0: "scaled", 1: "system", 2: "per_monitor"}

_log = logging.getLogger(__name__)


def see_real_pixels() -> str:
    """Ask for the best this Windows has; return what holds now: `per_monitor`, `system`, `scaled` or `unknown`.

    Something else may have asked before, such as the file the program was started from: then that answer stays.
    """
    ways: tuple[Callable[[], bool], ...] = (
        lambda: _context(_PER_MONITOR_V2),
        lambda: _context(_PER_MONITOR),
        _awareness,
        _aware,
    )
    next((ask for ask in ways if _works(ask)), None)
    holds = pixels_now()
    _log.info("displays: pixels are real %s", holds)
    return holds


def pixels_now() -> str:
    """Return how this thread is told sizes and places, as `see_real_pixels`; `unknown` before Windows 10."""
    library: Any = load("user32")
    try:
        context, awareness = library.GetThreadDpiAwarenessContext, library.GetAwarenessFromDpiAwarenessContext
    except AttributeError:
        return "unknown"
    context.restype, context.argtypes = HANDLE, ()
    awareness.restype, awareness.argtypes = ctypes.c_int32, (HANDLE,)
    return _AWARENESS.get(awareness(context()), "unknown")


def _works(ask: Callable[[], bool]) -> bool:
    try:
        return ask()
    except (OSError, AttributeError):
        return False  # an older Windows has no such library or function


def _context(value: int) -> bool:
    """Windows 10, version 1703 (v2) and 1607."""
    ask: Any = load("user32").SetProcessDpiAwarenessContext
    ask.restype, ask.argtypes = BOOL, (HANDLE,)
    return bool(ask(ctypes.c_void_p(value)))


def _awareness() -> bool:
    """Windows 8.1. Returns an HRESULT: 0 is success."""
    ask: Any = load("shcore").SetProcessDpiAwareness
    ask.restype, ask.argtypes = LONG, (ctypes.c_int32,)
    return int(ask(_PROCESS_PER_MONITOR)) == 0


def _aware() -> bool:
    """Windows Vista."""
    ask: Any = load("user32").SetProcessDPIAware
    ask.restype, ask.argtypes = BOOL, ()
    return bool(ask())
