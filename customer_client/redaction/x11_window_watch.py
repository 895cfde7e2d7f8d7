"""Where hidden windows are on an X server, without a gap: told by the server, in order, on one connection. Linux only.

The server answers one request after the other. So after an answer to a question asked *behind* the reading of pixels,
every window that was made, moved, shown or taken away before or during that reading has been told here already. A look
therefore names each place at which a hidden window can be in the picture, however quickly it moved meanwhile.

A window is hidden as a whole, with its frame, also where another window lies over it.
"""

import contextlib
import logging
from dataclasses import dataclass, field
from typing import Any

from Xlib import X
from Xlib.error import XError

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.memory import forget_callers
from customer_client.redaction.hidden import HiddenKind, HiddenWindow, ListedWindow, Look
from customer_client.redaction.known_programs import KnownPrograms, password_managers
from customer_client.redaction.window_watch import OWN_CLASS
from customer_client.redaction.x11_traits import Traits, X11Traits
from protocol.picture.geometry import Rect, between

_MOST_ASKED = 32
"""New windows that are asked whose they are in one look; more are hidden until the next."""

_SMALLEST_LISTED = 40
_DEEPEST = 8
_DESKSIDE = "deskside"
_SHOWN_AS_MOVEMENT = frozenset({HiddenKind.PASSWORD_MANAGER, HiddenKind.CHOSEN_WINDOW, HiddenKind.OWN})
"""A compositor lets these grow, shrink or fly when they come and go; notifications only fade where they are."""

_log = logging.getLogger(__name__)


@dataclass
class _Top:
    """One child of the root: where it is, whether it is shown, and why it is hidden."""

    window: Any
    rect: Rect
    mapped: bool
    traits: Traits | None = None
    kind: HiddenKind | None = None
    places: list[Rect] = field(default_factory=list)
    """Where it was since the last look, as long as nobody knew that it need not be hidden."""
    came_or_went: bool = False
    inside: Any = None
    """The program's own window, when it was seen to be put into this one."""

    @property
    def may_hide(self) -> bool:
        """Whether it is hidden, or nobody knows yet."""
        return self.kind is not None or self.traits is None


class X11WindowWatch:
    """A `WindowWatch` for an X display.

    Args:
        display_name: such as ":0"; None is the one of the environment.
        programs: whose windows are hidden without being chosen.

    Raises:
        EnvironmentFault: `display_gone`.
    """

    def __init__(self, display_name: str | None = None, programs: KnownPrograms | None = None) -> None:
        self._chosen: frozenset[int] = frozenset()
        self._notifications = True
        self._programs = programs or password_managers()
        self._x = open_x_display(display_name)
        self._x.set_error_handler(_note_error)
        self._told: list[Any] = []
        self._tops: dict[int, _Top] = {}
        self._gone: list[_Top] = []
        self._top_of_inner: dict[int, int] = {}
        self._hiding_clients: set[int] = set()
        self._closed = False
        try:
            self._screen = self._x.screen()
            self._root = self._screen.root
            self._traits = X11Traits(self._x)
            self._compositor = self._x.intern_atom(f"_NET_WM_CM_S{self._x.get_default_screen()}")
            self._root.change_attributes(event_mask=X.SubstructureNotifyMask)
            for window in self._root.query_tree().children:
                self._adopt(window)
        except (XError, *CONNECTION_LOST) as cause:
            self.close()
            raise display_gone(str(cause)) from cause

    def hide(self, chosen: frozenset[int], *, notifications: bool) -> None:
        """Hide the windows with these numbers and their dialogs, and notifications or not, from the next look on."""
        self._chosen, self._notifications = chosen, notifications
        for top in self._tops.values():
            if top.traits is not None:
                top.kind = self._judge(top.traits)
                self._note_place(top)

    def look(self) -> Look:
        """Return what is hidden, and where it has been."""
        try:
            return self._look()
        except CONNECTION_LOST as cause:
            raise display_gone(str(cause)) from cause

    def listed(self) -> tuple[ListedWindow, ...]:
        """Return the windows with a title, the topmost first, without Deskside's own."""
        try:
            self._look()
            listed = [self._listed(top) for top in reversed(list(self._tops.values())) if _is_listed(top)]
        except CONNECTION_LOST as cause:
            raise display_gone(str(cause)) from cause
        return tuple(window for window in listed if window is not None)

    def has_keyboard(self) -> HiddenKind | None:
        """Return why the window that gets the keys is hidden: the one in focus, or where the pointer is."""
        try:
            focus = self._x.get_input_focus().focus
            if isinstance(focus, int):
                pointed = self._root.query_pointer().child if focus == X.PointerRoot else None
                return self._kind_of(pointed)
            return self._kind_of(focus)
        except XError as gone:
            forget_callers(gone)
            return None  # it has just gone, and the keys with it
        except CONNECTION_LOST as cause:
            raise display_gone(str(cause)) from cause

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(*CONNECTION_LOST):
                self._x.close()

    def _look(self) -> Look:
        self._x.sync()
        # What comes while somebody is asked below is after the pixels: it belongs to the next look.
        self._collect()
        told, self._told = self._told, []
        for event in told:
            self._take(event)
        for top in self._gone:
            if top.traits is None:
                top.kind = self._judge_gone(top.window.id)
        unknown = [top for top in self._tops.values() if top.traits is None and _matters(top)]
        for top in unknown[:_MOST_ASKED]:
            self._ask(top)
        return self._found()

    def _found(self) -> Look:
        passed: list[tuple[int, Rect]] = []
        stirred = False
        for top in (*self._tops.values(), *self._gone):
            if top.kind is None and top.traits is None and _matters(top):
                top.kind = HiddenKind.UNSURE  # not asked yet; hidden until it is
            if top.kind is not None:
                passed += [(top.window.id, place) for place in top.places]
                stirred |= top.came_or_went and top.kind in _SHOWN_AS_MOVEMENT
            top.places.clear()
            top.came_or_went = False
        self._gone.clear()
        now = tuple(
            HiddenWindow(top.window.id, top.kind, top.rect)
            for top in self._tops.values()
            if top.mapped and top.kind is not None
        )
        return Look(now, tuple(passed), stirred and self._is_composited())

    # --- what the server tells

    def _collect(self) -> None:
        """Take in what the server has told; nothing is done about it yet."""
        self._told += [self._x.next_event() for _ in range(self._x.pending_events())]

    def _has_gone(self, window: int) -> bool:
        """Say whether a window was destroyed before the last answer came: its number may be another's by now."""
        self._collect()
        return any(event.type == X.DestroyNotify and event.window.id == window for event in self._told)

    def _take(self, event: Any) -> None:
        if event.type == X.PropertyNotify:
            self._told_anew(event)
        elif event.type == X.CreateNotify:
            self._created(event)
        elif event.type == X.ReparentNotify:
            self._reparented(event)
        elif event.type in (X.DestroyNotify, X.UnmapNotify, X.MapNotify, X.ConfigureNotify, X.GravityNotify):
            self._changed(event)

    def _told_anew(self, event: Any) -> None:
        top = self._tops.get(self._top_of_inner.get(event.window.id, event.window.id))
        if top is not None and event.atom in self._traits.telling:
            top.traits = None
            self._note_place(top)

    def _created(self, event: Any) -> None:
        rect = _outline(event.x, event.y, event.width, event.height, event.border_width)
        self._tops[event.window.id] = _Top(event.window, rect, mapped=False)
        event.window.change_attributes(event_mask=X.PropertyChangeMask)

    def _changed(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if top is None:
            return
        self._note_place(top)
        if event.type == X.ConfigureNotify:
            top.rect = _outline(event.x, event.y, event.width, event.height, event.border_width)
        elif event.type == X.GravityNotify:
            top.rect = Rect(event.x, event.y, top.rect.width, top.rect.height)
        else:
            top.came_or_went = True
            top.mapped = event.type == X.MapNotify
        if event.type == X.MapNotify:
            top.traits = None  # what it says of itself is complete by now
        self._note_place(top)
        if event.type == X.DestroyNotify:
            self._drop(top)

    def _reparented(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if event.parent.id == self._root.id:
            if top is None:
                self._adopt(event.window)
            return
        if top is not None:
            self._note_place(top)
            self._drop(top)
        frame = self._tops.get(self._top_number(event.parent))
        if frame is not None:
            frame.traits, frame.inside = None, event.window
            self._note_place(frame)

    def _adopt(self, window: Any) -> None:
        """Take in a window that is there already."""
        try:
            window.change_attributes(event_mask=X.PropertyChangeMask)
            shape, attributes = window.get_geometry(), window.get_attributes()
        except XError as gone:
            forget_callers(gone)
            return
        if attributes.win_class == X.InputOutput:
            rect = _outline(shape.x, shape.y, shape.width, shape.height, shape.border_width)
            self._tops[window.id] = top = _Top(window, rect, mapped=attributes.map_state != X.IsUnmapped)
            self._note_place(top)

    def _drop(self, top: _Top) -> None:
        self._tops.pop(top.window.id, None)
        if top.places:
            self._gone.append(top)
        inner = top.traits.window if top.traits is not None else top.window.id
        self._top_of_inner.pop(inner, None)
        client = self._traits.client_of(inner)
        if not any(self._traits.client_of(_inner(other)) == client for other in self._tops.values()):
            self._hiding_clients.discard(client)
            self._traits.forget(client)

    @staticmethod
    def _note_place(top: _Top) -> None:
        if top.mapped and top.may_hide and (not top.places or top.places[-1] != top.rect):
            top.places.append(top.rect)

    # --- whose window it is

    def _ask(self, top: _Top) -> None:
        try:
            traits = self._traits.of(top.window, top.inside)
            if traits.window != top.window.id:
                self._x.create_resource_object("window", traits.window).change_attributes(
                    event_mask=X.PropertyChangeMask
                )
            self._top_of_inner[traits.window] = top.window.id
            kind = self._judge(traits)
            gone = self._has_gone(top.window.id) or self._has_gone(traits.window)
        except XError as error:
            forget_callers(error)
            gone = True
        if gone and top.inside is not None:
            top.inside = None  # a frame may outlive what was in it
            self._ask(top)
            return
        if gone:
            # Judged by the program that made it, if that one is known.
            traits, kind = Traits(top.window.id, (), False, 0), self._judge_gone(top.window.id)
        top.traits, top.kind = traits, kind

    def _judge(self, traits: Traits) -> HiddenKind | None:
        if OWN_CLASS in traits.classes:
            return HiddenKind.OWN
        client = self._traits.client_of(traits.window)
        if (
            client in self._hiding_clients
            or self._programs.has_class(traits.classes)
            or self._programs.has_program(self._traits.program(traits.window))
        ):
            self._hiding_clients.add(client)
            return HiddenKind.PASSWORD_MANAGER
        if traits.window in self._chosen or traits.belongs_to in self._chosen:
            return HiddenKind.CHOSEN_WINDOW
        return HiddenKind.NOTIFICATION if traits.notification and self._notifications else None

    def _judge_gone(self, window: int) -> HiddenKind | None:
        client = self._traits.client_of(window)
        if client in self._hiding_clients:
            return HiddenKind.PASSWORD_MANAGER
        others = (top for top in self._tops.values() if top.traits is not None and top.kind is None)
        known = any(self._traits.client_of(_inner(other)) == client for other in others)
        return None if known else HiddenKind.UNSURE

    def _kind_of(self, window: Any) -> HiddenKind | None:
        """Return why the window of the desktop that `window` is, or is in, is hidden."""
        if not window:
            return None
        top = self._tops.get(self._top_number(window))
        return top.kind if top is not None and top.mapped else None

    def _top_number(self, window: Any) -> int:
        """Return the number of the child of the root in which `window` is."""
        number = int(window.id)
        with contextlib.suppress(XError):
            for _level in range(_DEEPEST):
                if number in self._tops:
                    break
                parent = window.query_tree().parent
                if not parent or parent.id == self._root.id:
                    break
                window, number = parent, int(parent.id)
        return number

    def _is_composited(self) -> bool:
        return bool(self._x.get_selection_owner(self._compositor))

    def _listed(self, top: _Top) -> ListedWindow | None:
        if top.traits is None or any(_DESKSIDE in name.casefold() for name in top.traits.classes):
            return None
        try:
            window = self._x.create_resource_object("window", top.traits.window)
            title, program = self._traits.title(window), self._traits.program(top.traits.window)
        except XError as gone:
            forget_callers(gone)
            return None
        return ListedWindow(top.traits.window, title, program, top.kind) if title else None


def _inner(top: _Top) -> int:
    return top.traits.window if top.traits is not None else int(top.window.id)


def _matters(top: _Top) -> bool:
    """Whether it matters whose window it is: one that was not shown needs nobody to ask."""
    return top.mapped or bool(top.places)


def _is_listed(top: _Top) -> bool:
    return top.mapped and min(top.rect.width, top.rect.height) >= _SMALLEST_LISTED


def _outline(x: int, y: int, width: int, height: int, border: int) -> Rect:
    """Return the place of a window with its border, at least one pixel."""
    placed = between(x, y, x + width + 2 * border, y + height + 2 * border)
    return placed or Rect(x, y, 1, 1)


def _note_error(error: XError, _request: Any) -> None:
    """Log an error nobody waits for, which python-xlib would print."""
    _log.debug("windows: %s", error)
