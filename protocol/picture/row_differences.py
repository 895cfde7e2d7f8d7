"""Exact pixels as what differs from the row above: letters, lines, plain areas become mostly zeros. Pure; any thread.

Within a rectangle every row but the first travels as the exclusive or of itself and the row above it. A stroke that
goes down, or an area of one colour, is then nothing at all, whatever the compressor finds (docs/protocol.md, 4).
"""

from collections.abc import Sequence

from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary, address_of, checked, packed_rects
from protocol.picture.pixels import WIRE_BYTES_PER_PIXEL


def subtract_rows(three: bytearray, rects: Sequence[Rect], *, library: PixelLibrary | None = LIBRARY) -> None:
    """Turn the blue, green, red rows of `rects` (`pixels.bgr_rows`) into differences, in place."""
    target = address_of(three)
    if library and target:
        checked(library.for_bytes(len(three)).subtract_rows(target, len(three), packed_rects(rects), len(rects)))
        return
    start = 0
    for rect in rects:
        row, size = rect.width * WIRE_BYTES_PER_PIXEL, rect.area * WIRE_BYTES_PER_PIXEL
        rows = int.from_bytes(three[start : start + size], "little")
        above = int.from_bytes(three[start : start + size - row], "little") << 8 * row
        three[start : start + size] = (rows ^ above).to_bytes(size, "little")
        start += size


def add_rows(three: bytearray, rects: Sequence[Rect], *, library: PixelLibrary | None = LIBRARY) -> None:
    """Turn what `subtract_rows` made of the rows of `rects` into those rows again, in place."""
    target = address_of(three)
    if library and target:
        checked(library.for_bytes(len(three)).add_rows(target, len(three), packed_rects(rects), len(rects)))
        return
    start = 0
    for rect in rects:
        row, end = rect.width * WIRE_BYTES_PER_PIXEL, start + rect.area * WIRE_BYTES_PER_PIXEL
        above = 0
        for at in range(start, end, row):
            above ^= int.from_bytes(three[at : at + row], "little")
            three[at : at + row] = above.to_bytes(row, "little")
        start = end
