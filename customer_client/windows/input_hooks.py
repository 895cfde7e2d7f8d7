"""Low-level hooks: Windows tells this program of every key and every mouse event before a window gets it. Windows only.

The hooks run in a thread of their own, which has nothing else to do: Windows waits for its answer, and takes hooks away
that keep it waiting (LowLevelHooksTimeout). So listeners note what they are told and return at once, and the hooks are
set anew now and then.
"""

import ctypes
import logging
import threading
from collections.abc import Callable
from typing import Any

from customer_client.input.system_events import OUR_MARK, Kind, SystemEvent
from customer_client.windows.api import callback, kernel32, last_error, user32
from customer_client.windows.structures import WORD_OF_POINTER_SIZE, KeyTold, Message, MouseTold
from protocol.errors import EnvironmentFault

_KEYBOARD_HOOK, _MOUSE_HOOK = 13, 14
_QUIT, _TIMER = 0x0012, 0x0113
_MOUSE_INJECTED, _KEY_INJECTED = 0x1, 0x10
_KEY_UP = 0x80
_LEFT_DOWN, _LAST_BUTTON = 0x0201, 0x020D
_WHEELS = frozenset({0x020A, 0x020E})
_MOVE = 0x0200

HOOK_ANEW_MS = 5000
"""Windows takes a hook that was late away without a word; so it is never deaf for longer than this."""

_log = logging.getLogger(__name__)


def key_event(told: KeyTold) -> SystemEvent:
    """Return what a keyboard hook was told."""
    injected = bool(told.flags & _KEY_INJECTED)
    kind = Kind.KEY_UP if told.flags & _KEY_UP else Kind.KEY_DOWN
    return SystemEvent(kind, told.code, injected, injected and told.extra == OUR_MARK)


def mouse_event(message: int, told: MouseTold) -> SystemEvent | None:
    """Return what a mouse hook was told; None for a message that is none of the mouse's."""
    kind = _mouse_kind(message)
    injected = bool(told.flags & _MOUSE_INJECTED)
    return SystemEvent(kind, 0, injected, injected and told.extra == OUR_MARK) if kind is not None else None


def _mouse_kind(message: int) -> Kind | None:
    if message == _MOVE:
        return Kind.MOVE
    if message in _WHEELS:
        return Kind.WHEEL
    return Kind.BUTTON if _LEFT_DOWN <= message <= _LAST_BUTTON else None


class InputHooks:
    """Calls `heard` on the hooks' thread for each event, `lost` there if that ends without `close`.

    Raises:
        EnvironmentFault: `local_activity_unseen`, Windows did not take the hooks.
    """

    def __init__(
        self,
        heard: Callable[[SystemEvent], None],
        *,
        mouse: bool = True,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self._heard, self._lost, self._with_mouse = heard, lost, mouse
        self._ready = threading.Event()
        self._closed = False
        self._failure = ""
        self._thread_id = 0
        self._thread = threading.Thread(target=self._run, name="input-hooks", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise EnvironmentFault(
                self._failure,
                code="local_activity_unseen",
                user_text="Deskside cannot tell your own mouse from the technician's here, so remote control "
                "stays off.",
            )

    @property
    def working(self) -> bool:
        """Whether events are still told."""
        return self._thread.is_alive() and not self._closed

    def close(self) -> None:
        """Take the hooks away and wait for the thread. Harmless to call again."""
        if self._closed:
            return
        self._closed = True
        user32().PostThreadMessageW(self._thread_id, _QUIT, 0, 0)
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        procedure = callback(ctypes.c_ssize_t, ctypes.c_int32, WORD_OF_POINTER_SIZE, ctypes.c_ssize_t)
        wanted = [(_KEYBOARD_HOOK, procedure(self._key))]
        if self._with_mouse:
            wanted.append((_MOUSE_HOOK, procedure(self._mouse)))
        try:
            self._serve(wanted)
        except Exception:
            _log.exception("the input hooks failed")
            self._failure = "the hooks failed"
        finally:
            unexpected = not self._closed and self._ready.is_set()
            self._ready.set()
        if unexpected and self._lost is not None:
            self._lost()

    def _serve(self, wanted: list[tuple[int, Any]]) -> None:
        message = Message()
        user32().PeekMessageW(ctypes.byref(message), None, 0, 0, 0)  # from now on messages can be posted to this thread
        self._thread_id = kernel32().GetCurrentThreadId()
        timer = user32().SetTimer(None, 0, HOOK_ANEW_MS, None)
        hooks = self._hook(wanted)
        try:
            while hooks:
                self._ready.set()
                # The hooks are called while it waits.
                if user32().GetMessageW(ctypes.byref(message), None, 0, 0) <= 0:
                    return
                if message.number == _TIMER:
                    fresh = self._hook(wanted)
                    _unhook(hooks)
                    hooks = fresh
        finally:
            _unhook(hooks)
            user32().KillTimer(None, timer)

    def _hook(self, wanted: list[tuple[int, Any]]) -> list[int]:
        """Return every hook wanted, or none."""
        hooks: list[int] = []
        for kind, procedure in wanted:
            hook = user32().SetWindowsHookExW(kind, procedure, None, 0)
            if not hook:
                self._failure = f"SetWindowsHookExW failed with {last_error()}"
                _unhook(hooks)
                return []
            hooks.append(hook)
        return hooks

    def _key(self, code: int, kind: int, address: int) -> int:
        if code >= 0:
            self._tell(key_event(KeyTold.from_address(address)))
        return int(user32().CallNextHookEx(None, code, kind, address))

    def _mouse(self, code: int, kind: int, address: int) -> int:
        if code >= 0:
            self._tell(mouse_event(kind, MouseTold.from_address(address)))
        return int(user32().CallNextHookEx(None, code, kind, address))

    def _tell(self, event: SystemEvent | None) -> None:
        if event is None:
            return
        try:
            self._heard(event)
        except Exception:
            _log.exception("a listener of the input hooks failed")


def _unhook(hooks: list[int]) -> None:
    for hook in hooks:
        user32().UnhookWindowsHookEx(hook)


def listen(heard: Callable[[SystemEvent], None], lost: Callable[[], None] | None, *, mouse: bool = True) -> InputHooks:
    """Begin to tell `heard` of every key, and of the mouse where `mouse`: a `Listen`.

    Raises:
        EnvironmentFault: `local_activity_unseen`.
    """
    return InputHooks(heard, mouse=mouse, lost=lost)
