"""Which window is in front on Windows: GetForegroundWindow, GetWindowTextW, QueryFullProcessImageNameW.

Written to the documented interfaces, not run here.
"""

import ctypes
import os
from pathlib import PureWindowsPath
from typing import Any

from customer_client.protection.money import LONGEST_TITLE, FrontWindow

_PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_LONGEST_PATH = 1024


class WindowsFrontWindow:
    """A `FrontWindows`; asking costs some microseconds, so it is done at each look."""

    def __init__(self) -> None:
        libraries: Any = ctypes.windll  # type: ignore[attr-defined, unused-ignore]
        self._user32, self._kernel32 = libraries.user32, libraries.kernel32
        self._user32.GetForegroundWindow.restype = ctypes.c_void_p
        self._user32.GetWindowTextW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_int)
        self._user32.GetWindowThreadProcessId.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        self._kernel32.OpenProcess.restype = ctypes.c_void_p
        self._kernel32.CloseHandle.argtypes = (ctypes.c_void_p,)
        self._kernel32.QueryFullProcessImageNameW.argtypes = (
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_wchar_p,
            ctypes.c_void_p,
        )
        self._front: tuple[FrontWindow, ...] = ()

    def look(self) -> tuple[FrontWindow, ...]:
        """Return the foreground window, unless it is one of this program: then what was in front before."""
        window = self._user32.GetForegroundWindow()
        process = ctypes.c_uint32(0)
        self._user32.GetWindowThreadProcessId(window, ctypes.byref(process))
        if not window or process.value == os.getpid():
            return self._front
        title = ctypes.create_unicode_buffer(LONGEST_TITLE)
        self._user32.GetWindowTextW(window, title, LONGEST_TITLE)
        now = FrontWindow(title.value, self._program(process.value))
        if self._front != (now,):
            self._front = (now,)
        return self._front

    def close(self) -> None:
        """Nothing to let go of."""

    def _program(self, process: int) -> str:
        handle = self._kernel32.OpenProcess(_PROCESS_QUERY_LIMITED_INFORMATION, False, process)
        if not handle:
            return ""
        try:
            path, length = ctypes.create_unicode_buffer(_LONGEST_PATH), ctypes.c_uint32(_LONGEST_PATH)
            told = self._kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(length))
            return PureWindowsPath(path.value).name if told else ""
        finally:
            self._kernel32.CloseHandle(handle)
