"""What people wrote, as the chat's window shows it: nothing hidden, emoji in words, times and marks. Any thread."""

import time
import unicodedata

from customer_client.languages import _, marked
from customer_client.ui.plain_text import plain_exact
from protocol.chat import ChatLine, Mark

_MARKS = {
    Mark.WAITING: marked("not sent yet"),
    Mark.SENT: marked("on its way"),
    Mark.DELIVERED: marked("✓ delivered"),
    Mark.SEEN: marked("✓✓ read"),
}
_EMOJI_GLUE = frozenset("\ufe0e\ufe0f\u200d")
"""Variation selectors and the joiner: they only say how the emoji beside them is drawn."""


def written(text: str) -> str:
    """Return `text` with nothing invisible left in it, and emoji as words: `(thumbs up sign)`.

    Tk on Linux cannot draw colour emoji; and a person is better served by a word than by an empty box.
    """
    kept = (
        char
        for place, char in enumerate(text)
        if char not in _EMOJI_GLUE or not any(map(_is_emoji, text[max(0, place - 2) : place + 2]))
    )
    return "".join(f"({unicodedata.name(char).lower()})" if _is_emoji(char) else plain_exact(char) for char in kept)


def heading(line: ChatLine, technician: str) -> str:
    """Return who wrote a line, when (this computer's time) and how far it has come."""
    clock = time.strftime("%H:%M", time.localtime(line.at_ms // 1000))
    if not line.mine:
        return f"{technician}, {clock}"
    return f"{_('You')}, {clock}    {_(_MARKS[line.mark])}"


def _is_emoji(char: str) -> bool:
    return ord(char) > 0xFFFF and unicodedata.category(char) in {"So", "Sk"} and bool(unicodedata.name(char, ""))
