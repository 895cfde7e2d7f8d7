"""Received text made safe to show: nothing in it can hide, reorder or imitate the words around it. Any thread."""

import unicodedata

MAX_STACKED_MARKS = 3
"""Combining marks kept after one character; more would paint over the neighbouring lines."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_CONTROL_PICTURES = 0x2400
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols that draw nothing: whole lines of them would push our words out of sight."""


def plain_line(text: str, max_chars: int = 200) -> str:
    """Return `text` as one line of at most `max_chars` (1 or more) visible characters.

    Line breaks, tabs and runs of blanks become one space; invisible and direction-changing characters are removed;
    other control characters become visible symbols. An ellipsis marks what was cut. Applying it twice changes nothing.
    """
    visible = "".join(_visible(char, keep_format=False) for char in text)
    shown = " ".join(_thin_marks(visible).split())
    return shown if len(shown) <= max_chars else shown[: max_chars - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def plain_exact(text: str) -> str:
    """Return `text` with every character that would not show written out, like `<U+202E>`; line feeds stay.

    For text the customer is asked to judge before it is sent: nothing is removed or cut.
    """
    return "".join("\n" if char == "\n" else _visible(char, keep_format=True) for char in _spell_out_marks(text))


def _visible(char: str, *, keep_format: bool) -> str:
    """Return what to draw for one character."""
    category = unicodedata.category(char)
    if char in _BLANK_LETTERS or (category == "Mn" and unicodedata.name(char, "").startswith("VARIATION SELECTOR")):
        return _code_point(char) if keep_format else " " if char in _BLANK_LETTERS else ""
    if category == "Cf":
        return _code_point(char) if keep_format else ""
    if category in {"Cs", "Co", "Cn"}:
        return _code_point(char) if keep_format else _REPLACEMENT
    if category == "Cc":
        return _control(char, keep_format=keep_format)
    if category in {"Zs", "Zl", "Zp"}:
        return _code_point(char) if keep_format and category != "Zs" else " "
    if ord(char) > 0xFFFF and category in {"So", "Sk"}:
        # Colour emoji end the whole program with an X error on older libXft (poly request too large).
        return _code_point(char) if keep_format else _REPLACEMENT
    return char


def _control(char: str, *, keep_format: bool) -> str:
    if char in "\t\n\v\f\r\x85" and not keep_format:
        return " "
    if char == "\t":
        return "    "
    if ord(char) < 0x20:
        return chr(_CONTROL_PICTURES + ord(char))
    return "\N{SYMBOL FOR DELETE}" if char == "\x7f" else _code_point(char)


def _code_point(char: str) -> str:
    return f"<U+{ord(char):04X}>"


def _thin_marks(text: str) -> str:
    """Return `text` without the combining marks that stack too high."""
    kept: list[str] = []
    stacked = 0
    for char in text:
        stacked = stacked + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if stacked <= MAX_STACKED_MARKS:
            kept.append(char)
    return "".join(kept)


def _spell_out_marks(text: str) -> str:
    """Return `text` with the combining marks that stack too high written as code points."""
    kept: list[str] = []
    stacked = 0
    for char in text:
        stacked = stacked + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        kept.append(char if stacked <= MAX_STACKED_MARKS else _code_point(char))
    return "".join(kept)
