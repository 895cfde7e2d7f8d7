"""What an X window says of itself and of its program. Linux only; under the curtain's lock."""

from dataclasses import dataclass
from typing import Any

from Xlib import X, Xatom
from Xlib.ext import res

from customer_client.redaction.program_names import program_of

_DEEPEST = 3
_MOST_WINDOWS = 48
"""Looked at for one window of the desktop: frames of the window manager, then the program's own."""

_TITLE_CHARS = 120


@dataclass(frozen=True)
class Traits:
    """One window of the desktop: of its frame or itself, what the program inside says.

    `window` is the program's own window, which stays the same when a window manager puts a frame around it.
    """

    window: int
    classes: tuple[str, ...]
    notification: bool
    belongs_to: int
    """The window it is a dialog of; 0 for none."""


class X11Traits:
    """Asks the server behind `display`, a python-xlib Display."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._state = display.intern_atom("WM_STATE")
        self._type = display.intern_atom("_NET_WM_WINDOW_TYPE")
        self._notification = display.intern_atom("_NET_WM_WINDOW_TYPE_NOTIFICATION")
        self._title = display.intern_atom("_NET_WM_NAME")
        self._utf8 = display.intern_atom("UTF8_STRING")
        self._mask = display.display.info.resource_id_mask
        self._can_ask = bool(display.has_extension(res.extname))
        self._programs: dict[int, str] = {}
        self.telling = frozenset({Xatom.WM_CLASS, Xatom.WM_TRANSIENT_FOR, self._type, self._state})
        """Properties after whose change a window is to be asked again."""

    def client_of(self, window: int) -> int:
        """Return the number of the connection that made `window`."""
        return int(window & ~self._mask)

    def forget(self, client: int) -> None:
        """A connection may have ended: its number may be given to another program."""
        self._programs.pop(client, None)

    def of(self, window: Any, inside: Any = None) -> Traits:
        """Return the traits of a child of the root, in which the program's own window `inside` lies if that is known.

        Raises:
            XError: it has gone.
        """
        if inside is None:
            inside = self._program_window(window)
        names = inside.get_wm_class() or ()
        kinds = inside.get_full_property(self._type, Xatom.ATOM)
        owner = inside.get_full_property(Xatom.WM_TRANSIENT_FOR, Xatom.WINDOW)
        return Traits(
            window=inside.id,
            classes=tuple(str(name) for name in names),
            notification=kinds is not None and self._notification in kinds.value,
            belongs_to=int(owner.value[0]) if owner is not None and len(owner.value) else 0,
        )

    def title(self, window: Any) -> str:
        """Return what its title bar says.

        Raises:
            XError: it has gone.
        """
        named = window.get_full_property(self._title, self._utf8)
        if named is not None:
            return bytes(named.value).decode(errors="replace")[:_TITLE_CHARS]
        old = window.get_wm_name()
        return (old if isinstance(old, str) else bytes(old or b"").decode("latin-1"))[:_TITLE_CHARS]

    def program(self, window: int) -> str:
        """Return the file name of the program that made `window`; empty where it is not told."""
        client = self.client_of(window)
        if client not in self._programs:
            self._programs[client] = self._ask_program(window)
        return self._programs[client]

    def _ask_program(self, window: int) -> str:
        if not self._can_ask:
            return ""
        wanted = [{"client": window, "mask": res.LocalClientPIDMask}]
        answers = self._display.res_query_client_ids(wanted).ids
        process_id = next((answer.value[0] for answer in answers if answer.value), 0)
        return program_of(process_id)

    def _program_window(self, window: Any) -> Any:
        """Return the window inside a frame that a program called its own; else the first with a class; else itself."""
        waiting: list[tuple[Any, int]] = [(window, 0)]
        looked: list[Any] = []
        while waiting and len(looked) < _MOST_WINDOWS:
            each, depth = waiting.pop(0)
            looked.append(each)
            if each.get_full_property(self._state, X.AnyPropertyType) is not None:
                return each
            if depth < _DEEPEST:
                # The topmost first: a window manager's own decorations lie below what they decorate.
                waiting += [(child, depth + 1) for child in reversed(each.query_tree().children)]
        return next((each for each in looked if each.get_wm_class()), window)
