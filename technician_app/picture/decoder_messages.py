"""What the app and its decoder process say to each other over the pipe. Hand-packed: it is as fast as the picture.

To the decoder: `length` (uint32) and one update. Back: `kind` (uint8), `length` (uint32) and the kind's own bytes. The
decoder process is not trusted: once hostile bytes have taken it over, what it says is checked like a stranger's word.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum

from protocol.errors import PeerError
from protocol.picture.geometry import Rect

MAX_RECTS_TOLD = 256
UPDATE_HEAD = struct.Struct("<I")
REPLY_HEAD = struct.Struct("<BI")
_APPLIED = struct.Struct("<IIIIH")
_RECT = struct.Struct("<IIII")
_MAX_TEXT_BYTES = 400
MAX_REPLY_BYTES = _APPLIED.size + MAX_RECTS_TOLD * _RECT.size


class Reply(IntEnum):
    """What a message of the decoder process means."""

    READY = 1
    """All loaded and all rights given up; updates may come."""
    APPLIED = 2
    SKIPPED = 3
    """It was no beginning of an epoch, and none has begun here yet."""
    REFUSED = 4
    """The update breaks the protocol; its code follows, and the process ends."""
    FAILED = 5
    """Decoding failed in an unforeseen way; what Python said follows, and the process ends."""


@dataclass(frozen=True)
class Applied:
    """One update is in the frame buffer. `decode_ms` is the decoder's own time for it."""

    number: int
    width: int
    height: int
    decode_ms: float
    rects: tuple[Rect, ...]


def applied_reply(applied: Applied) -> bytes:
    """Return the bytes for `applied` (at most `MAX_RECTS_TOLD` rectangles)."""
    decode_us = min(0xFFFFFFFF, round(applied.decode_ms * 1000))
    head = _APPLIED.pack(applied.number, applied.width, applied.height, decode_us, len(applied.rects))
    rects = b"".join(_RECT.pack(rect.x, rect.y, rect.width, rect.height) for rect in applied.rects)
    return reply(Reply.APPLIED, head + rects)


def reply(kind: Reply, content: bytes = b"") -> bytes:
    """Return the bytes of one message of the decoder process."""
    return REPLY_HEAD.pack(kind, len(content)) + content


def text_reply(kind: Reply, text: str) -> bytes:
    """Return the bytes of a message that carries `text`, cut to 400 bytes."""
    return reply(kind, text.encode("utf-8", "replace")[:_MAX_TEXT_BYTES])


def reply_head(data: bytes) -> tuple[Reply, int]:
    """Return a message's kind and the number of bytes that follow.

    Raises:
        PeerError: no such kind, or too many bytes.
    """
    kind, length = REPLY_HEAD.unpack(data)
    if kind not in Reply.__members__.values() or length > MAX_REPLY_BYTES:
        raise PeerError(f"reply {kind} of {length} bytes", code="picture_decoder_broke")
    return Reply(kind), length


def read_applied(content: bytes, max_pixels: int) -> Applied:
    """Return what an APPLIED message says.

    Raises:
        PeerError: cut off, a picture of more than `max_pixels`, or a rectangle that leaves it.
    """
    if len(content) < _APPLIED.size:
        raise PeerError("a short reply", code="picture_decoder_broke")
    number, width, height, decode_us, count = _APPLIED.unpack_from(content)
    if count > MAX_RECTS_TOLD or len(content) != _APPLIED.size + count * _RECT.size:
        raise PeerError(f"{count} rectangles in {len(content)} bytes", code="picture_decoder_broke")
    if min(width, height) == 0 or width * height > max_pixels:
        raise PeerError(f"a picture of {width}x{height}", code="picture_decoder_broke")
    rects = tuple(Rect(*numbers) for numbers in _RECT.iter_unpack(content[_APPLIED.size :]))
    if any(rect.x + rect.width > width or rect.y + rect.height > height for rect in rects):
        raise PeerError("a rectangle outside the picture", code="picture_decoder_broke")
    return Applied(number, width, height, decode_us / 1000, rects)
