"""Which window is in front on macOS: CGWindowListCopyWindowInfo, front to back, in the layer of ordinary windows.

Titles are told to programs that may record the screen, which this one has to be anyway. Written to the documented
interface, not run here.
"""

import os
from importlib import import_module
from typing import Any

from customer_client.protection.money import FrontWindow

_ORDINARY_LAYER = 0


class MacFrontWindow:
    """A `FrontWindows`.

    Raises:
        ImportError: Quartz, which comes with pynput, is missing.
    """

    def __init__(self) -> None:
        self._quartz: Any = import_module("Quartz")
        self._front: tuple[FrontWindow, ...] = ()

    def look(self) -> tuple[FrontWindow, ...]:
        """Return the frontmost window of another program."""
        quartz = self._quartz
        which = quartz.kCGWindowListOptionOnScreenOnly | quartz.kCGWindowListExcludeDesktopElements
        for window in quartz.CGWindowListCopyWindowInfo(which, quartz.kCGNullWindowID) or ():
            ordinary = window.get("kCGWindowLayer") == _ORDINARY_LAYER
            if ordinary and window.get("kCGWindowOwnerPID") != os.getpid():
                now = FrontWindow(str(window.get("kCGWindowName", "")), str(window.get("kCGWindowOwnerName", "")))
                if self._front != (now,):
                    self._front = (now,)
                return self._front
        return self._front

    def close(self) -> None:
        """Nothing to let go of."""
