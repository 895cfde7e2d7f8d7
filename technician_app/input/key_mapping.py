"""Key strokes to input messages: characters travel as text, everything else as physical keys. Pure.

Text keeps the technician's keyboard layout, keys keep shortcuts working. What only shapes the technician's own
characters (AltGr, dead keys, Caps Lock, Num Lock, choosing a layout) stays here: its result is the text. While a key is
held its repeats are sent only as text: the customer's own system repeats a key that stays down, and a stalled network
must not repeat it for ever.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum

from protocol.messages.input import MAX_TEXT, InputMessage, KeyChanged, TextTyped, is_typable
from technician_app.input.key_tables import (
    EVDEV,
    MACOS,
    WINDOWS,
    WINDOWS_NAVIGATION,
    X11_COMPOSING,
    X11_LEVEL3_SHIFT,
    X11_NAMED,
    X11_NAVIGATION,
)
from technician_app.input.x11_compose import Composer

LOCKS = frozenset({"CapsLock", "NumLock"})
"""Keys whose effect travels as text or as another key; the session window's menu presses them at the customer."""

_CHARACTER_KEYS = frozenset(
    {"Minus", "Equal", "BracketLeft", "BracketRight", "Semicolon", "Quote", "Backquote", "Backslash"}
    | {"Comma", "Period", "Slash", "Space", "IntlBackslash", "IntlRo", "IntlYen"}
)


class Desktop(Enum):
    """The technician's own window system, which decides what native codes mean."""

    EVDEV = "evdev"
    """X11 and Wayland."""
    WINDOWS = "windows"
    MACOS = "macos"


@dataclass(frozen=True)
class KeyStroke:
    """One key event as the window system told it.

    `native_scan_code` and `native_virtual_key` are the window system's numbers (the latter is the keysym on X11);
    `text` is what the key would type, with the layout, Shift and AltGr applied. `dead` says that it only changes the
    next key.
    """

    native_scan_code: int
    native_virtual_key: int
    text: str
    down: bool
    repeat: bool = False
    control: bool = False
    alt: bool = False
    meta: bool = False
    dead: bool = False


def key_code(desktop: Desktop, native_scan_code: int, native_virtual_key: int) -> str | None:
    """Return the W3C code of a native key by its place on the keyboard, None when it has none."""
    if desktop is Desktop.EVDEV:
        return EVDEV.get(native_scan_code - 8)
    if desktop is Desktop.WINDOWS:
        return WINDOWS.get(native_scan_code & 0x1FF)
    return MACOS.get(native_virtual_key)


def meant_code(desktop: Desktop, native_scan_code: int, native_virtual_key: int) -> str | None:
    """Return the W3C code of what a key does here: Caps Lock may be set up as Escape, a keypad without Num Lock is
    arrows. Else it is the code of its place; None when the key has none or does nothing.
    """
    if desktop is Desktop.EVDEV and native_virtual_key in X11_NAVIGATION:
        return X11_NAVIGATION[native_virtual_key]
    if desktop is Desktop.EVDEV and native_virtual_key in X11_NAMED:
        return X11_NAMED[native_virtual_key]
    if desktop is Desktop.WINDOWS and native_virtual_key in WINDOWS_NAVIGATION:
        return WINDOWS_NAVIGATION[native_virtual_key]
    return key_code(desktop, native_scan_code, native_virtual_key)


def text_messages(text: str) -> list[InputMessage]:
    """Return `text` as TextTyped messages of at most 64 characters; what is not typable is left out.

    Letters with separate accents, as macOS hands them over, become one character each (NFC).
    """
    typable = "".join(character for character in text if is_typable(character))
    if any(map(unicodedata.combining, typable)):
        typable = unicodedata.normalize("NFC", typable)
    return [TextTyped(text=typable[start : start + MAX_TEXT]) for start in range(0, len(typable), MAX_TEXT)]


class KeyTranslator:
    """Turns key strokes into messages and remembers which keys are down at the customer.

    `composer` makes characters of dead keys where the window system leaves that to us.
    """

    def __init__(self, desktop: Desktop, composer: Composer | None = None) -> None:
        self._desktop = desktop
        self._composer = composer
        self._held: dict[int, str] = {}
        self._held_back: dict[int, str] = {}

    @property
    def held(self) -> frozenset[str]:
        """The codes that were sent down and not up."""
        return frozenset(self._held.values())

    def translate(self, stroke: KeyStroke) -> list[InputMessage]:
        """Return the messages of one stroke, possibly none."""
        place = stroke.native_virtual_key if self._desktop is Desktop.MACOS else stroke.native_scan_code
        if not stroke.down:
            return self._released(place, stroke)
        composed = self._composed(stroke)
        if composed is not None:
            return text_messages(composed)
        if self._is_text(stroke) and place not in self._held:
            return text_messages(stroke.text)
        code = meant_code(self._desktop, stroke.native_scan_code, stroke.native_virtual_key)
        if code is None or code in LOCKS or stroke.repeat or code in self._held.values():
            return []
        if self._is_level_shift(stroke, code):
            self._held_back[place] = code
            return []
        if self._only_composes(stroke) or (is_character_key(code) and not self._is_shortcut(stroke)):
            return []
        return self._pressed({**self._held_back, place: code})

    def forget(self) -> None:
        """Forget the held keys: AllReleased was sent."""
        self._held.clear()
        self._held_back.clear()
        if self._composer is not None:
            self._composer.reset()

    def _composed(self, stroke: KeyStroke) -> str | None:
        if self._composer is None or self._is_shortcut(stroke):
            return None
        return self._composer.feed(stroke.native_virtual_key)

    def _pressed(self, keys: dict[int, str]) -> list[InputMessage]:
        self._held_back.clear()
        self._held |= keys
        return [KeyChanged(code=code, down=True) for code in keys.values()]

    def _released(self, place: int, stroke: KeyStroke) -> list[InputMessage]:
        # X11 reports each repeat as an up and a down; a key that typed text was never sent down
        if stroke.repeat:
            return []
        self._held_back.pop(place, None)
        code = self._held.pop(place, None)
        return [] if code is None else [KeyChanged(code=code, down=False)]

    def _is_level_shift(self, stroke: KeyStroke, code: str) -> bool:
        """Say whether this is AltGr: sent only when a key follows that is not text, or a menu would open instead."""
        if self._desktop is Desktop.EVDEV:
            return stroke.native_virtual_key == X11_LEVEL3_SHIFT
        return self._desktop is Desktop.WINDOWS and code == "AltRight" and stroke.control

    def _only_composes(self, stroke: KeyStroke) -> bool:
        if stroke.dead:
            return True
        return self._desktop is Desktop.EVDEV and any(stroke.native_virtual_key in keys for keys in X11_COMPOSING)

    def _is_text(self, stroke: KeyStroke) -> bool:
        if not stroke.text or stroke.dead or not all(is_typable(character) for character in stroke.text):
            return False
        if self._desktop is Desktop.WINDOWS and stroke.control and stroke.alt:
            return True  # AltGr, which Windows reports as Ctrl+Alt
        return not self._is_shortcut(stroke)

    def _is_shortcut(self, stroke: KeyStroke) -> bool:
        alt = stroke.alt and self._desktop is not Desktop.MACOS  # Option types characters there
        return stroke.control or alt or stroke.meta


def is_character_key(code: str) -> bool:
    """Say whether the key `code` types a character: alone it is sent as that, never as a key of another layout."""
    return code.startswith(("Key", "Digit")) or code in _CHARACTER_KEYS
