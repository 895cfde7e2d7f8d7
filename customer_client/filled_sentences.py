"""Says sentences in the customer's language that came with names and numbers already in them. Pure.

Errors, facts about the computer and what became of a file are made in English, for the technician, the record and the
log. When they are shown, the sentence they were made from is found again and said with the same names and numbers. What
is none of these stays as it is.
"""

import re
from functools import cache

from protocol.catalogues import Say, marked

SENTENCES = (
    marked("{file} is larger than {size}, the most Deskside sends."),
    marked("{file} was not sent. {why}"),
    marked("{file} was changed while it was being sent, so it was not sent. Save it and send it again."),
    marked("{file} cannot be read."),
    marked("The text on your clipboard is too long to send. The limit is {number} kilobytes."),
    marked("This is too long to send at once. The limit is {number} characters."),
    marked("That has {number} characters. A code has 12, like K7QF-2MXP-PBW5; a spoken code has 6 digits."),
    marked("cancelled after {moved} of {size}"),
    marked("{number} processes of other users were not visible"),
    marked("could not be read ({name})"),
)
"""What the program says with something filled in, besides what is filled in where it is shown."""

ALONE = (
    marked("received and checked"),
    marked("began to move; no end is recorded"),
    marked("only offered"),
    marked("accepted"),
    marked("declined"),
)
"""What else becomes of a file."""

_SAID = frozenset({"why", "size", "moved", "free", "total", "used", "kind", "addresses", "families"})
"""What is filled in and is itself ours to say; everything else is a name or a number."""

_UNITS = {
    "bytes": marked("{number} bytes"),
    "B": marked("{number} B"),
    "kB": marked("{number} kB"),
    "KB": marked("{number} KB"),
    "MB": marked("{number} MB"),
    "GB": marked("{number} GB"),
    "KiB": marked("{number} KiB"),
    "MiB": marked("{number} MiB"),
    "GiB": marked("{number} GiB"),
    "TiB": marked("{number} TiB"),
}
SIZE = re.compile(rf"(\d+(?:\.\d)?) ({'|'.join(_UNITS)})")
"""A size as the program writes it."""


def filled(text: str, say: Say, sentences: tuple[str, ...] = SENTENCES) -> str:
    """Return `text` in the language of `say`, if it is one of `sentences` with something filled in; else as it is."""
    for sentence in sentences:
        found = _pattern(sentence).fullmatch(text)
        if found is not None:
            parts = {name: _part(part, say) if name in _SAID else part for name, part in found.groupdict().items()}
            return say(sentence).format(**parts)
    return text


def size_said(text: str, say: Say) -> str:
    """Return a size such as `5.1 GiB`, or a number with a decimal point, in the language of `say`; else `text`."""
    found = SIZE.fullmatch(text)
    if found is not None:
        return say(_UNITS[found[2]]).format(number=found[1].replace(".", say(marked("."))))
    return text.replace(".", say(".")) if re.fullmatch(r"\d+\.\d+", text) else text


def _part(text: str, say: Say) -> str:
    said = size_said(text, say)
    return say(text) if said == text else said


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", sentence)
    named = (f"(?P<{piece}>.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
    return re.compile("".join(named))
