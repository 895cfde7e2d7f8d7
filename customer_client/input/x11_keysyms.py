"""Which character an X keysym means. Pure.

Latin-1 characters are their own keysyms, all others have `0x01000000` + their code point. Older keyboard layouts
(Greek, Russian, Turkish, Polish, ...) still use the numbers of before Unicode: a set in the upper byte, and in the
lower one the character's place in that set, which mostly was an ISO 8859 part.
Source: X11 protocol, appendix A; `keysymdef.h`.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

UNICODE_KEYSYMS = 0x01000000
"""Keysyms from here on are Unicode characters."""

_ISO_8859_SETS = {0x01: "iso8859-2", 0x02: "iso8859-3", 0x03: "iso8859-4", 0x05: "iso8859-6", 0x0C: "iso8859-8"}
_THAI = (0x0D, "iso8859-11")
_RUNS = {
    0x04A1: "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソ",
    0x04C0: "タチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜",
    0x06A1: "ђѓёєѕіїјљњћќґўџ№ЂЃЁЄЅІЇЈЉЊЋЌҐЎЏ",
    0x06C0: "юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ",
    0x07A1: "ΆΈΉΊΪ",
    0x07A7: "ΌΎΫ",
    0x07AB: "Ώ",
    0x07AE: "΅―",
    0x07B1: "άέήίϊΐόύϋΰώ",
    0x07C1: "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣ",
    0x07D4: "ΤΥΦΧΨΩ",
    0x07E1: "αβγδεζηθικλμνξοπρσςτυφχψω",
    0x08BC: "≤≠≥",
    0x08FB: "←↑→↓",
    0x0AA9: "—–",
    0x0AAE: "…",
    0x0AC9: "™",
    0x0AD0: "‘’“”",
    0x0AFD: "‚„",
    0x0EFF: "₩",
    0x13BC: "ŒœŸ",
    0x20AC: "€",
}
"""First keysym of a run and its characters, for the sets that were no ISO 8859 part."""


def character_of(keysym: int) -> str | None:
    """Return the character `keysym` means, or None for keys that type none and for keysyms nobody uses any more."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if UNICODE_KEYSYMS < keysym <= UNICODE_KEYSYMS + 0x10FFFF:
        return chr(keysym - UNICODE_KEYSYMS)
    return _before_unicode().get(keysym)


def keysym_of(character: str) -> int:
    """Return the keysym every program of today understands as `character`."""
    point = ord(character)
    return point if 0x20 <= point <= 0x7E or 0xA0 <= point <= 0xFF else UNICODE_KEYSYMS + point


@cache
def _before_unicode() -> Mapping[int, str]:
    runs = {first + place: character for first, run in _RUNS.items() for place, character in enumerate(run)}
    parts = {
        (number << 8) + byte: character
        for number, codec in (*_ISO_8859_SETS.items(), _THAI)
        for byte in range(0xA1, 0x100)
        if (character := bytes((byte,)).decode(codec, errors="ignore"))
    }
    return MappingProxyType(parts | runs)
