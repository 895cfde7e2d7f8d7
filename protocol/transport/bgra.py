"""Decoded pictures turned into BGRA for painting. One thread at a time.

FFmpeg's fast conversion works in blocks of eight pixels. Where the last block does not fit the row it writes into, it
leaves that block out (libswscale/x86/yuv2rgb_template.c): up to four columns at the right would show whatever the
memory held before. PyAV's rows end on 16 bytes, so that happens when one to four pixels are left over.
"""

from collections import OrderedDict
from typing import Any

from av import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

MOST_SIZES = 32
"""Conversions kept for sizes that come again: preparing one takes longer than a small picture."""

_BLOCK = 8
_LOST_WITH_ROWS_OF_16_BYTES = range(1, 5)
_EVERY_PIXEL = Interpolation.BILINEAR | Interpolation.ACCURATE_RND
"""FFmpeg's general conversion: five times slower (1 ms for a million pixels) and complete."""


class BgraPictures:
    """Converts pictures whose sizes repeat."""

    def __init__(self) -> None:
        self._reformatters: OrderedDict[tuple[int, int], Any] = OrderedDict()

    def convert(
        self, frame: VideoFrame, *, src_colorspace: str | None = None, dst_color_range: str | None = None
    ) -> VideoFrame:
        """Return `frame` (YUV) as a `bgra` frame of the same size, every pixel written.

        `src_colorspace` and `dst_color_range` are names that `VideoReformatter.reformat` knows; None leaves it to the
        frame.

        Raises:
            ValueError, av.FFmpegError: as `reformat` does.
        """
        size = frame.width, frame.height
        reformatter: Any = self._reformatters.pop(size, None) or VideoReformatter()
        self._reformatters[size] = reformatter
        if len(self._reformatters) > MOST_SIZES:
            self._reformatters.popitem(last=False)
        every_pixel = frame.width % _BLOCK in _LOST_WITH_ROWS_OF_16_BYTES
        picture: VideoFrame = reformatter.reformat(
            frame,
            format="bgra",
            src_colorspace=src_colorspace,
            dst_color_range=dst_color_range,
            interpolation=_EVERY_PIXEL if every_pixel else Interpolation.BILINEAR,
            threads=1,
        )
        return picture
