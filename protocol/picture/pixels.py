"""Work on rows of pixels that the two sides must do alike, without numpy. Pure; any thread.

A buffer has four bytes per pixel: blue, green, red and one that means nothing (the viewer keeps it at 255). Each
function does its work in C where that was compiled, else in Python; `library` is there for tests and comparisons.
"""

from collections.abc import Sequence

from protocol.picture.geometry import Rect
from protocol.picture.native.library import (
    LIBRARY,
    PixelLibrary,
    address_of,
    checked,
    packed_rects,
)

BYTES_PER_PIXEL = 4
WIRE_BYTES_PER_PIXEL = 3

Buffer = bytes | bytearray | memoryview
Writable = bytearray | memoryview


def bgr_rows(
    pixels: Buffer, stride: int, rects: Sequence[Rect], *, library: PixelLibrary | None = LIBRARY
) -> bytearray:
    """Return the blue, green, red bytes of `rects`, row after row; `stride` is the length of a row in bytes."""
    three = bytearray(sum(rect.area for rect in rects) * WIRE_BYTES_PER_PIXEL)
    source, target = address_of(pixels), address_of(three)
    if library and source and target:
        pack = library.for_bytes(len(three)).pack_bgr
        packed = packed_rects(rects)
        checked(pack(source, memoryview(pixels).nbytes, stride, packed, len(rects), target, len(three)))
        return three
    view = memoryview(pixels).cast("B")
    four = b"".join(row for rect in rects for row in _rows(view, stride, rect))
    for channel in range(WIRE_BYTES_PER_PIXEL):
        three[channel::WIRE_BYTES_PER_PIXEL] = four[channel::BYTES_PER_PIXEL]
    return three


def put_bgr_rows(
    buffer: Writable, stride: int, rects: Sequence[Rect], three: Buffer, *, library: PixelLibrary | None = LIBRARY
) -> None:
    """Write what `bgr_rows` returned for the same `rects` into `buffer`."""
    source, target = address_of(three), address_of(buffer)
    if library and source and target:
        unpack = library.for_bytes(len(three)).unpack_bgr
        packed = packed_rects(rects)
        checked(unpack(target, memoryview(buffer).nbytes, stride, packed, len(rects), source, len(three)))
        return
    four = bytearray(b"\xff") * (len(three) // WIRE_BYTES_PER_PIXEL * BYTES_PER_PIXEL)
    for channel in range(WIRE_BYTES_PER_PIXEL):
        four[channel::BYTES_PER_PIXEL] = three[channel::WIRE_BYTES_PER_PIXEL]
    view, start = memoryview(four), 0
    for rect in rects:
        length = rect.area * BYTES_PER_PIXEL
        put_rows(buffer, stride, rect, view[start : start + length], rect.width * BYTES_PER_PIXEL, library=library)
        start += length


def put_rows(
    buffer: Writable,
    stride: int,
    rect: Rect,
    rows: Buffer,
    rows_stride: int,
    *,
    library: PixelLibrary | None = LIBRARY,
) -> None:
    """Write `rows`, each `rows_stride` bytes after the one before, into `rect` of `buffer`."""
    target, source = memoryview(buffer), memoryview(rows)
    length, start = rect.width * BYTES_PER_PIXEL, rect.y * stride + rect.x * BYTES_PER_PIXEL
    if length == stride == rows_stride:
        target[start : start + length * rect.height] = source[: length * rect.height]
        return
    to, at = address_of(buffer), address_of(rows)
    if library and to and at:
        copy = library.for_bytes(length * rect.height).copy_rows
        checked(copy(to, target.nbytes, stride, start, at, source.nbytes, rows_stride, 0, length, rect.height))
        return
    for row in range(0, rect.height * rows_stride, rows_stride):
        target[start : start + length] = source[row : row + length]
        start += stride


def copy_rect(
    target: Writable,
    target_stride: int,
    source: Buffer,
    source_stride: int,
    rect: Rect,
    *,
    library: PixelLibrary | None = LIBRARY,
) -> None:
    """Write the pixels `source` has in `rect` to the same place of `target`."""
    rows = memoryview(source).cast("B")[rect.y * source_stride + rect.x * BYTES_PER_PIXEL :]
    put_rows(target, target_stride, rect, rows, source_stride, library=library)


def move_rect(
    buffer: Writable,
    stride: int,
    source: Rect,
    x: int,
    y: int,
    *,
    pixel_bytes: int = BYTES_PER_PIXEL,
    library: PixelLibrary | None = LIBRARY,
) -> None:
    """Make the pixels of `source` appear with their top left corner at (`x`, `y`), also when the two overlap."""
    view, length = memoryview(buffer), source.width * pixel_bytes
    first, to = source.y * stride + source.x * pixel_bytes, y * stride + x * pixel_bytes
    start = address_of(buffer)
    if library and start:
        move = library.for_bytes(length * source.height).move_rows
        checked(move(start, view.nbytes, stride, first, to, length, source.height))
        return
    for row in range(source.height) if y <= source.y else range(source.height - 1, -1, -1):
        at = row * stride
        # Assigning between overlapping views of one buffer moves like memmove.
        view[to + at : to + at + length] = view[first + at : first + at + length]


def _rows(view: memoryview, stride: int, rect: Rect) -> list[memoryview]:
    length, start = rect.width * BYTES_PER_PIXEL, rect.y * stride + rect.x * BYTES_PER_PIXEL
    if length == stride:
        return [view[start : start + length * rect.height]]
    return [view[at : at + length] for at in range(start, start + rect.height * stride, stride)]
