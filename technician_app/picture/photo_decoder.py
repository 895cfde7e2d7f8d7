"""Photos of the screen stream: JPEG, its size and kind checked before FFmpeg sees it. One thread at a time."""

from typing import Any

import av

from protocol.errors import PeerError
from protocol.transport.bgra import BgraPictures

_START, _END = b"\xff\xd8", 0xD9
_BASELINE_FRAME, _START_OF_SCAN = 0xC0, 0xDA
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
"""Huffman tables, quantisation tables, restart interval."""
_RESTARTS = range(0xD0, 0xD8)


class PhotoDecoder:
    """Decodes baseline JPEG whose size is known beforehand."""

    def __init__(self) -> None:
        self._codec: Any = av.CodecContext.create("mjpeg", "r")
        self._codec.thread_count = 1
        self._pictures = BgraPictures()

    def decode(self, jpeg: bytes, width: int, height: int) -> av.VideoFrame:
        """Return the picture as a `bgra` frame of `width` x `height` pixels.

        Raises:
            PeerError: `picture_malformed`, it is no baseline JPEG of that size.
        """
        require_baseline(jpeg, width, height)
        try:
            frames = self._codec.decode(av.Packet(jpeg))
            if len(frames) != 1 or (frames[0].width, frames[0].height) != (width, height):
                raise _malformed("not one picture of the announced size")
            return self._pictures.convert(frames[0])
        except (av.FFmpegError, ValueError) as cause:
            raise _malformed(str(cause)) from cause


def require_baseline(jpeg: bytes, width: int, height: int) -> None:
    """Accept one baseline, 8-bit, three-colour picture of `width` x `height` with one scan (ITU-T T.81, annex B).

    Progressive and arithmetic-coded pictures, thumbnails and application data are refused: nothing of ours has them.

    Raises:
        PeerError: `picture_malformed`.
    """
    if jpeg[:2] != _START:
        raise _malformed("no JPEG")
    at, sized = 2, False
    while True:
        kind, segment = _segment(jpeg, at)
        at += 4 + len(segment)
        if kind == _BASELINE_FRAME and not sized:
            expected = bytes((8, *height.to_bytes(2, "big"), *width.to_bytes(2, "big"), 3))
            if segment[:6] != expected or len(segment) != 15:
                raise _malformed("another size or kind of picture than announced")
            sized = True
        elif kind == _START_OF_SCAN and sized:
            _require_one_scan(jpeg, at)
            return
        elif kind not in _TABLES:
            raise _malformed(f"JPEG marker {kind:#x}")


def _segment(jpeg: bytes, at: int) -> tuple[int, bytes]:
    """Return the marker at `at` and its content."""
    length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
    if at + 4 > len(jpeg) or jpeg[at] != 0xFF or length < 2 or at + 2 + length > len(jpeg):
        raise _malformed("JPEG ends early")
    return jpeg[at + 1], jpeg[at + 4 : at + 2 + length]


def _require_one_scan(jpeg: bytes, at: int) -> None:
    """Accept only restarts, stuffed bytes and the end of the picture in the coded data from `at` on."""
    while (at := jpeg.find(b"\xff", at)) >= 0:
        kind = jpeg[at + 1] if at + 1 < len(jpeg) else -1
        if kind == _END and at + 2 == len(jpeg):
            return
        if kind != 0 and kind not in _RESTARTS:
            break
        at += 2
    raise _malformed("more than one scan, or none that ends")


def _malformed(detail: str) -> PeerError:
    return PeerError(f"photo tile: {detail}", code="picture_malformed")
