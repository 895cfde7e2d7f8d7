"""Photographs as JPEG through FFmpeg's encoder, which is in the client anyway. One thread at a time.

The standard Huffman tables (420 bytes of every picture) are left out: every decoder of motion JPEG knows them.
"""

from collections import OrderedDict
from fractions import Fraction
from typing import Any

import av
from av.video.reformatter import VideoReformatter

from customer_client.picture.comparison import Comparison
from customer_client.picture.region_frame import region_frame
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

DEFAULT_QUALITY = 80
_QUANTISERS = ((90, 2), (80, 4), (60, 8), (40, 14), (25, 24))
"""FFmpeg's quantiser for what others call about this quality in percent: the finest that asks no more."""

MOST_SIZES = 32
"""Encoders kept for sizes that come again."""

_APP0, _COMMENT, _HUFFMAN_TABLES, _START_OF_SCAN = 0xE0, 0xFE, 0xC4, 0xDA


class PhotoEncoder:
    """Turns rectangles of a picture into JPEG, 4:2:0, full range, BT.601."""

    def __init__(self) -> None:
        self.quality = DEFAULT_QUALITY
        """In percent (1..100); may be changed between any two photos."""
        self._codecs: OrderedDict[tuple[int, int, int], Any] = OrderedDict()
        self._reformatter: Any = VideoReformatter()
        self._pts = 0

    def encode(self, comparison: Comparison, rect: Rect) -> bytes:
        """Return the captured pixels of `rect` as JPEG.

        Raises:
            EnvironmentFault: `encoder_failed`.
        """
        try:
            frame = self._reformatter.reformat(
                region_frame(comparison, rect),
                format="yuvj420p",
                dst_colorspace="ITU601",
                dst_color_range="JPEG",
                threads=1,
            )
            self._pts += 1
            frame.pts = self._pts
            data = b"".join(bytes(packet) for packet in self._codec(rect.width, rect.height).encode(frame))
        except (av.FFmpegError, ValueError) as cause:
            raise EnvironmentFault(str(cause), code="encoder_failed") from cause
        return without_known_tables(data)

    def _codec(self, width: int, height: int) -> Any:
        quantiser = quantiser_for(self.quality)
        codec = self._codecs.pop((width, height, quantiser), None) or self._opened(width, height, quantiser)
        self._codecs[width, height, quantiser] = codec
        if len(self._codecs) > MOST_SIZES:
            self._codecs.popitem(last=False)
        return codec

    def _opened(self, width: int, height: int, quantiser: int) -> Any:
        codec: Any = av.CodecContext.create("mjpeg", "w")
        codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
        codec.time_base = Fraction(1, 1000)
        codec.thread_count = 1
        codec.qmin = codec.qmax = quantiser
        codec.options = {"huffman": "default"}
        codec.open()
        return codec


def quantiser_for(quality: int) -> int:
    """Return FFmpeg's quantiser (2..24, smaller is finer) for a quality in percent."""
    return next((quantiser for least, quantiser in _QUANTISERS if quality >= least), _QUANTISERS[-1][1])


def without_known_tables(jpeg: bytes) -> bytes:
    """Return `jpeg` without Huffman tables, comments and JFIF header.

    Only for JPEGs made with the standard tables (ITU-T T.81, annex K.3).
    """
    kept, at = [jpeg[:2]], 2
    while at + 4 <= len(jpeg):
        kind = jpeg[at + 1]
        if kind == _START_OF_SCAN:
            break
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if kind not in (_APP0, _COMMENT, _HUFFMAN_TABLES):
            kept.append(jpeg[at:end])
        at = end
    kept.append(jpeg[at:])
    return b"".join(kept)
