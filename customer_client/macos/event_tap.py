"""A tap that listens: macOS tells this program of every key and mouse event, and cannot be held up by it. macOS only.

Source: Apple "Quartz Event Services" (CGEvent.h, CGEventTypes.h), CFRunLoop.h. Written to it, not run here. The person
must have allowed Accessibility or Input Monitoring, or there is no tap: then nobody may control this computer.
"""

import ctypes
import logging
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from customer_client.input.system_events import OUR_MARK, Kind, SystemEvent
from protocol.errors import EnvironmentFault

_SERVICES = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
_LOOK_WHETHER_CLOSED_S = 0.25
_SESSION, _AT_THE_END, _LISTEN_ONLY = 1, 1, 1
_KEY_CODE, _SENDER, _USER_DATA = 9, 41, 42
"""Fields of an event: virtual key code, the process that injected it (0: hardware), what that process put along."""

_KEY_DOWN, _KEY_UP, _FLAGS_CHANGED = 10, 11, 12
_KINDS = {
    **{_KEY_DOWN: Kind.KEY_DOWN, _KEY_UP: Kind.KEY_UP, 22: Kind.WHEEL},
    **dict.fromkeys((1, 2, 3, 4, 25, 26), Kind.BUTTON),
    **dict.fromkeys((5, 6, 7, 27), Kind.MOVE),
}
_KEYS = (_KEY_DOWN, _KEY_UP, _FLAGS_CHANGED)
_TAP_WAS_DISABLED = frozenset({0xFFFFFFFE, 0xFFFFFFFF})
MODIFIER_FLAGS = {
    **{0x38: 0x20000, 0x3C: 0x20000, 0x3B: 0x40000, 0x3E: 0x40000},
    **{0x3A: 0x80000, 0x3D: 0x80000, 0x37: 0x100000, 0x36: 0x100000},
}
"""Modifier flags by virtual key code: Shift, Control, Option, Command, each left and right."""

_log = logging.getLogger(__name__)


def system_event(kind: int, code: int, flags: int, sender: int, user_data: int) -> SystemEvent | None:
    """Return what a tap was told, by CGEventType and fields; None for an event that is nobody's input."""
    if kind == _FLAGS_CHANGED:
        meant = Kind.KEY_DOWN if flags & MODIFIER_FLAGS.get(code, 0) else Kind.KEY_UP
    elif kind in _KINDS:
        meant = _KINDS[kind]
    else:
        return None
    injected = sender != 0
    return SystemEvent(meant, code if kind in _KEYS else 0, injected, injected and user_data == OUR_MARK)


class EventTap:
    """Calls `heard` on the tap's thread for each event, `lost` there if that ends without `close`.

    Raises:
        EnvironmentFault: `local_activity_unseen`, macOS did not give the tap.
    """

    def __init__(
        self, heard: Callable[[SystemEvent], None], lost: Callable[[], None] | None, *, mouse: bool = True
    ) -> None:
        self._heard, self._lost = heard, lost
        kinds = (*_KEYS, *_KINDS) if mouse else _KEYS
        self._mask = sum(1 << kind for kind in set(kinds))
        self._library = _application_services()
        self._ready = threading.Event()
        self._closed = False
        self._tap: int | None = None
        self._thread = threading.Thread(target=self._run, name="event-tap", daemon=True)
        self._thread.start()
        self._ready.wait()
        if not self._tap:
            self._thread.join()
            raise EnvironmentFault(
                "macOS gave no event tap",
                code="local_activity_unseen",
                user_text="Deskside cannot tell your own mouse from the technician's here, so remote control "
                "stays off.",
            )

    @property
    def working(self) -> bool:
        """Whether events are still told."""
        return self._thread.is_alive() and not self._closed

    def close(self) -> None:
        """Take the tap away and wait for its thread. Harmless to call again."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        library = self._library
        told = _CALLBACK(self._told)
        try:
            self._tap = library.CGEventTapCreate(_SESSION, _AT_THE_END, _LISTEN_ONLY, self._mask, told, None)
            if not self._tap:
                return
            source = library.CFMachPortCreateRunLoopSource(None, self._tap, 0)
            mode = ctypes.c_void_p.in_dll(library, "kCFRunLoopDefaultMode")
            library.CFRunLoopAddSource(library.CFRunLoopGetCurrent(), source, mode)
            library.CGEventTapEnable(self._tap, True)
            self._ready.set()
            while not self._closed:
                library.CFRunLoopRunInMode(mode, _LOOK_WHETHER_CLOSED_S, False)
            library.CFRelease(source)
            library.CFRelease(self._tap)
        except Exception:
            _log.exception("the event tap failed")
        finally:
            unexpected = not self._closed and self._ready.is_set()
            self._ready.set()
        if unexpected and self._lost is not None:
            self._lost()

    def _told(self, _proxy: int, kind: int, event: int, _context: int) -> int:
        """Called by macOS; what is returned is not used of a tap that only listens."""
        try:
            if kind in _TAP_WAS_DISABLED:
                self._library.CGEventTapEnable(self._tap, True)
                return event
            field = self._library.CGEventGetIntegerValueField
            found = system_event(
                kind,
                field(event, _KEY_CODE),
                self._library.CGEventGetFlags(event),
                field(event, _SENDER),
                field(event, _USER_DATA),
            )
            if found is not None:
                self._heard(found)
        except Exception:
            _log.exception("a listener of the event tap failed")
        return event


def listen(heard: Callable[[SystemEvent], None], lost: Callable[[], None] | None, *, mouse: bool = True) -> EventTap:
    """Begin to tell `heard` of every key, and of the mouse where `mouse`: a `Listen`.

    Raises:
        EnvironmentFault: `local_activity_unseen`.
    """
    return EventTap(heard, lost, mouse=mouse)


_POINTER, _WORD = ctypes.c_void_p, ctypes.c_uint32
_CALLBACK = ctypes.CFUNCTYPE(_POINTER, _POINTER, _WORD, _POINTER, _POINTER)


@cache
def _application_services() -> Any:
    """Return the library with the functions used here declared."""
    library = ctypes.CDLL(_SERVICES)
    for name, result, arguments in (
        ("CGEventTapCreate", _POINTER, (_WORD, _WORD, _WORD, ctypes.c_uint64, _CALLBACK, _POINTER)),
        ("CGEventTapEnable", None, (_POINTER, ctypes.c_bool)),
        ("CGEventGetIntegerValueField", ctypes.c_int64, (_POINTER, _WORD)),
        ("CGEventGetFlags", ctypes.c_uint64, (_POINTER,)),
        ("CFMachPortCreateRunLoopSource", _POINTER, (_POINTER, _POINTER, ctypes.c_long)),
        ("CFRunLoopGetCurrent", _POINTER, ()),
        ("CFRunLoopAddSource", None, (_POINTER, _POINTER, _POINTER)),
        ("CFRunLoopRunInMode", ctypes.c_int32, (_POINTER, ctypes.c_double, ctypes.c_bool)),
        ("CFRelease", None, (_POINTER,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
