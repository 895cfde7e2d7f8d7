"""Exact pixels into the frame buffer: three bytes a pixel become four, by FFmpeg, in strips. One thread at a time.

Python's own strided copies take ten times as long, and a page of text was half of what decoding it cost.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import av
from av.video.reformatter import VideoReformatter

from protocol.picture.geometry import Rect
from protocol.picture.pixels import BYTES_PER_PIXEL, WIRE_BYTES_PER_PIXEL, Buffer, Writable, put_rows

STRIP_WIDTH = 2048
"""A multiple of what FFmpeg aligns rows to, so that a strip's rows lie side by side."""

STRIP_HEIGHTS = (4, 32)
"""Most of what changes is small; the larger strip has room for one row of the widest rectangle."""

STRIP_PIXELS = STRIP_WIDTH * STRIP_HEIGHTS[-1]
"""A strip and its result stay in the processor's cache."""


class TextRows:
    """Writes the rows of text tiles; keeps two strips between them (210 KB)."""

    def __init__(self) -> None:
        self._strips: list[Any] = [av.VideoFrame(STRIP_WIDTH, height, "bgr24") for height in STRIP_HEIGHTS]
        self._reformatter: Any = VideoReformatter()

    def put(self, buffer: Writable, stride: int, rects: Iterable[Rect], three: Buffer) -> None:
        """Write `three`, the blue, green, red rows of `rects`, which all lie in `buffer`; the fourth byte becomes 255.

        `stride` is the length of a row of `buffer` in bytes. `three` must hold as many pixels as the rectangles have,
        none of them wider than 65536.
        """
        source, start = memoryview(three), 0
        for bands in _batches(rects):
            end = start + sum(band.area for band in bands) * WIRE_BYTES_PER_PIXEL
            four, at = self._four(source[start:end]), 0
            for band in bands:
                put_rows(buffer, stride, band, four[at:], band.width * BYTES_PER_PIXEL)
                at += band.area * BYTES_PER_PIXEL
            start = end

    def _four(self, three: memoryview) -> memoryview:
        """Return the pixels of `three` (at most `STRIP_PIXELS`) with four bytes each, and something behind them."""
        length = three.nbytes
        strip = next(one for one in self._strips if length <= one.planes[0].buffer_size)
        memoryview(strip.planes[0])[:length] = three
        converted: Any = self._reformatter.reformat(strip, format="bgra", threads=1)
        return memoryview(converted.planes[0])


def _batches(rects: Iterable[Rect]) -> Iterator[list[Rect]]:
    """Yield `rects` in order, cut into bands of rows, as many at a time as fit one strip."""
    batch: list[Rect] = []
    room = STRIP_PIXELS
    for rect in rects:
        top, bottom = rect.y, rect.y + rect.height
        while top < bottom:
            rows = min(bottom - top, room // rect.width)
            if rows:
                batch.append(Rect(rect.x, top, rect.width, rows))
                room -= rows * rect.width
                top += rows
            if top < bottom:
                yield batch
                batch, room = [], STRIP_PIXELS
    if batch:
        yield batch
