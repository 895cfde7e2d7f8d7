"""Whether a click or key came from the customer's own mouse and keyboard, on Windows: low-level hooks and their flags.

LLMHF_INJECTED and LLKHF_INJECTED are set for what SendInput and its relatives make. Written to the documented interface
(SetWindowsHookExW, MSLLHOOKSTRUCT, KBDLLHOOKSTRUCT), not run here.
"""

import ctypes
import threading
from collections import deque
from typing import Any

from customer_client.protection.hands import Act, Press

_WH_KEYBOARD_LL, _WH_MOUSE_LL = 13, 14
_WM_QUIT = 0x0012
_KINDS = {0x0100: Act.KEY, 0x0104: Act.KEY, 0x0201: Act.BUTTON, 0x0202: Act.BUTTON_UP}
"""WM_KEYDOWN, WM_SYSKEYDOWN, WM_LBUTTONDOWN, WM_LBUTTONUP."""

_MOUSE_INJECTED = 0x01 | 0x02
_KEY_INJECTED = 0x10 | 0x02
_REMEMBERED = 64


class _Mouse(ctypes.Structure):
    _fields_ = (
        ("x", ctypes.c_long),
        ("y", ctypes.c_long),
        ("data", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_void_p),
    )


class _Key(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint32),
        ("scan", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_void_p),
    )


class WindowsHands:
    """A `Hands`. The hooks run in a thread of their own, which must answer at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: deque[tuple[Act, int, bool]] = deque(maxlen=_REMEMBERED)
        self._ready = threading.Event()
        self._thread_id = 0
        libraries: Any = ctypes.windll  # type: ignore[attr-defined, unused-ignore]
        self._user32, self._kernel32 = libraries.user32, libraries.kernel32
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self._thread.start()
        self._ready.wait()

    def made(self, press: Press) -> bool:
        """Return whether hands made this press: the hook saw it at that time, without the mark of injected ones."""
        if press.sent:
            return False
        with self._lock:
            marks = [mark for act, time_ms, mark in self._told if (act, time_ms) == (press.act, press.time_ms)]
        return bool(marks) and not any(marks)

    def repeats(self, press: Press) -> bool:
        """The hook is told of every repeat as of a press."""
        return False

    def keep_up(self) -> None:
        """The hooks keep only the newest by themselves."""

    def close(self) -> None:
        """Remove the hooks."""
        self._user32.PostThreadMessageW(self._thread_id, _WM_QUIT, 0, 0)
        self._thread.join()

    def _run(self) -> None:
        procedure: Any = ctypes.WINFUNCTYPE(  # type: ignore[attr-defined, unused-ignore]
            ctypes.c_ssize_t, ctypes.c_int, ctypes.c_size_t, ctypes.c_ssize_t
        )
        mouse, key = procedure(self._mouse), procedure(self._key)
        hooks = [
            self._user32.SetWindowsHookExW(_WH_MOUSE_LL, mouse, None, 0),
            self._user32.SetWindowsHookExW(_WH_KEYBOARD_LL, key, None, 0),
        ]
        self._thread_id = self._kernel32.GetCurrentThreadId()
        self._ready.set()
        message = ctypes.create_string_buffer(64)
        while self._user32.GetMessageW(message, None, 0, 0) > 0:
            self._user32.DispatchMessageW(message)
        for hook in hooks:
            self._user32.UnhookWindowsHookEx(hook)

    def _mouse(self, code: int, kind: int, address: int) -> int:
        if code >= 0 and kind in _KINDS:
            told = _Mouse.from_address(address)
            self._note(_KINDS[kind], told.time, bool(told.flags & _MOUSE_INJECTED))
        return int(self._user32.CallNextHookEx(None, code, kind, ctypes.c_ssize_t(address)))

    def _key(self, code: int, kind: int, address: int) -> int:
        if code >= 0 and kind in _KINDS:
            told = _Key.from_address(address)
            self._note(_KINDS[kind], told.time, bool(told.flags & _KEY_INJECTED))
        return int(self._user32.CallNextHookEx(None, code, kind, ctypes.c_ssize_t(address)))

    def _note(self, act: Act, time_ms: int, injected: bool) -> None:
        with self._lock:
            self._told.append((act, time_ms, injected))
