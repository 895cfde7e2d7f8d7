"""Which key types which character on an X display, in the layout in use now. Used under the injector's lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ISO_LEVEL3_SHIFT = 0xFE03
CAPS_LOCK = 0xFFE5
UNICODE_KEYSYMS = 0x01000000
"""Keysyms from here on are Unicode characters (X11 protocol, appendix A)."""

_COLUMNS_OF_GROUP = ((0, 1, 4, 5), (2, 3, 6, 7))
"""Where the core protocol's keyboard mapping keeps levels 1 to 4 of two groups (XKB protocol, section 12.4)."""

_SHIFT_ROW, _LOCK_ROW = 0, 1


@dataclass(frozen=True)
class KeyStroke:
    """A key and the shift states it needs."""

    keycode: int
    shift: bool = False
    level3: bool = False


def keysyms_of(character: str) -> tuple[int, ...]:
    """Return the keysyms that mean `character`, the commoner first. Latin-1 characters are their own keysyms."""
    point = ord(character)
    unicode = UNICODE_KEYSYMS + point
    return (point, unicode) if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF else (unicode,)


class X11Keymap:
    """A snapshot of the keyboard mapping of `display` (a python-xlib Display); `ignored` keycodes count as unused."""

    def __init__(self, display: Any, ignored: frozenset[int] = frozenset()) -> None:
        first = display.display.info.min_keycode
        last = display.display.info.max_keycode
        rows = display.get_keyboard_mapping(first, last - first + 1)
        self._all_rows = {first + index: tuple(row) for index, row in enumerate(rows)}
        self._rows = {keycode: row for keycode, row in self._all_rows.items() if keycode not in ignored}
        self._ignored = ignored
        modifiers = display.get_modifier_mapping()
        self.columns = max(len(row) for row in self._rows.values())
        self.shift = next((keycode for keycode in modifiers[_SHIFT_ROW] if keycode), None)
        self.caps_lock = next((keycode for keycode in modifiers[_LOCK_ROW] if keycode), None)
        self.level3 = next((keycode for keycode, row in self._rows.items() if ISO_LEVEL3_SHIFT in row), None)
        self.modifiers = frozenset(keycode for row in modifiers for keycode in row if keycode)
        self._strokes = tuple(dict(self._strokes_of(group)) for group in range(len(_COLUMNS_OF_GROUP)))

    def stroke(self, character: str, group: int) -> KeyStroke | None:
        """Return how to type `character` while layout `group` (0..3) is active; None if no key has it."""
        if group >= len(self._strokes):
            return None
        strokes = self._strokes[group]
        return next((strokes[keysym] for keysym in keysyms_of(character) if keysym in strokes), None)

    def unused(self) -> list[int]:
        """Return the keycodes without any meaning, the highest first: those are never on a keyboard."""
        return sorted(
            (key for key, row in self._all_rows.items() if key in self._ignored or not any(row)), reverse=True
        )

    def means(self, keycode: int, keysym: int) -> bool:
        """Return whether `keycode` types `keysym` in the mapping as it really is."""
        return bool(self._all_rows.get(keycode, (0,))[0] == keysym)

    def _strokes_of(self, group: int) -> Iterator[tuple[int, KeyStroke]]:
        """Yield the strokes of one group, the simplest of each keysym last, so that a dict keeps it."""
        for level in (3, 2, 1, 0):
            shift, level3 = bool(level & 1), bool(level & 2)
            if (shift and self.shift is None) or (level3 and self.level3 is None):
                continue
            column = _COLUMNS_OF_GROUP[group][level]
            for keycode, row in reversed(self._rows.items()):
                if column < len(row) and row[column]:
                    yield row[column], KeyStroke(keycode, shift, level3)
