"""The Win32 functions this program uses, with their signatures. Any thread. Loads a library at the first question.

Each library is loaded once more for this program alone: the functions of `ctypes.windll` belong to every module of the
process, and pynput, psutil and mss set other signatures on them. Names and signatures: the Windows SDK's headers.
"""

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

from customer_client.windows.structures import (
    BOOL,
    DWORD,
    HANDLE,
    LONG,
    WORD_OF_POINTER_SIZE,
    Point,
)

_INT, _RESULT = ctypes.c_int32, ctypes.c_ssize_t
_TEXT, _ANY = ctypes.c_wchar_p, ctypes.c_void_p
_Signature = tuple[Any, ...]
"""The result, then the arguments."""

_USER32: dict[str, _Signature] = {
    "CallNextHookEx": (_RESULT, HANDLE, _INT, WORD_OF_POINTER_SIZE, _RESULT),
    "CloseClipboard": (BOOL,),
    "CloseDesktop": (BOOL, HANDLE),
    "DrawIconEx": (BOOL, HANDLE, _INT, _INT, HANDLE, _INT, _INT, DWORD, HANDLE, DWORD),
    "EmptyClipboard": (BOOL,),
    "EnumDisplayMonitors": (BOOL, HANDLE, _ANY, _ANY, _RESULT),
    "EnumWindows": (BOOL, _ANY, _RESULT),
    "GetAncestor": (HANDLE, HANDLE, DWORD),
    "GetAsyncKeyState": (ctypes.c_int16, _INT),
    "GetClassNameW": (_INT, HANDLE, _TEXT, _INT),
    "GetClipboardData": (HANDLE, DWORD),
    "GetClipboardOwner": (HANDLE,),
    "GetClipboardSequenceNumber": (DWORD,),
    "GetCursorInfo": (BOOL, _ANY),
    "GetDC": (HANDLE, HANDLE),
    "GetForegroundWindow": (HANDLE,),
    "GetIconInfo": (BOOL, HANDLE, _ANY),
    "GetKeyboardLayout": (HANDLE, DWORD),
    "GetMessageW": (BOOL, _ANY, HANDLE, DWORD, DWORD),
    "GetMonitorInfoW": (BOOL, HANDLE, _ANY),
    "GetParent": (HANDLE, HANDLE),
    "GetSystemMetrics": (_INT, _INT),
    "GetThreadDesktop": (HANDLE, DWORD),
    "GetUserObjectInformationW": (BOOL, HANDLE, _INT, _ANY, DWORD, _ANY),
    "GetWindowLongPtrW": (_RESULT, HANDLE, _INT),
    "GetWindowRect": (BOOL, HANDLE, _ANY),
    "GetWindowTextW": (_INT, HANDLE, _TEXT, _INT),
    "GetWindowThreadProcessId": (DWORD, HANDLE, _ANY),
    "IsClipboardFormatAvailable": (BOOL, DWORD),
    "IsWindowVisible": (BOOL, HANDLE),
    "KillTimer": (BOOL, HANDLE, WORD_OF_POINTER_SIZE),
    "MapVirtualKeyExW": (DWORD, DWORD, DWORD, HANDLE),
    "OpenClipboard": (BOOL, HANDLE),
    "OpenInputDesktop": (HANDLE, DWORD, BOOL, DWORD),
    "PeekMessageW": (BOOL, _ANY, HANDLE, DWORD, DWORD, DWORD),
    "PostThreadMessageW": (BOOL, DWORD, DWORD, WORD_OF_POINTER_SIZE, _RESULT),
    "RegisterClipboardFormatW": (DWORD, _TEXT),
    "ReleaseDC": (_INT, HANDLE, HANDLE),
    "SendInput": (DWORD, DWORD, _ANY, _INT),
    "SetClipboardData": (HANDLE, DWORD, HANDLE),
    "SetForegroundWindow": (BOOL, HANDLE),
    "SetTimer": (WORD_OF_POINTER_SIZE, HANDLE, WORD_OF_POINTER_SIZE, DWORD, _ANY),
    "SetWindowLongPtrW": (_RESULT, HANDLE, _INT, _RESULT),
    "SetWindowsHookExW": (HANDLE, _INT, _ANY, HANDLE, DWORD),
    "UnhookWindowsHookEx": (BOOL, HANDLE),
    "WindowFromPoint": (HANDLE, Point),
}
_GDI32: dict[str, _Signature] = {
    "BitBlt": (BOOL, HANDLE, _INT, _INT, _INT, _INT, HANDLE, _INT, _INT, DWORD),
    "CreateCompatibleDC": (HANDLE, HANDLE),
    "CreateDIBSection": (HANDLE, HANDLE, _ANY, DWORD, _ANY, HANDLE, DWORD),
    "DeleteDC": (BOOL, HANDLE),
    "DeleteObject": (BOOL, HANDLE),
    "GdiFlush": (BOOL,),
    "GetDIBits": (_INT, HANDLE, HANDLE, DWORD, DWORD, _ANY, _ANY, DWORD),
    "GetObjectW": (_INT, HANDLE, _INT, _ANY),
    "SelectObject": (HANDLE, HANDLE, HANDLE),
}
_KERNEL32: dict[str, _Signature] = {
    "CloseHandle": (BOOL, HANDLE),
    "GetCurrentThreadId": (DWORD,),
    "GlobalAlloc": (HANDLE, DWORD, WORD_OF_POINTER_SIZE),
    "GlobalFree": (HANDLE, HANDLE),
    "GlobalLock": (HANDLE, HANDLE),
    "GlobalSize": (WORD_OF_POINTER_SIZE, HANDLE),
    "GlobalUnlock": (BOOL, HANDLE),
    "OpenProcess": (HANDLE, DWORD, BOOL, DWORD),
    "QueryFullProcessImageNameW": (BOOL, HANDLE, DWORD, _TEXT, _ANY),
    "SetNamedPipeHandleState": (BOOL, HANDLE, _ANY, _ANY, _ANY),
    "TerminateProcess": (BOOL, HANDLE, DWORD),
}
_DWMAPI: dict[str, _Signature] = {"DwmGetWindowAttribute": (LONG, HANDLE, DWORD, _ANY, DWORD)}
_SHCORE: dict[str, _Signature] = {
    "GetDpiForMonitor": (LONG, HANDLE, _INT, _ANY, _ANY),
    "SetProcessDpiAwareness": (LONG, _INT),
}


@cache
def user32() -> Any:
    """Return windows, input and the clipboard. Every function of ours has its signature."""
    return _declared("user32", _USER32)


@cache
def gdi32() -> Any:
    """Return drawing."""
    return _declared("gdi32", _GDI32)


@cache
def kernel32() -> Any:
    """Return processes and memory."""
    return _declared("kernel32", _KERNEL32)


@cache
def dwmapi() -> Any:
    """Return the window manager."""
    return _declared("dwmapi", _DWMAPI)


@cache
def shcore() -> Any:
    """Return what is known of displays' scales (Windows 8.1 and later).

    Raises:
        OSError: an older Windows.
    """
    return _declared("shcore", _SHCORE)


def load(name: str) -> Any:
    """Return the library `name` for this program alone; `last_error` tells what a function of it left behind.

    Raises:
        OSError: there is none.
    """
    return getattr(ctypes, "WinDLL")(name, use_last_error=True)  # noqa: B009  (only there on Windows)


def last_error() -> int:
    """Return the number of the error that the last function called on this thread left behind."""
    return int(getattr(ctypes, "get_last_error")())  # noqa: B009  (only there on Windows)


def callback(result: Any, *arguments: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return what turns a Python function into one Windows can call; keep what it returns as long as it may be."""
    made: Callable[[Callable[..., Any]], Any] = getattr(ctypes, "WINFUNCTYPE")(result, *arguments)  # noqa: B009
    return made


def _declared(name: str, signatures: dict[str, _Signature]) -> Any:
    library = load(name)
    for function_name, (result, *arguments) in signatures.items():
        function = getattr(library, function_name)
        function.restype, function.argtypes = result, arguments
    return library
