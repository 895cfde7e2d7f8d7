"""Work on rows of pixels that the two sides must do alike, without numpy. Pure; any thread.

A buffer has four bytes per pixel: blue, green, red and one that means nothing (the viewer keeps it at 255).
"""

from collections.abc import Iterable

from protocol.picture.geometry import Rect

BYTES_PER_PIXEL = 4
WIRE_BYTES_PER_PIXEL = 3

Buffer = bytes | bytearray | memoryview
Writable = bytearray | memoryview


def bgr_rows(pixels: Buffer, stride: int, rects: Iterable[Rect]) -> bytearray:
    """Return the blue, green, red bytes of `rects`, row after row; `stride` is the length of a row in bytes."""
    view = memoryview(pixels).cast("B")
    four = b"".join(row for rect in rects for row in _rows(view, stride, rect))
    three = bytearray(len(four) // BYTES_PER_PIXEL * WIRE_BYTES_PER_PIXEL)
    for channel in range(WIRE_BYTES_PER_PIXEL):
        three[channel::WIRE_BYTES_PER_PIXEL] = four[channel::BYTES_PER_PIXEL]
    return three


def put_bgr_rows(buffer: Writable, stride: int, rects: Iterable[Rect], three: Buffer) -> None:
    """Write what `bgr_rows` returned for the same `rects` into `buffer`."""
    four = bytearray(b"\xff") * (len(three) // WIRE_BYTES_PER_PIXEL * BYTES_PER_PIXEL)
    for channel in range(WIRE_BYTES_PER_PIXEL):
        four[channel::BYTES_PER_PIXEL] = three[channel::WIRE_BYTES_PER_PIXEL]
    view, start = memoryview(four), 0
    for rect in rects:
        length = rect.area * BYTES_PER_PIXEL
        put_rows(buffer, stride, rect, view[start : start + length], rect.width * BYTES_PER_PIXEL)
        start += length


def put_rows(buffer: Writable, stride: int, rect: Rect, rows: Buffer, rows_stride: int) -> None:
    """Write `rows`, each `rows_stride` bytes after the one before, into `rect` of `buffer`."""
    target, source = memoryview(buffer), memoryview(rows)
    length, start = rect.width * BYTES_PER_PIXEL, rect.y * stride + rect.x * BYTES_PER_PIXEL
    if length == stride == rows_stride:
        target[start : start + length * rect.height] = source[: length * rect.height]
        return
    for at in range(0, rect.height * rows_stride, rows_stride):
        target[start : start + length] = source[at : at + length]
        start += stride


def copy_rect(target: Writable, target_stride: int, source: Buffer, source_stride: int, rect: Rect) -> None:
    """Write the pixels `source` has in `rect` to the same place of `target`."""
    view = memoryview(source).cast("B")
    put_rows(target, target_stride, rect, view[rect.y * source_stride + rect.x * BYTES_PER_PIXEL :], source_stride)


def move_rect(buffer: Writable, stride: int, source: Rect, x: int, y: int) -> None:
    """Make the pixels of `source` appear with their top left corner at (`x`, `y`), also when the two overlap."""
    view, length = memoryview(buffer), source.width * BYTES_PER_PIXEL
    rows = range(source.height) if y <= source.y else range(source.height - 1, -1, -1)
    first, to = source.y * stride + source.x * BYTES_PER_PIXEL, y * stride + x * BYTES_PER_PIXEL
    for row in rows:
        at = row * stride
        # Assigning between overlapping views of one buffer moves like memmove.
        view[to + at : to + at + length] = view[first + at : first + at + length]


def _rows(view: memoryview, stride: int, rect: Rect) -> list[memoryview]:
    length, start = rect.width * BYTES_PER_PIXEL, rect.y * stride + rect.x * BYTES_PER_PIXEL
    if length == stride:
        return [view[start : start + length * rect.height]]
    return [view[at : at + length] for at in range(start, start + rect.height * stride, stride)]
