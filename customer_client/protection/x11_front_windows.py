"""Which windows are in front on an X display, told by the server's own events: nothing is polled. Linux only.

`look` costs one round trip (0.1 ms) while nothing has changed. The window manager names the active window only some
time after it was mapped and drawn, so the topmost window counts as well, from the moment it is mapped or raised.
"""

import os
from contextlib import suppress
from typing import Any

from Xlib import X
from Xlib.error import XError

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.input.x11_own_windows import X11OwnWindows
from customer_client.memory import forget_callers
from customer_client.protection.money import FrontWindow

_DEEPEST = 5
"""A program's own window lies at most this deep in a window manager's frames."""

_SMALLEST = 40
"""Pixels of a side: window managers keep tiny windows of their own on top of all."""

_ATTEMPTS = 20
"""A look at windows that change while they are asked is begun so often."""

_MOST_STACKED = 64
"""So many windows are looked at from the top down."""

_NEVER_IN_FRONT = ("DOCK", "DESKTOP", "NOTIFICATION", "TOOLTIP", "DROPDOWN_MENU", "POPUP_MENU", "DND", "COMBO")
_APPEARS = (X.MapNotify, X.UnmapNotify, X.CirculateNotify, X.ReparentNotify, X.DestroyNotify)


class X11FrontWindows:
    """A `FrontWindows`; used by one thread at a time.

    Args:
        display_name: such as ":0"; None is the one of the environment.
        own_process_id: windows of this process are passed over; None is the process that runs this.

    Raises:
        EnvironmentFault: `display_gone`.
    """

    def __init__(self, display_name: str | None = None, *, own_process_id: int | None = None) -> None:
        self._display_name = display_name
        self._process_id = os.getpid() if own_process_id is None else own_process_id
        self._x: Any = None
        self._open()

    def _open(self) -> None:
        self._x = open_x_display(self._display_name)
        try:
            self._x.set_error_handler(lambda _error, _request: None)
            self._root = self._x.screen().root
            self._own = X11OwnWindows(self._x, self._process_id)
            names = ("_NET_ACTIVE_WINDOW", "_NET_WM_NAME", "UTF8_STRING", "_NET_WM_WINDOW_TYPE")
            self._active, self._name, self._utf8, self._type = (self._x.intern_atom(name) for name in names)
            kinds = [f"_NET_WM_WINDOW_TYPE_{kind}" for kind in _NEVER_IN_FRONT]
            self._never_in_front = {self._x.intern_atom(kind) for kind in kinds}
            self._root.change_attributes(event_mask=X.PropertyChangeMask | X.SubstructureNotifyMask)
        except CONNECTION_LOST as cause:
            self.close()
            raise display_gone(str(cause)) from cause
        self._focus = 0
        self._below: dict[int, int] = {}
        self._watched: set[int] = set()
        self._front: tuple[FrontWindow, ...] | None = None

    def look(self) -> tuple[FrontWindow, ...]:
        """Return the windows in front; the same tuple while nothing has changed.

        Raises:
            EnvironmentFault: `display_gone`; the next look opens a new connection.
        """
        if self._x is None:
            self._open()
        try:
            for _attempt in range(_ATTEMPTS):
                if self._has_changed():
                    self._front = None
                if self._front is not None:
                    return self._front
                try:
                    self._front = self._windows_in_front()
                except XError as gone:  # a window has gone while it was asked
                    forget_callers(gone)
        except CONNECTION_LOST as cause:
            self.close()
            raise display_gone(str(cause)) from cause
        raise display_gone("windows come and go too fast to be told")

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        if self._x is not None:
            with suppress(*CONNECTION_LOST):
                self._x.close()
            self._x = None

    def _has_changed(self) -> bool:
        """Take all that the server has to tell by now; return whether something else may be in front."""
        focus = self._x.get_input_focus().focus  # a round trip: what happened before it is told before its answer
        number = focus if isinstance(focus, int) else focus.id
        changed, self._focus = number != self._focus, number
        for _ in range(self._x.pending_events()):
            changed |= self._matters(self._x.next_event())
        return changed

    def _matters(self, event: Any) -> bool:
        if event.type == X.PropertyNotify:
            return bool(event.window.id != self._root.id or event.atom == self._active)
        if event.type == X.ConfigureNotify:
            below = event.above_sibling.id if event.above_sibling else 0
            was, self._below[event.window.id] = self._below.get(event.window.id), below
            return was != below
        if event.type == X.DestroyNotify:
            self._below.pop(event.window.id, None)
            self._watched.discard(event.window.id)
        return event.type in _APPEARS

    def _windows_in_front(self) -> tuple[FrontWindow, ...]:
        windows = (self._active_window(), self._topmost_window())
        told = {window.id: self._described(window) for window in windows if window is not None}
        return tuple(told.values())

    def _active_window(self) -> Any | None:
        """Return the window the window manager calls active; without one, the window with the keyboard."""
        named = self._root.get_full_property(self._active, X.AnyPropertyType)
        number = int(named.value[0]) if named is not None and len(named.value) else self._focus
        if number <= X.PointerRoot or number == self._root.id or self._own.owns(number):
            return None
        return self._x.create_resource_object("window", number)

    def _topmost_window(self) -> Any | None:
        """Return the topmost window of a program that people look at, whatever has the keyboard."""
        for child in list(reversed(self._root.query_tree().children))[:_MOST_STACKED]:
            window = self._program_window(child)
            if window is not None:
                return window
        return None

    def _program_window(self, child: Any) -> Any | None:
        """Return the program's own window in `child`, a window right on the screen; None if that is none to look at."""
        attributes = child.get_attributes()
        if attributes.map_state != X.IsViewable or attributes.win_class != X.InputOutput or self._own.owns(child.id):
            return None
        window = self._named_within(child)
        if window is None or self._own.owns(window.id):
            return None
        kinds = window.get_full_property(self._type, X.AnyPropertyType)
        hidden = kinds is not None and not self._never_in_front.isdisjoint(kinds.value)
        return None if hidden else window

    def _named_within(self, child: Any) -> Any | None:
        """Return the outermost window with a title at the middle of `child`: a window manager's frame has none."""
        geometry = child.get_geometry()
        if min(geometry.width, geometry.height) < _SMALLEST:
            return None
        x, y = geometry.x + geometry.width // 2, geometry.y + geometry.height // 2
        window = child
        for _level in range(_DEEPEST):
            self._watch(window)
            if self._title(window):
                return window
            window = window.translate_coords(self._root, x, y).child
            if not window:
                return None
        return None

    def _described(self, window: Any) -> FrontWindow:
        self._watch(window)
        classes = window.get_wm_class() or ("", "")
        return FrontWindow(self._title(window), classes[1] or classes[0])

    def _watch(self, window: Any) -> None:
        """Be told of a later title, and of a program's window that is put into this one only later."""
        if window.id not in self._watched:
            window.change_attributes(event_mask=X.PropertyChangeMask | X.SubstructureNotifyMask)
            self._watched.add(window.id)

    def _title(self, window: Any) -> str:
        named = window.get_full_property(self._name, self._utf8)
        if named is not None and len(named.value):
            return bytes(named.value).decode(errors="replace")
        old = window.get_wm_name()
        return old if isinstance(old, str) else bytes(old or b"").decode("latin-1")
