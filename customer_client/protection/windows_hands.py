"""Whether a click or key came from the customer's own mouse and keyboard, on Windows: low-level hooks and their flags.

LLMHF_INJECTED and LLKHF_INJECTED are set for what SendInput and its relatives make; what another program posts to a
window no hook is told of at all. Windows' Tk says when it got to a press, not when it was made, and marks every key as
sent by a program; so a press is by hand if a hook was told shortly before of the same key while a window of ours was in
front, or of a click into that very widget, which is a window of its own. Each that a hook was told of speaks for one
press. Run under wine (tests/installers), not on Windows itself.
"""

import contextlib
import ctypes
import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from customer_client.protection.hands import Act, Press

_WH_KEYBOARD_LL, _WH_MOUSE_LL = 13, 14
_WM_QUIT = 0x0012
_KINDS = {0x0100: Act.KEY, 0x0104: Act.KEY, 0x0201: Act.BUTTON, 0x0202: Act.BUTTON_UP}
"""WM_KEYDOWN, WM_SYSKEYDOWN, WM_LBUTTONDOWN, WM_LBUTTONUP."""

_MOUSE_INJECTED = 0x01 | 0x02
_KEY_INJECTED = 0x10 | 0x02
_REMEMBERED = 64
LATEST_MS = 2000
"""How long after the hook a window may be told of a press: it waits while the window is busy."""

_PER_MONITOR_AWARE_2 = -4
"""The hook's points are real pixels, also for a program that is told of scaled ones."""

_CLOCK_WRAPS_MS = 1 << 32


@dataclass(frozen=True)
class Told:
    """What a hook was told of a press in our windows: `code` is the virtual key, `window` where a button went."""

    act: Act
    time_ms: int
    by_hand: bool
    code: int = 0
    window: int = 0


class ToldPresses:
    """The newest presses hooks were told of. Pure; any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: deque[Told] = deque(maxlen=_REMEMBERED)

    def add(self, told: Told) -> None:
        """Remember a press."""
        with self._lock:
            self._told.append(told)

    def made(self, press: Press) -> bool:
        """Return whether hands made `press`: the newest telling that fits says so, and speaks for no other press."""
        with self._lock:
            told = next((one for one in reversed(self._told) if _fits(press, one)), None)
            if told is None:
                return False
            self._told.remove(told)
        return told.by_hand


def _fits(press: Press, told: Told) -> bool:
    if press.act is not told.act or (press.time_ms - told.time_ms) % _CLOCK_WRAPS_MS > LATEST_MS:
        return False
    if press.act is Act.KEY:
        return press.code == told.code
    # A button is let go wherever the pointer is then, and the window that was pressed is told.
    return press.act is Act.BUTTON_UP or press.window == told.window


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_long), ("y", ctypes.c_long))


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
        self._told = ToldPresses()
        self._ready = threading.Event()
        self._thread_id = 0
        self._user32, self._kernel32 = _libraries()
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)
        self._thread.start()
        self._ready.wait()

    def made(self, press: Press) -> bool:
        """Return whether hands made this press: a hook was told of it without the mark of injected ones."""
        return self._told.made(press)

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
        with contextlib.suppress(AttributeError):  # older than Windows 10 1607
            self._user32.SetThreadDpiAwarenessContext(_PER_MONITOR_AWARE_2)
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
            window = self._user32.WindowFromPoint(_Point(told.x, told.y)) or 0
            self._note(Told(_KINDS[kind], told.time, not told.flags & _MOUSE_INJECTED, window=window), window)
        return int(self._user32.CallNextHookEx(None, code, kind, address))

    def _key(self, code: int, kind: int, address: int) -> int:
        if code >= 0 and kind in _KINDS:
            told = _Key.from_address(address)
            pressed = Told(_KINDS[kind], told.time, not told.flags & _KEY_INJECTED, code=told.code)
            self._note(pressed, self._user32.GetForegroundWindow() or 0)
        return int(self._user32.CallNextHookEx(None, code, kind, address))

    def _note(self, told: Told, window: int) -> None:
        """Remember `told` if `window`, where it goes, is ours."""
        process = ctypes.c_uint32()
        self._user32.GetWindowThreadProcessId(window, ctypes.byref(process))
        if process.value == os.getpid():
            self._told.add(told)


def _libraries() -> tuple[Any, Any]:
    """Return user32 and kernel32 with what their functions take: windows and addresses have 64 bits."""
    load: Any = ctypes.WinDLL  # type: ignore[attr-defined, unused-ignore]
    user32, kernel32 = load("user32"), load("kernel32")
    word, pointer, number = ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int
    user32.SetWindowsHookExW.argtypes, user32.SetWindowsHookExW.restype = (number, pointer, pointer, word), pointer
    user32.UnhookWindowsHookEx.argtypes = (pointer,)
    user32.CallNextHookEx.argtypes = (pointer, number, ctypes.c_size_t, ctypes.c_ssize_t)
    user32.CallNextHookEx.restype = ctypes.c_ssize_t
    user32.GetMessageW.argtypes = (pointer, pointer, word, word)
    user32.DispatchMessageW.argtypes = (pointer,)
    user32.PostThreadMessageW.argtypes = (word, word, ctypes.c_size_t, ctypes.c_ssize_t)
    user32.WindowFromPoint.argtypes, user32.WindowFromPoint.restype = (_Point,), pointer
    user32.GetForegroundWindow.restype = pointer
    with contextlib.suppress(AttributeError):
        user32.SetThreadDpiAwarenessContext.argtypes = (pointer,)
    user32.GetWindowThreadProcessId.argtypes = (pointer, ctypes.POINTER(word))
    return user32, kernel32
