"""Text from the technician's clipboard as key strokes, a little at a time. Pure: no Qt, no clock."""

from collections.abc import Iterator

from protocol.messages.input import InputMessage, KeyChanged, TextTyped, is_typable

PACE_MS = 50
"""Between two portions. The customer's computer types a character its layout lacks in some 13 ms."""
PORTION = 4
"""Characters in a portion: 80 a second."""
MAX_CHARACTERS = 10_000
PREVIEW_CHARACTERS = 256
"""What is longer, or has more than one line, is shown before it is typed: a pasted line may be a command."""

_KEYS = {"\n": "Enter", "\t": "Tab"}


def cleaned(text: str) -> str:
    """Return what would be typed of `text`: one kind of line end, none at the end, no control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return "".join(character for character in lines if character in _KEYS or is_typable(character))


def needs_preview(text: str) -> bool:
    """Return whether a person should read `text` before it is typed."""
    return "\n" in text or len(text) > PREVIEW_CHARACTERS


class TypedText:
    """Hands out a text in portions, one each `PACE_MS`."""

    def __init__(self, text: str) -> None:
        self._text = cleaned(text)
        self.done = 0
        """Characters handed out."""

    @property
    def total(self) -> int:
        """Characters in all."""
        return len(self._text)

    @property
    def finished(self) -> bool:
        """Whether everything was handed out."""
        return self.done >= len(self._text)

    def next_portion(self) -> list[InputMessage]:
        """Return the messages of the next portion; [] at the end."""
        portion = self._text[self.done : self.done + PORTION]
        self.done += len(portion)
        return list(_messages(portion))


def _messages(portion: str) -> Iterator[InputMessage]:
    run = ""
    for character in portion:
        if character not in _KEYS:
            run += character
            continue
        if run:
            yield TextTyped(text=run)
            run = ""
        yield from chord(_KEYS[character])
    if run:
        yield TextTyped(text=run)


def chord(*codes: str) -> list[InputMessage]:
    """Return the messages that press these physical keys in order and let go in the reverse order."""
    down: list[InputMessage] = [KeyChanged(code=code, down=True) for code in codes]
    return down + [KeyChanged(code=code, down=False) for code in reversed(codes)]
