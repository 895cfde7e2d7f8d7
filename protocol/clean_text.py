"""Text made plain before it is handed to somebody else, or to the system's clipboard: nothing in it is invisible. Pure.

What stays is NFC text, line feeds and tabs. Both sides clean: the one that sends, and the one that does not trust it.
"""

import unicodedata

_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")
"""Zero width, but Persian, Indic scripts and emoji are spelled with them."""

_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters that draw a sign around or under the next ones: not hidden at all."""

_DRAW_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Marks and letters by category, of which nothing is seen."""


def clean_text(text: str) -> str:
    """Return `text` in NFC without control, direction, zero-width and other hidden characters.

    Every kind of line end becomes a line feed. A zero-width joiner stays only between two characters beyond ASCII,
    where it shapes what is seen. Applying it twice changes nothing; the length is not limited here.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    composed = unicodedata.normalize("NFC", lines)
    shown = [character for character in composed if _may_stay(character)]
    kept = [
        character
        for place, character in enumerate(shown)
        if character not in _JOINERS or _joins(shown[place - 1 : place], shown[place + 1 : place + 2])
    ]
    # What was taken out may have kept a letter and its accent apart.
    return unicodedata.normalize("NFC", "".join(kept))


def utf8_size(text: str) -> int:
    """Return how many bytes `text` takes on the wire."""
    return len(text.encode("utf-8", errors="surrogatepass"))


def _may_stay(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _JOINERS or character in _VISIBLE_FORMATS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs") and character not in _DRAW_NOTHING


def _joins(before: list[str], after: list[str]) -> bool:
    return bool(before and after) and _is_shaped(before[0]) and _is_shaped(after[0])


def _is_shaped(character: str) -> bool:
    return ord(character) > 0x7F and unicodedata.category(character)[0] in "LMS"
