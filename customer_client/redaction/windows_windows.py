"""The windows of a Windows desktop, by EnumWindows and DWM. Written to the documented interfaces; not run here.

Sources: winuser.h (EnumWindows, IsWindowVisible, GetClassNameW, GetForegroundWindow), dwmapi.h (DwmGetWindowAttribute:
DWMWA_EXTENDED_FRAME_BOUNDS is the outline without the invisible border, DWMWA_CLOAKED says that nothing is shown).
Toasts of Windows 10 and 11 are windows of class `Windows.UI.Core.CoreWindow` that the program ShellExperienceHost owns.
"""

import ctypes
import os
from typing import Any

from customer_client.redaction.program_names import program_of
from customer_client.redaction.system_window_watch import SeenWindow
from protocol.picture.geometry import Rect, between

_EXTENDED_FRAME_BOUNDS = 9
_CLOAKED = 14
_LONGEST_NAME = 256
_TOAST_CLASS = "Windows.UI.Core.CoreWindow"
_TOAST_PROGRAM = "shellexperiencehost.exe"


class _Rectangle(ctypes.Structure):
    _fields_ = (
        ("left", ctypes.c_long),
        ("top", ctypes.c_long),
        ("right", ctypes.c_long),
        ("bottom", ctypes.c_long),
    )


class WindowsWindows:
    """Lists the windows that are shown, in physical pixels of the virtual desktop."""

    def __init__(self) -> None:
        windll: Any = ctypes.windll  # type: ignore[attr-defined,unused-ignore]
        self._user32, self._dwm = windll.user32, windll.dwmapi
        function_type: Any = ctypes.WINFUNCTYPE  # type: ignore[attr-defined,unused-ignore]
        self._callback_type = function_type(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def listed(self) -> tuple[SeenWindow, ...]:
        """Return the windows, the topmost first."""
        handles: list[int] = []

        def take(handle: int, _parameter: int) -> int:
            handles.append(handle)
            return 1

        self._user32.EnumWindows(self._callback_type(take), 0)
        front = self._user32.GetForegroundWindow()
        seen = (self._seen(handle, front) for handle in handles if self._is_shown(handle))
        return tuple(window for window in seen if window is not None)

    def _is_shown(self, handle: int) -> bool:
        cloaked = ctypes.c_int(0)
        self._dwm.DwmGetWindowAttribute(ctypes.c_void_p(handle), _CLOAKED, ctypes.byref(cloaked), 4)
        return bool(self._user32.IsWindowVisible(ctypes.c_void_p(handle))) and not cloaked.value

    def _seen(self, handle: int, front: int) -> SeenWindow | None:
        rect = self._rect(handle)
        if rect is None:
            return None
        process = ctypes.c_ulong(0)
        self._user32.GetWindowThreadProcessId(ctypes.c_void_p(handle), ctypes.byref(process))
        program, name = program_of(process.value), self._text(self._user32.GetClassNameW, handle)
        return SeenWindow(
            id=handle,
            title=self._text(self._user32.GetWindowTextW, handle),
            window_class=name,
            program=program,
            rect=rect,
            has_keyboard=handle == front,
            own=process.value == os.getpid(),
            notification=name == _TOAST_CLASS and program.casefold() == _TOAST_PROGRAM,
        )

    def _rect(self, handle: int) -> Rect | None:
        found = _Rectangle()
        size = ctypes.sizeof(found)
        window = ctypes.c_void_p(handle)
        if self._dwm.DwmGetWindowAttribute(window, _EXTENDED_FRAME_BOUNDS, ctypes.byref(found), size):
            self._user32.GetWindowRect(window, ctypes.byref(found))
        return between(found.left, found.top, found.right, found.bottom)

    @staticmethod
    def _text(ask: Any, handle: int) -> str:
        buffer = ctypes.create_unicode_buffer(_LONGEST_NAME)
        ask(ctypes.c_void_p(handle), buffer, _LONGEST_NAME)
        return buffer.value
