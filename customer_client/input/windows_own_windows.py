"""Which windows on a Windows desktop are Deskside's own: WindowFromPoint, GetForegroundWindow. Windows only."""

import ctypes
import os

from customer_client.windows.api import callback, user32
from customer_client.windows.structures import BOOL, DWORD, HANDLE, Point, Rectangle

_ROOT = 2
_EXTENDED_STYLE = -20
_LETS_CLICKS_THROUGH = 0x20


class WindowsOwnWindows:
    """An `OwnWindows`; `process_id` is whose windows are ours, None: this process's."""

    def __init__(self, process_id: int | None = None) -> None:
        self._process_id = os.getpid() if process_id is None else process_id

    def at(self, x: int, y: int) -> bool:
        """Say whether (x, y) lies in a window of ours.

        Beneath one that lets clicks through (drawings) any of ours counts, also one that is behind another program's.
        """
        window = user32().WindowFromPoint(Point(x, y))
        if not self._is_ours(window):
            return False
        return not self._lets_through(user32().GetAncestor(window, _ROOT)) or self._is_beneath(x, y)

    def has_focus(self) -> bool:
        """Say whether the window in front is ours."""
        return self._is_ours(user32().GetForegroundWindow())

    def _is_ours(self, window: int | None) -> bool:
        process = DWORD(0)
        return bool(window) and bool(
            user32().GetWindowThreadProcessId(window, ctypes.byref(process)) and process.value == self._process_id
        )

    @staticmethod
    def _lets_through(window: int | None) -> bool:
        return bool(window) and bool(user32().GetWindowLongPtrW(window, _EXTENDED_STYLE) & _LETS_CLICKS_THROUGH)

    def _is_beneath(self, x: int, y: int) -> bool:
        found: list[int] = []

        def take(window: int, _parameter: int) -> int:
            if self._is_ours(window) and user32().IsWindowVisible(window) and not self._lets_through(window):
                area = Rectangle()
                user32().GetWindowRect(window, ctypes.byref(area))
                if area.left <= x < area.right and area.top <= y < area.bottom:
                    found.append(window)
            return 0 if found else 1

        user32().EnumWindows(callback(BOOL, HANDLE, ctypes.c_ssize_t)(take), 0)
        return bool(found)
