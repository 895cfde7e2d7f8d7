"""Whether the program that is typed into has read what the server sent it. Used under the injector's lock.

A program hears of a changed keyboard mapping, then asks the server what it is now. Whatever else changes until the
answer has come, Xlib forgets: it notes changes as they come in, and clears all its notes when it has the answer. The
key of the second change then types what it meant before, or nothing. So nothing is changed, and no changed key is
pressed, before the program has dealt with all that came earlier. It answers a window manager's ping in its turn, so the
answer proves that.
Source: Extended Window Manager Hints 1.5, `_NET_WM_PING`; libX11 1.8, `XRefreshKeyboardMapping` and `_XReply`.
"""

import threading
import time
from collections.abc import Iterator
from typing import Any

from Xlib import X, Xatom, error
from Xlib.protocol import event

from customer_client.input.x11_events import X11Events

ANSWERS_WITHIN_S = 1.0
"""A program that is busy for longer is typed into anyway; until it answers again, it is given `SETTLES_WITHIN_S`."""
SETTLES_WITHIN_S = 0.05
"""So long after the last change a program has read it that cannot be asked: only few and old ones cannot."""

_LOOKS_EVERY_S = 0.02
_DEEPEST = 8
"""A window with the keyboard lies at most this deep below its program's own top window."""


class X11Reader:
    """Asks the program with the keyboard, whichever that is, through `display`, a python-xlib Display.

    Waiting ends at once when `interrupted` is set, by any thread.
    """

    def __init__(self, display: Any, events: X11Events, interrupted: threading.Event) -> None:
        self._display = display
        self._events = events
        self._interrupted = interrupted
        self._root = display.screen().root
        self._protocols = display.get_atom("WM_PROTOCOLS")
        self._ping = display.get_atom("_NET_WM_PING")
        self._pings = self._marks = self._read = 0
        self._marked_at = float("-inf")
        self._focus: int | None = None
        self._window: Any = None
        self._answers = False

    def mark(self) -> int:
        """Return a number that stands for everything the server has sent to programs so far."""
        self._marks += 1
        self._marked_at = time.monotonic()
        return self._marks

    def has_read(self, mark: int) -> bool:
        """Say whether the program with the keyboard now has surely read everything up to `mark`."""
        if mark:
            self._look_who_reads()
        return self._read >= mark

    def wait_for(self, mark: int, within_s: float = ANSWERS_WITHIN_S, *, only_if_asked: bool = False) -> None:
        """Wait until the program with the keyboard has read everything up to `mark`, at most `within_s`.

        With `only_if_asked`, a program that cannot be asked is given no time.
        """
        if self.has_read(mark) or (only_if_asked and self._window is None):
            return
        everything, settled_at = self._marks, self._marked_at + SETTLES_WITHIN_S
        if self._window is None:
            self._interrupted.wait(max(0.0, settled_at - time.monotonic()))
        else:
            self._answers = self._is_answered(within_s if self._answers else SETTLES_WITHIN_S)
        if not self._interrupted.is_set():
            self._read = everything

    def _look_who_reads(self) -> None:
        focus = self._display.get_input_focus().focus
        identity = focus if isinstance(focus, int) else focus.id
        if identity == self._focus and identity != X.PointerRoot:
            return
        window = self._top_window(self._under_the_pointer() if identity == X.PointerRoot else focus)
        if identity != self._focus or _identity(window) != _identity(self._window):
            self._read, self._answers = 0, window is not None
        self._focus, self._window = identity, window

    def _under_the_pointer(self) -> Any:
        """Return the innermost window under the pointer, to which keys go while no window has the keyboard."""
        window, inside = X.NONE, self._root
        for _level in range(_DEEPEST):
            try:
                inside = inside.query_pointer().child
            except error.BadWindow:
                break
            if isinstance(inside, int):
                break
            window = inside
        return window

    def _top_window(self, window: Any) -> Any:
        """Return the window around `window` whose program answers pings, or None."""
        try:
            return next((one for one in self._outwards(window) if self._is_pingable(one)), None)
        except error.BadWindow:
            return None

    def _outwards(self, window: Any) -> Iterator[Any]:
        for _level in range(_DEEPEST):
            if isinstance(window, int) or window.id == self._root.id:
                return
            yield window
            window = window.query_tree().parent

    def _is_pingable(self, window: Any) -> bool:
        """Say whether the window's program says so. Others are not asked: some take any such message for "close"."""
        protocols = window.get_full_property(self._protocols, Xatom.ATOM)
        return protocols is not None and self._ping in protocols.value

    def _is_answered(self, within_s: float) -> bool:
        """Ping the window and wait; return whether it answered. Answers go to whoever watches the root window."""
        self._pings += 1
        message = event.ClientMessage(
            window=self._window,
            client_type=self._protocols,
            data=(32, [self._ping, self._pings, self._window.id, 0, 0]),
        )
        gone = error.CatchError(error.BadWindow)
        self._root.change_attributes(event_mask=X.SubstructureNotifyMask)
        try:
            self._window.send_event(message, onerror=gone)
            self._display.flush()
            return self._answer_comes(within_s, gone)
        finally:
            self._root.change_attributes(event_mask=X.NoEventMask)

    def _answer_comes(self, within_s: float, gone: error.CatchError) -> bool:
        """Wait for the answer; a window that is gone counts as having given it."""
        deadline = time.monotonic() + within_s
        while self._pings not in self._events.answers() and gone.get_error() is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or self._interrupted.is_set():
                return self._interrupted.is_set()
            self._events.wait(min(left_s, _LOOKS_EVERY_S))
        return True


def _identity(window: Any) -> int | None:
    return None if window is None else int(window.id)
