"""What the program and its watchdog tell each other over two pipes: three bytes each, little-endian. Pure."""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

_LAYOUT = struct.Struct("<BH")
FRAME_BYTES = _LAYOUT.size


class Word(IntEnum):
    """What a frame says; `detail` is a keycode or button number where one is named."""

    KEY_DOWN = 1
    """To the watchdog: this key is about to go down."""
    KEY_UP = 2
    """To the watchdog: this key went up."""
    BUTTON_DOWN = 3
    BUTTON_UP = 4
    ALIVE = 5
    """To the watchdog, often while anything is held: the network thread works."""
    BLOCKED = 6
    """To the watchdog, answering PANIC: nothing is captured and nothing injected any more."""
    STOPPED = 7
    """To the watchdog, after BLOCKED: the session is being ended; no more to fear."""
    READY = 16
    """To the program: the watchdog watches."""
    PANIC = 17
    """To the program: the customer pressed the panic keys; held keys are released already."""
    RELEASED = 18
    """To the program: it was silent for too long while keys were held, and they were released."""


class Frame(NamedTuple):
    """One word and its detail (0..65535)."""

    word: Word
    detail: int = 0


def encoded(word: Word, detail: int = 0) -> bytes:
    """Return the bytes of a frame."""
    return _LAYOUT.pack(word, detail)


class FrameReader:
    """Cuts what a pipe delivers into frames."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that `data` completes.

        Raises:
            ValueError: not a word we know; the other end is another program.
        """
        self._rest += data
        whole = len(self._rest) - len(self._rest) % FRAME_BYTES
        frames, self._rest = self._rest[:whole], self._rest[whole:]
        for word, detail in _LAYOUT.iter_unpack(frames):
            yield Frame(Word(word), detail)
