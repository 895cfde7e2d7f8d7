"""Dead keys and compose sequences on X11, by libxkbcommon, the library Qt's own window plug-in uses.

Qt composes too, but out of turn: it hands composed text over at once while plain keys still wait in its queue, so that
after a pause of the window "née" could become "éne". Used on one thread.
"""

import ctypes
import logging
import os
from collections.abc import Mapping
from ctypes import c_char_p, c_int, c_size_t, c_uint32, c_void_p
from typing import Protocol

LIBRARY = "libxkbcommon.so.0"
FALLBACK_LOCALE = "en_US.UTF-8"

_COMPOSING, _COMPOSED, _CANCELLED = 1, 2, 3
_LONGEST = 256
_FUNCTIONS: tuple[tuple[str, type | None, tuple[type, ...]], ...] = (
    ("xkb_context_new", c_void_p, (c_int,)),
    ("xkb_compose_table_new_from_locale", c_void_p, (c_void_p, c_char_p, c_int)),
    ("xkb_compose_state_new", c_void_p, (c_void_p, c_int)),
    ("xkb_compose_state_feed", c_int, (c_void_p, c_uint32)),
    ("xkb_compose_state_get_status", c_int, (c_void_p,)),
    ("xkb_compose_state_get_utf8", c_int, (c_void_p, c_char_p, c_size_t)),
    ("xkb_compose_state_reset", None, (c_void_p,)),
)

_log = logging.getLogger(__name__)


class Composer(Protocol):
    """Turns dead keys and what follows them into characters."""

    def feed(self, keysym: int) -> str | None:
        """Return the text a sequence made, "" when the key only begins or continues one, None when it stands alone."""

    def reset(self) -> None:
        """Forget a sequence that was begun."""


class X11Composer:
    """A `Composer` with the compose table of the user's locale.

    Raises:
        OSError: libxkbcommon is not there, or has no table.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        for name, result, arguments in _FUNCTIONS:
            function = getattr(self._library, name)
            function.restype, function.argtypes = result, arguments
        context = self._library.xkb_context_new(0)
        table = next(filter(None, (self._table(context, locale) for locale in _locales(environment))), None)
        if table is None:
            raise OSError("no compose table")
        self._state = self._library.xkb_compose_state_new(table, 0)

    def feed(self, keysym: int) -> str | None:
        """Feed one pressed key; modifiers change nothing."""
        self._library.xkb_compose_state_feed(self._state, keysym)
        status = self._library.xkb_compose_state_get_status(self._state)
        if status == _COMPOSED:
            buffer = ctypes.create_string_buffer(_LONGEST)
            self._library.xkb_compose_state_get_utf8(self._state, buffer, _LONGEST)
            self.reset()
            return buffer.value.decode("utf-8", errors="replace")
        if status == _CANCELLED:
            self.reset()
        return "" if status == _COMPOSING else None

    def reset(self) -> None:
        """Begin anew."""
        self._library.xkb_compose_state_reset(self._state)

    def _table(self, context: int, locale: str) -> int | None:
        table: int | None = self._library.xkb_compose_table_new_from_locale(context, locale.encode(), 0)
        return table


def x11_composer() -> Composer | None:
    """Return a composer, or None where there is none: then dead keys make nothing, and the log says why."""
    try:
        return X11Composer()
    except OSError as why:
        _log.warning("dead keys will not work: %s", why)
        return None


def _locales(environment: Mapping[str, str]) -> tuple[str, ...]:
    chosen = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), "")
    return (chosen, FALLBACK_LOCALE) if chosen else (FALLBACK_LOCALE,)
