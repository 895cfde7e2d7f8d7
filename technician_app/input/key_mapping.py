"""Key strokes to input messages: printable characters travel as text, everything else as physical keys. Pure.

Text keeps the technician's keyboard layout, keys keep shortcuts working. While a key is held its repeats are sent only
as text: the customer's own system repeats a key that stays down, and a stalled network must not repeat it for ever.
"""

from dataclasses import dataclass
from enum import Enum

from protocol.messages.input import InputMessage, KeyChanged, TextTyped
from technician_app.input.key_tables import EVDEV, MACOS, WINDOWS

MAX_TEXT = 64
"""Characters in one TextTyped."""


class Desktop(Enum):
    """The technician's own window system, which decides what native codes mean."""

    EVDEV = "evdev"
    """X11 and Wayland."""
    WINDOWS = "windows"
    MACOS = "macos"


@dataclass(frozen=True)
class KeyStroke:
    """One key event as the window system told it.

    `native_scan_code` and `native_virtual_key` are the window system's numbers; `text` what the key would type, with
    the layout, Shift and AltGr applied.
    """

    native_scan_code: int
    native_virtual_key: int
    text: str
    down: bool
    repeat: bool = False
    control: bool = False
    alt: bool = False
    meta: bool = False


def key_code(desktop: Desktop, native_scan_code: int, native_virtual_key: int) -> str | None:
    """Return the W3C code of a native key, None when it has none."""
    if desktop is Desktop.EVDEV:
        return EVDEV.get(native_scan_code - 8)
    if desktop is Desktop.WINDOWS:
        return WINDOWS.get(native_scan_code & 0x1FF)
    return MACOS.get(native_virtual_key)


def text_messages(text: str) -> list[InputMessage]:
    """Return `text` as TextTyped messages of at most 64 characters; control characters are left out."""
    printable = "".join(character for character in text if _printable(character))
    return [TextTyped(text=printable[start : start + MAX_TEXT]) for start in range(0, len(printable), MAX_TEXT)]


class KeyTranslator:
    """Turns key strokes into messages and remembers which keys are down at the customer."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._held: set[str] = set()

    @property
    def held(self) -> frozenset[str]:
        """The codes that were sent down and not up."""
        return frozenset(self._held)

    def translate(self, stroke: KeyStroke) -> list[InputMessage]:
        """Return the messages of one stroke, possibly none."""
        code = key_code(self._desktop, stroke.native_scan_code, stroke.native_virtual_key)
        if not stroke.down:
            return self._released(code, stroke)
        if self._is_text(stroke) and code not in self._held:
            return text_messages(stroke.text)
        if code is None or stroke.repeat or code in self._held:
            return []
        self._held.add(code)
        return [KeyChanged(code=code, down=True)]

    def forget(self) -> None:
        """Forget the held keys: AllReleased was sent."""
        self._held.clear()

    def _released(self, code: str | None, stroke: KeyStroke) -> list[InputMessage]:
        # X11 reports each repeat as an up and a down; a key that typed text was never sent down
        if code is None or stroke.repeat or code not in self._held:
            return []
        self._held.remove(code)
        return [KeyChanged(code=code, down=False)]

    def _is_text(self, stroke: KeyStroke) -> bool:
        if not stroke.text or not all(_printable(character) for character in stroke.text):
            return False
        if self._desktop is Desktop.WINDOWS and stroke.control and stroke.alt:
            return True  # AltGr, which Windows reports as Ctrl+Alt
        alt = stroke.alt and self._desktop is not Desktop.MACOS  # Option types characters there
        return not (stroke.control or alt or stroke.meta)


def _printable(character: str) -> bool:
    return character.isprintable()
