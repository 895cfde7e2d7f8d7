"""The decoder process: updates in by a pipe, pixels out by shared memory. Everything hostile is parsed here.

Started by `decoder_process` as `python -m technician_app.picture.decoder_child HANDLE MAX_PIXELS DECODER`. It loads
the decoder, gives up its rights, and then reads updates until its pipe closes or one of them is refused.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TypeVar

from protocol.errors import PeerError
from protocol.picture.geometry import Rect
from protocol.picture.updates import MAX_UPDATE_BYTES
from technician_app.picture.decoder_limits import give_up_rights
from technician_app.picture.decoder_messages import (
    MAX_RECTS_TOLD,
    UPDATE_HEAD,
    Applied,
    Reply,
    applied_reply,
    reply,
    text_reply,
)
from technician_app.picture.dirty import united
from technician_app.picture.shared_pixels import BYTES_PER_PIXEL, open_shared_pixels


class NumberedUpdate(Protocol):
    """What the decoder process needs of an update."""

    @property
    def number(self) -> int:
        """Its place in its epoch; 0 begins one."""


U = TypeVar("U", bound=NumberedUpdate)


class UpdateDecoder(Protocol[U]):
    """What the decoder process needs of a decoder; it writes BGRX rows without gaps from the buffer's start."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture after the newest update."""

    def read(self, data: bytes) -> U:
        """Return the update in `data`. Raises PeerError only."""

    def apply(self, update: U) -> tuple[Rect, ...]:
        """Change the pixels; return which. Raises PeerError only."""


MakeDecoder = Callable[[memoryview, int], UpdateDecoder[Any]]
"""Builds a decoder that writes into the buffer, for pictures of at most so many pixels. It loads all it needs."""


def serve(decoder: UpdateDecoder[U], updates: BinaryIO, replies: BinaryIO) -> None:
    """Apply updates until there are no more or one is not acceptable."""
    begun = False
    while len(head := updates.read(UPDATE_HEAD.size)) == UPDATE_HEAD.size:
        (length,) = UPDATE_HEAD.unpack(head)
        if length > MAX_UPDATE_BYTES:
            return
        data = updates.read(length)
        if len(data) < length:
            return
        try:
            arrived = time.perf_counter()
            update = decoder.read(data)
            begun = begun or update.number == 0
            replies.write(_applied(decoder, update, arrived) if begun else reply(Reply.SKIPPED))
        except PeerError as error:
            replies.write(text_reply(Reply.REFUSED, error.code))
            return
        except Exception as error:  # whatever a codec raises: the app has to learn that this picture is over
            replies.write(text_reply(Reply.FAILED, f"{type(error).__name__}: {error}"))
            return


def _applied(decoder: UpdateDecoder[U], update: U, arrived: float) -> bytes:
    rects = united(decoder.apply(update), MAX_RECTS_TOLD)
    width, height = decoder.size
    return applied_reply(Applied(update.number, width, height, (time.perf_counter() - arrived) * 1000, rects))


def _maker(name: str) -> MakeDecoder:
    module, _, function = name.partition(":")
    made: MakeDecoder = getattr(importlib.import_module(module), function)
    return made


def main() -> None:
    """Serve the app that started this process."""
    handle, max_pixels, decoder_name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    # a library that prints must not write between our replies
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    size_bytes = max_pixels * BYTES_PER_PIXEL
    decoder = _maker(decoder_name)(open_shared_pixels(handle, size_bytes), max_pixels)
    give_up_rights(size_bytes)
    replies.write(reply(Reply.READY))
    serve(decoder, sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
