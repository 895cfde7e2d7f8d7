"""Text that came from somebody else, made safe to show: nothing in it is invisible, reorders or is endless. Pure.

Widgets must still show it as plain text (Qt.PlainText).
"""

import html
import unicodedata

MAX_LINE = 200
MAX_TEXT = 4000
_SYMBOLS = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_KEPT_JOINERS = {0x200D, 0x200C}
"""Zero-width joiner and non-joiner: needed to spell Persian and emoji, and harmless without bidi controls."""


def shown_line(text: str, limit: int = MAX_LINE) -> str:
    """Return `text` as one line of at most `limit` characters; line breaks become spaces."""
    # cut before the slow part: a megabyte of text must not keep the GUI busy
    joined = " ".join(text[: limit * 4].split("\n"))
    return _cut(_visible(joined, kept=""), limit, cut_before=len(text) > limit * 4)


def shown_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return `text` with its line breaks and tabs, at most `limit` characters long."""
    return _cut(_visible(text[: limit * 4].replace("\r\n", "\n"), kept="\n\t"), limit, cut_before=len(text) > limit * 4)


def shown_tip(text: str) -> str:
    """Return a tool tip that shows `text` literally. Qt guesses whether a tip is rich text, so this one always is."""
    return f"<span>{html.escape(shown_text(text))}</span>"


def _visible(text: str, kept: str) -> str:
    return "".join(character if character in kept else _symbol(character) for character in text)


def _symbol(character: str) -> str:
    code = ord(character)
    if code in _SYMBOLS:
        return _SYMBOLS[code]
    # Cc: C1 controls. Cf: bidi, zero-width and tag characters. Cs: half a surrogate pair, which Qt cannot encode.
    # Zl, Zp: line and paragraph separators
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in _KEPT_JOINERS:
        return f"⟨U+{code:04X}⟩"
    return character


def _cut(text: str, limit: int, *, cut_before: bool) -> str:
    if len(text) <= limit and not cut_before:
        return text
    return text[: limit - 1] + "…"
