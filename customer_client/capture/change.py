"""Which parts of the screen changed, without numpy: memcmp in bands of 16 rows. Pure; any thread.

ctypes lets other threads run during the comparison; a 1080p picture that did not change takes about 0.3 ms.
"""

import ctypes
import sys
from collections.abc import Iterable, Iterator

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from protocol.picture.geometry import Rect

BAND_ROWS = 16
"""Rows compared in one step: one row of macroblocks."""

MOST_AREAS = 64
"""More areas than that are joined to full rows: naming them one by one would cost more than it saves."""

_c_library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
_memcmp = _c_library.memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_memcmp.restype = ctypes.c_int


def same_layout(one: Picture, other: Picture) -> bool:
    """Return whether both pictures have the same size and row length."""
    return (one.width, one.height, one.stride) == (other.width, other.height, other.stride)


def changed_bands(previous: Picture, current: Picture) -> Iterator[range]:
    """Yield the row ranges (at most 16 rows each, top first) in which two pictures differ.

    Pictures of different layout differ everywhere. Lazy: asking for the first range stops at the first difference.
    """
    every_band = range(0, current.height, BAND_ROWS)
    if not same_layout(previous, current):
        yield from (range(top, min(top + BAND_ROWS, current.height)) for top in every_band)
        return
    yield from _changed_among(every_band, previous, current)


def differs(previous: Picture, current: Picture) -> bool:
    """Return whether anything at all differs between two pictures."""
    return next(changed_bands(previous, current), None) is not None


def changed_areas(previous: Picture, current: Picture) -> tuple[Rect, ...]:
    """Return the areas, as wide as the picture, in which two pictures differ; neighbouring bands are one area."""
    return tuple(Rect(0, rows.start, current.width, len(rows)) for rows in _joined(changed_bands(previous, current)))


def narrowed(areas: tuple[Rect, ...], previous: Picture, current: Picture) -> tuple[Rect, ...]:
    """Return the parts of `areas` whose bands differ between two pictures of the same layout."""
    differing = _joined(_changed_among(_band_tops(areas), previous, current))
    stripes = [Rect(0, rows.start, current.width, len(rows)) for rows in differing]
    parts = (area.overlap(stripe) for area in areas for stripe in stripes)
    return tuple(part for part in parts if part is not None)


def limited(areas: tuple[Rect, ...], width: int, height: int) -> tuple[Rect, ...]:
    """Return `areas` of a picture without repetitions; more than 64 become the bands they touch, full width."""
    distinct = tuple(dict.fromkeys(areas))
    if len(distinct) <= MOST_AREAS:
        return distinct
    bands = (range(top, min(top + BAND_ROWS, height)) for top in _band_tops(distinct))
    return tuple(Rect(0, rows.start, width, len(rows)) for rows in _joined(bands))


def row_changed_outside(areas: tuple[Rect, ...], previous: Picture, current: Picture) -> int | None:
    """Return the first row with a pixel that differs but is in none of `areas`; None if there is no such row.

    The unused byte of a pixel counts as well. Pictures of different layout differ everywhere.
    """
    before, after = memoryview(previous.pixels).cast("B"), memoryview(current.pixels).cast("B")
    for rows in changed_bands(previous, current):
        for row in rows:
            for left, right in _gaps(areas, row, current.width):
                part = slice(row * current.stride + left, row * current.stride + right)
                if not same_layout(previous, current) or before[part] != after[part]:
                    return row
    return None


def _gaps(areas: tuple[Rect, ...], row: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield the byte ranges of `row` that are in none of `areas`."""
    reached = 0
    for left, right in sorted((area.x, area.right) for area in areas if area.y <= row < area.bottom):
        if left > reached:
            yield reached * BYTES_PER_PIXEL, left * BYTES_PER_PIXEL
        reached = max(reached, right)
    if reached < width:
        yield reached * BYTES_PER_PIXEL, width * BYTES_PER_PIXEL


def _band_tops(areas: tuple[Rect, ...]) -> list[int]:
    """Return the first rows of the bands that `areas` touch, top first."""
    return sorted({top for area in areas for top in range(area.y - area.y % BAND_ROWS, area.bottom, BAND_ROWS)})


def _joined(bands: Iterable[range]) -> Iterator[range]:
    """Yield `bands`, top first, with those that touch each other as one range."""
    pending: range | None = None
    for rows in bands:
        if pending is not None and pending.stop == rows.start:
            pending = range(pending.start, rows.stop)
            continue
        if pending is not None:
            yield pending
        pending = rows
    if pending is not None:
        yield pending


def _changed_among(tops: Iterable[int], previous: Picture, current: Picture) -> Iterator[range]:
    """Yield which of the bands beginning at `tops` differ between two pictures of the same layout."""
    before, after = _address(previous.pixels), _address(current.pixels)
    if before is None or after is None:
        yield from _changed_among_in_python(tops, previous, current)
        return
    for top in tops:
        rows = range(top, min(top + BAND_ROWS, current.height))
        if _memcmp(before + top * current.stride, after + top * current.stride, len(rows) * current.stride):
            yield rows


def _address(pixels: bytes | bytearray | memoryview) -> int | None:
    """Where the pixels are in memory; None for a read-only view, whose address ctypes does not give."""
    if isinstance(pixels, bytes):
        return ctypes.cast(ctypes.c_char_p(pixels), ctypes.c_void_p).value
    if isinstance(pixels, memoryview) and (pixels.readonly or not pixels.contiguous):
        return None
    return ctypes.addressof(ctypes.c_char.from_buffer(pixels))


def _changed_among_in_python(tops: Iterable[int], previous: Picture, current: Picture) -> Iterator[range]:
    before, after = memoryview(previous.pixels).cast("B"), memoryview(current.pixels).cast("B")
    for top in tops:
        rows = range(top, min(top + BAND_ROWS, current.height))
        part = slice(rows.start * current.stride, rows.stop * current.stride)
        if bytes(before[part]) != bytes(after[part]):
            yield rows
