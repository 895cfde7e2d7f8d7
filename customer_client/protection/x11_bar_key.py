"""Ctrl+Alt+Shift+Home on an X display, and the keyboard for a window that no window manager looks after. Linux only.

Tk never asks for the keyboard for a window without a frame (override-redirect), and no window manager gives it to one.
The server does, when it is asked itself.
"""

from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib.error import CatchError, XError
from Xlib.ext import xinput

from customer_client.capture.x11_display import CONNECTION_LOST
from customer_client.input.system_events import Kind, SystemEvent
from customer_client.protection.x11_raw_events import RawEvents
from customer_client.watchdog.panic_keys import PanicChord, PanicKeys

_HOME_KEYCODES = frozenset({79, 110})
"""Home, on the keypad and beside it (evdev code + 8)."""
_CHORD_ROWS = (X.ShiftMapIndex, X.ControlMapIndex, X.Mod1MapIndex)
_KINDS = {xinput.RawKeyPress: Kind.KEY_DOWN, xinput.RawKeyRelease: Kind.KEY_UP}


class X11BarKey:
    """A `BarKey`; `called` runs in `hear`.

    Raises:
        EnvironmentFault: `display_gone`, or `hands_unseen` if the server does not tell devices.
    """

    def __init__(self, called: Callable[[], None], display_name: str | None = None) -> None:
        self._called = called
        self._events = RawEvents(tuple(_KINDS), display_name)
        self._x = self._events.display
        rows = self._x.get_modifier_mapping()
        modifiers = tuple(frozenset(keycode for keycode in rows[row] if keycode) for row in _CHORD_ROWS)
        self._keys = PanicKeys(PanicChord(end=_HOME_KEYCODES, modifiers=modifiers))
        self._ours = 0
        """The window the keyboard was asked for, as the server numbers it; 0 for none."""
        self._before: Any = X.PointerRoot
        """Who had it: a window, or None or PointerRoot of X."""

    def fileno(self) -> int:
        """Return the connection's number."""
        return int(self._x.fileno())

    def hear(self) -> bool:
        """Read what the server told; False when it went away."""
        try:
            self._take_what_was_told()
        except CONNECTION_LOST:
            return False
        return True

    def take_keyboard(self, window: int) -> None:
        """Ask the server to give the keyboard to Tk's window `window`, which is on the screen."""
        try:
            # What Tk listens at is the window around it.
            wrapper = self._x.create_resource_object("window", window).query_tree().parent
            has_it = self._x.get_input_focus().focus
            if _number(has_it) != wrapper.id:
                self._before = has_it
            self._ours = wrapper.id
            self._focus(wrapper)
            self._take_what_was_told()
        except (XError, *CONNECTION_LOST):
            self._ours = 0  # the window is gone, or the display

    def give_back(self) -> None:
        """Give the keyboard to who had it, and if that is gone to whatever is under the pointer."""
        ours, self._ours = self._ours, 0
        try:
            if not ours or _number(self._x.get_input_focus().focus) != ours:
                return
            if not self._focus(self._before):
                self._focus(X.PointerRoot)
            self._take_what_was_told()
        except (XError, *CONNECTION_LOST):
            return  # nobody is there to have it

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        self._events.close()

    def _focus(self, window: Any) -> bool:
        """Return whether the server gave it the keyboard: to a window that is not on the screen it does not."""
        refused = CatchError()
        self._x.set_input_focus(window, X.RevertToPointerRoot, X.CurrentTime, onerror=refused)
        self._x.sync()
        return refused.get_error() is None

    def _take_what_was_told(self) -> None:
        """Also after each question: what comes along with an answer, no waiting tells of."""
        for event in self._events.arrived():
            told = SystemEvent(_KINDS[event.kind], event.detail, event.injected, ours=False)
            if not told.injected and self._keys.pressed(told):
                self._called()


def _number(window: Any) -> int:
    return int(getattr(window, "id", window))
