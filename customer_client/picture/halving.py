"""Pictures of half the width and height, for lines on which whole ones take too long. One thread at a time.

FFmpeg's area filter makes each pixel from the two by two it stands for. Only what changed is made anew.
"""

from typing import Any

import av
from av.video.reformatter import VideoReformatter

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from protocol.picture.pixels import put_rows

_ALIGNMENT = 8
"""Areas are made from whole groups of so many pixels of the smaller picture: FFmpeg's filters like no slivers."""


class Halving:
    """Keeps the smaller picture of one screen."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._pixels = bytearray()
        self._reformatter: Any = VideoReformatter()

    def forget(self) -> None:
        """Make the whole picture anew next time."""
        self._size = (0, 0)

    def halved(self, picture: Picture, damage: tuple[Rect, ...] | None) -> tuple[Picture, tuple[Rect, ...] | None]:
        """Return the smaller picture, its sides rounded up, and where it may differ from the last one.

        Its pixels are written again by the next call: it must not be kept. `damage` is where `picture` may differ from
        the last one given; None for anywhere.

        Raises:
            EnvironmentFault: `scaling_failed`.
        """
        width, height = -(-picture.width // 2), -(-picture.height // 2)
        if self._size != (picture.width, picture.height):
            self._size, self._pixels, damage = (picture.width, picture.height), bytearray(width * height * 4), None
        whole = Rect(0, 0, width, height)
        areas = [whole] if damage is None else [_halved_outward(rect, whole) for rect in damage]
        try:
            for area in areas:
                self._make(picture, area, width * BYTES_PER_PIXEL)
        except (av.FFmpegError, ValueError) as cause:
            self.forget()
            raise EnvironmentFault(str(cause), code="scaling_failed") from cause
        smaller = Picture(width, height, width * BYTES_PER_PIXEL, self._pixels)
        return smaller, None if damage is None else tuple(areas)

    def _make(self, picture: Picture, area: Rect, stride: int) -> None:
        made = self._reformatter.reformat(
            _source_frame(picture, area), width=area.width, height=area.height, interpolation="AREA", threads=1
        )
        plane: Any = made.planes[0]
        put_rows(self._pixels, stride, area, memoryview(plane), plane.line_size)


def _halved_outward(rect: Rect, whole: Rect) -> Rect:
    """Return the pixels of the smaller picture that `rect` has a part in, at least one whole group, inside `whole`."""
    step = 2 * _ALIGNMENT
    right = min(whole.right, -(-rect.right // step) * _ALIGNMENT)
    bottom = min(whole.bottom, -(-rect.bottom // step) * _ALIGNMENT)
    left = max(0, min(rect.x // step * _ALIGNMENT, right - _ALIGNMENT))
    top = max(0, min(rect.y // step * _ALIGNMENT, bottom - _ALIGNMENT))
    return Rect(left, top, right - left, bottom - top)


def _source_frame(picture: Picture, area: Rect) -> av.VideoFrame:
    """Return the pixels `area` is made from; at an odd edge the last column or row is there twice."""
    frame = av.VideoFrame(area.width * 2, area.height * 2, "bgr0")
    plane: Any = frame.planes[0]
    into, line = memoryview(plane), plane.line_size
    left, top = area.x * 2, area.y * 2
    width, height = min(area.width * 2, picture.width - left), min(area.height * 2, picture.height - top)
    rows = memoryview(picture.pixels).cast("B")[top * picture.stride + left * BYTES_PER_PIXEL :]
    put_rows(into, line, Rect(0, 0, width, height), rows, picture.stride)
    if width < area.width * 2:
        words, pixels = into.cast("I"), line // BYTES_PER_PIXEL
        words[width::pixels] = words[width - 1 :: pixels][: len(words[width::pixels])]
    if height < area.height * 2:
        into[height * line : (height + 1) * line] = into[(height - 1) * line : height * line]
    return frame
