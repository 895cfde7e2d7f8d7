"""Which windows on an X display are Deskside's own: nobody but the customer may press anything there.

Used under the injector's lock. Windows of one connection share the upper bits of their numbers, so the server is asked
(X-Resource extension) once for each program.
"""

from typing import Any

from Xlib import error
from Xlib.ext import res

_DEEPEST = 6
"""A window lies at most this deep below the screen: a window manager's frames, then the program's own."""


class X11OwnWindows:
    """Looks windows up through `display`, a python-xlib Display; `process_id` is whose windows are ours."""

    def __init__(self, display: Any, process_id: int) -> None:
        self._display = display
        self._process_id = process_id
        self._root = display.screen().root
        self._mask = display.display.info.resource_id_mask
        self._ours: dict[int, bool] = {}
        self._can_ask = bool(display.has_extension(res.extname))

    def at(self, x: int, y: int) -> bool:
        """Say whether (x, y), in pixels of the desktop, lies in a window of ours."""
        window = self._root
        for _level in range(_DEEPEST):
            try:
                window = window.translate_coords(self._root, x, y).child
            except error.BadWindow:
                return False
            if not window:
                return False
            if self._is_ours(window.id):
                return True
        return False

    def has_focus(self) -> bool:
        """Say whether the keyboard belongs to a window of ours."""
        focus = self._display.get_input_focus().focus
        return not isinstance(focus, int) and focus.id != self._root.id and self._is_ours(focus.id)

    def owns(self, window: int) -> bool:
        """Say whether the window of this number is ours."""
        return self._is_ours(window)

    def _is_ours(self, window: int) -> bool:
        client = window & ~self._mask
        if client not in self._ours:
            self._ours[client] = self._process_of(window) == self._process_id
        return self._ours[client]

    def _process_of(self, window: int) -> int | None:
        if not self._can_ask:
            return None
        wanted = [{"client": window, "mask": res.LocalClientPIDMask}]
        answers = self._display.res_query_client_ids(wanted).ids
        return next((answer.value[0] for answer in answers if answer.value), None)
