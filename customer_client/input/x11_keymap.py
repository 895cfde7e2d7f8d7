"""Which key types which character on an X display, in the layout in use now. Used under the injector's lock."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from Xlib import X

from customer_client.input.x11_keysyms import character_of

ISO_LEVEL3_SHIFT = 0xFE03

_ONE_LAYOUT = ((0, 1, 4, 5),)
_TWO_LAYOUTS = ((0, 1), (2, 3))
"""Columns of the core protocol's keyboard mapping with the levels 1, 2, ... of a layout (XKB protocol, section 12.4).

With several layouts only the first two levels of the first two have fixed places; all else lies wherever the server
found room, so it is not used: such characters are typed with a borrowed key.
"""

_SHIFT_ROW, _LOCK_ROW = 0, 1
_MAX_RULES_WORDS = 1024


@dataclass(frozen=True)
class KeyStroke:
    """A key and the shift states it needs."""

    keycode: int
    shift: bool = False
    level3: bool = False


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
        several = self._has_second_layout() or _says_several_layouts(display)
        layouts = _TWO_LAYOUTS if several else _ONE_LAYOUT
        self._strokes = tuple(dict(self._strokes_of(columns)) for columns in layouts)

    def stroke(self, character: str, group: int) -> KeyStroke | None:
        """Return how to type `character` while layout `group` (0..3) is active; None if no key surely has it."""
        return self._strokes[group].get(character) if group < len(self._strokes) else None

    def unused(self) -> list[int]:
        """Return the keycodes without any meaning, the highest first: those are never on a keyboard."""
        return sorted(
            (key for key, row in self._all_rows.items() if key in self._ignored or not any(row)), reverse=True
        )

    def means(self, keycode: int, keysym: int) -> bool:
        """Return whether `keycode` types `keysym` in the mapping as it really is."""
        return bool(self._all_rows.get(keycode, (0,))[0] == keysym)

    def _has_second_layout(self) -> bool:
        """Say whether some key means something else in the second layout; a lone layout is copied there."""
        return any(len(row) > 3 and any(row[2:4]) and row[2:4] != row[:2] for row in self._rows.values())

    def _strokes_of(self, columns: tuple[int, ...]) -> Iterator[tuple[str, KeyStroke]]:
        """Yield the strokes of one layout, the simplest of each character last, so that a dict keeps it."""
        for level in reversed(range(len(columns))):
            shift, level3 = bool(level & 1), bool(level & 2)
            if (shift and self.shift is None) or (level3 and self.level3 is None):
                continue
            for keycode, row in reversed(self._rows.items()):
                keysym = row[columns[level]] if columns[level] < len(row) else 0
                character = character_of(keysym) if keysym else None
                if character is not None:
                    yield character, KeyStroke(keycode, shift, level3)


def _says_several_layouts(display: Any) -> bool:
    """Say whether the desktop's keyboard settings name several layouts, which may differ in AltGr levels alone."""
    atom = display.get_atom("_XKB_RULES_NAMES")
    found = display.screen().root.get_property(atom, X.AnyPropertyType, 0, _MAX_RULES_WORDS)
    words = bytes(found.value).split(b"\0") if found is not None and found.format == 8 else []
    return len(words) > 2 and b"," in words[2]
