"""A person's hands on a keyboard: which keys type a text in a layout, by libxkbcommon, and XTEST to press them.

libxkbcommon is not what our code asks, so the two judge each other.
"""

import ctypes
import functools
from ctypes import byref, c_char_p, c_int, c_size_t, c_uint32, c_void_p
from typing import NamedTuple

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from protocol.messages.input import is_typable

SHIFT, LEVEL3, CAPS_LOCK, ENTER = 50, 108, 66, 36
"""Keycodes of the left Shift, AltGr, Caps Lock and Enter on every PC keyboard."""

TYPING_KEYS = (*range(10, 22), *range(24, 36), *range(38, 50), *range(51, 62), 65, 94)
_DOWN, _UP, _COMPOSED = 1, 0, 2
_BASES = "aeiouyncszAEIOUYNCSZ αεηιουωΑΕΗΙΟΥΩ"


class Stroke(NamedTuple):
    keycode: int
    shift: bool = False
    level3: bool = False


class _Names(ctypes.Structure):
    _fields_ = tuple((name, c_char_p) for name in ("rules", "model", "layout", "variant", "options"))


@functools.cache
def _xkb() -> ctypes.CDLL:
    library = ctypes.CDLL("libxkbcommon.so.0")
    for name, result, arguments in (
        ("xkb_context_new", c_void_p, (c_int,)),
        ("xkb_keymap_new_from_names", c_void_p, (c_void_p, c_void_p, c_int)),
        ("xkb_state_new", c_void_p, (c_void_p,)),
        ("xkb_state_update_key", c_int, (c_void_p, c_uint32, c_int)),
        ("xkb_state_key_get_one_sym", c_uint32, (c_void_p, c_uint32)),
        ("xkb_keysym_to_utf32", c_uint32, (c_uint32,)),
        ("xkb_compose_table_new_from_locale", c_void_p, (c_void_p, c_char_p, c_int)),
        ("xkb_compose_state_new", c_void_p, (c_void_p, c_int)),
        ("xkb_compose_state_feed", c_int, (c_void_p, c_uint32)),
        ("xkb_compose_state_get_status", c_int, (c_void_p,)),
        ("xkb_compose_state_get_utf8", c_int, (c_void_p, c_char_p, c_size_t)),
        ("xkb_compose_state_reset", None, (c_void_p,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Layout:
    """What the keys of `layout` (an XKB name such as "de") type; `strokes` is by character."""

    def __init__(self, layout: str) -> None:
        xkb = self._xkb = _xkb()
        context = xkb.xkb_context_new(0)
        names = _Names(rules=b"evdev", model=b"pc105", layout=layout.encode())
        self._keymap = xkb.xkb_keymap_new_from_names(context, byref(names), 0)
        assert self._keymap, f"no layout {layout}"
        table = xkb.xkb_compose_table_new_from_locale(context, b"en_US.UTF-8", 0)
        self._compose = xkb.xkb_compose_state_new(table, 0)
        self.name = layout
        self.strokes: dict[str, tuple[Stroke, ...]] = {}
        self.composed: set[str] = set()
        self._find_strokes()

    def typed(self, strokes: tuple[Stroke, ...], *, caps_lock: bool = False) -> str:
        """Return what these strokes type, with Caps Lock on or off."""
        composed, text = False, ""
        self._xkb.xkb_compose_state_reset(self._compose)
        for stroke in strokes:
            keysym = self._keysym(stroke, caps_lock)
            self._xkb.xkb_compose_state_feed(self._compose, keysym)
            status = self._xkb.xkb_compose_state_get_status(self._compose)
            if status == _COMPOSED:
                buffer = ctypes.create_string_buffer(64)
                self._xkb.xkb_compose_state_get_utf8(self._compose, buffer, 64)
                text, composed = text + buffer.value.decode(), True
            elif status == 0:
                text += self._character(keysym)
            elif status == 3:
                return ""
        return text if composed or status == 0 else ""

    def sentence(self, text: str) -> tuple[Stroke, ...]:
        """Return the strokes of `text`; KeyError when the layout has no way to type one of its characters."""
        return tuple(stroke for character in text for stroke in self.strokes[character])

    def _find_strokes(self) -> None:
        levels = [(shift, level3) for level3 in (False, True) for shift in (False, True)]
        singles = [Stroke(keycode, *level) for level in levels for keycode in TYPING_KEYS]
        dead = []
        for stroke in singles:
            text = self.typed((stroke,))
            if len(text) == 1 and is_typable(text):
                self.strokes.setdefault(text, (stroke,))
            elif 0xFE50 <= self._keysym(stroke, False) < 0xFEA0:
                dead.append(stroke)
        for first in dead:
            for base in _BASES:
                text = self.typed((first, *self.strokes[base])) if base in self.strokes else ""
                if len(text) == 1 and text not in self.strokes:
                    self.strokes[text] = (first, *self.strokes[base])
                    self.composed.add(text)

    def _keysym(self, stroke: Stroke, caps_lock: bool) -> int:
        state = self._xkb.xkb_state_new(self._keymap)
        held = [SHIFT] * stroke.shift + [LEVEL3] * stroke.level3
        for keycode, way in [(CAPS_LOCK, _DOWN), (CAPS_LOCK, _UP)] * caps_lock + [(key, _DOWN) for key in held]:
            self._xkb.xkb_state_update_key(state, keycode, way)
        return int(self._xkb.xkb_state_key_get_one_sym(state, stroke.keycode))

    def _character(self, keysym: int) -> str:
        point = self._xkb.xkb_keysym_to_utf32(keysym)
        return chr(point) if point else ""


class PressedKeyboard:
    """Presses keys on an X display, as the keyboard in front of it would. Leaving its context closes it."""

    def __init__(self, display_name: str) -> None:
        self._display = Display(display_name)

    def __enter__(self) -> "PressedKeyboard":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def strike(self, strokes: tuple[Stroke, ...]) -> None:
        """Press and release each key with its shift keys."""
        for stroke in strokes:
            shifts = [SHIFT] * stroke.shift + [LEVEL3] * stroke.level3
            for keycode in (*shifts, stroke.keycode):
                self.key(keycode, True)
            for keycode in (stroke.keycode, *reversed(shifts)):
                self.key(keycode, False)
        self._display.sync()

    def chord(self, *keycodes: int) -> None:
        """Press keys one after the other, then let go in the reverse order."""
        for keycode in keycodes:
            self.key(keycode, True)
        for keycode in reversed(keycodes):
            self.key(keycode, False)
        self._display.sync()

    def key(self, keycode: int, down: bool) -> None:
        xtest.fake_input(self._display, X.KeyPress if down else X.KeyRelease, keycode)
        self._display.flush()

    def close(self) -> None:
        self._display.close()
