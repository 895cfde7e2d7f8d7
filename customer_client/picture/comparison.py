"""Compares a captured picture with what the viewer shows. One thread at a time.

The searches over many pixels are in C (`native_search`) where that was compiled, else here and in the modules that ask:
row piece by row piece, with memcmp.
"""

import ctypes
import sys
from collections.abc import Sequence

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from customer_client.picture.native_search import NativeSearch
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary, address_of
from protocol.picture.pixels import bgr_rows, copy_rect, move_rect
from protocol.picture.updates import Copy

# PyDLL, not CDLL: thousands of calls of a microsecond each must not hand the interpreter to another thread every time.
_c_library = ctypes.PyDLL("msvcrt" if sys.platform == "win32" else None)
_memcmp = _c_library.memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_memcmp.restype = ctypes.c_int


class Comparison:
    """`picture` beside `shown`, the viewer's pixels: tight rows of the same size, changed only through `settle`.

    Columns and rows are pixels; a range of columns is [left, right).
    """

    def __init__(self, picture: Picture, shown: bytearray, *, library: PixelLibrary | None = LIBRARY) -> None:
        self.width, self.height = picture.width, picture.height
        self.pixels, self.stride = _addressable(picture)
        self.shown = shown
        self.shown_stride = picture.width * BYTES_PER_PIXEL
        self.library = library
        self._now, self._before = address_of(self.pixels) or 0, address_of(shown) or 0
        self._view, self._shown_view = memoryview(self.pixels).cast("B"), memoryview(shown)
        self.values = self._view[: len(self._view) // 4 * 4].cast("I")
        """The picture's pixels as numbers, `stride // 4` to a row."""
        self.native: NativeSearch | None = None
        """The same questions, answered by C; None when that is not to be had."""
        if library and not (self._now % 4 or self._before % 4):
            self.native = NativeSearch(
                library,
                (self.width, self.height),
                now=(self._now, self._view.nbytes, self.stride),
                shown=(self._before, len(shown), self.shown_stride),
            )

    def same(self, left: int, right: int, row: int) -> bool:
        """Return whether the viewer shows this piece of a row already."""
        return not _memcmp(
            self._now + row * self.stride + left * 4,
            self._before + row * self.shown_stride + left * 4,
            (right - left) * 4,
        )

    def came_from(self, left: int, right: int, row: int, dx: int, dy: int) -> bool:
        """Return whether the viewer shows this piece `dx` further left and `dy` further up, which must be inside."""
        return not _memcmp(
            self._now + row * self.stride + left * 4,
            self._before + (row - dy) * self.shown_stride + (left - dx) * 4,
            (right - left) * 4,
        )

    def same_rows(self, top: int, bottom: int) -> bool:
        """Return whether the viewer shows the whole rows [top, bottom) already."""
        if self.stride != self.shown_stride:
            return all(self.same(0, self.width, row) for row in range(top, bottom))
        return not _memcmp(
            self._now + top * self.stride, self._before + top * self.stride, (bottom - top) * self.stride
        )

    def same_in(self, rect: Rect) -> bool:
        """Return whether the viewer shows all of `rect` already."""
        if self.native:
            return self.native.tightened(rect) is None
        return all(self.same(rect.x, rect.right, row) for row in range(rect.y, rect.bottom))

    def changed_columns(self, rows: range, first: int, last: int, width: int) -> list[int]:
        """Return which columns of `width` pixels each, of those in [first, last), differ in `rows`.

        A column known to differ is not looked at again; neighbours not known to differ are compared in one go.
        """
        changed: list[int] = []
        unknown = [(first, last)]
        for row in rows:
            now, before = self._now + row * self.stride, self._before + row * self.shown_stride
            still: list[tuple[int, int]] = []
            unknown.reverse()
            while unknown:
                first, last = unknown.pop()
                start = first * width
                if not _memcmp(now + start * 4, before + start * 4, (min(last * width, self.width) - start) * 4):
                    if still and still[-1][1] == first:
                        first = still.pop()[0]
                    still.append((first, last))
                elif last - first == 1:
                    changed.append(first)
                else:
                    middle = (first + last) // 2
                    unknown += (middle, last), (first, middle)
            if not still:
                break
            unknown = still
        return changed

    def tightened(self, rect: Rect) -> Rect | None:
        """Return the smallest part of `rect` with everything in it that differs; None when nothing does."""
        if self.native:
            return self.native.tightened(rect)
        left, right = rect.x, rect.right
        top = next((row for row in range(rect.y, rect.bottom) if not self.same(left, right, row)), None)
        if top is None:
            return None
        bottom = next(row for row in range(rect.bottom, top, -1) if not self.same(left, right, row - 1))
        first, last = right - 1, left
        for row in range(top, bottom):
            if first > left and not self.same(left, first, row):
                first = self._first_difference(left, first, row)
            if last < right - 1 and not self.same(last + 1, right, row):
                last = self._last_difference(last + 1, right, row)
        return Rect(first, top, last - first + 1, bottom - top)

    def now_piece(self, left: int, right: int, row: int) -> bytes:
        """Return the bytes of a piece of a row as captured."""
        start = row * self.stride
        return bytes(self._view[start + left * 4 : start + right * 4])

    def shown_piece(self, left: int, right: int, row: int) -> bytes:
        """Return the bytes of a piece of a row as the viewer shows it."""
        start = row * self.shown_stride
        return bytes(self._shown_view[start + left * 4 : start + right * 4])

    def bgr_rows(self, rects: Sequence[Rect]) -> bytearray:
        """Return the captured pixels of `rects` as they travel: three bytes each, row after row."""
        return bgr_rows(self.pixels, self.stride, rects, library=self.library)

    def move(self, copy: Copy) -> None:
        """Take note that the viewer moves what it shows."""
        move_rect(self.shown, self.shown_stride, copy.source, copy.x, copy.y, library=self.library)

    def settle(self, rect: Rect) -> None:
        """Take note that the viewer gets the captured pixels of `rect`."""
        copy_rect(self.shown, self.shown_stride, self.pixels, self.stride, rect, library=self.library)

    def _first_difference(self, left: int, right: int, row: int) -> int:
        while right - left > 1:
            middle = (left + right) // 2
            if self.same(left, middle, row):
                left = middle
            else:
                right = middle
        return left

    def _last_difference(self, left: int, right: int, row: int) -> int:
        while right - left > 1:
            middle = (left + right) // 2
            if self.same(middle, right, row):
                right = middle
            else:
                left = middle
        return left


def _addressable(picture: Picture) -> tuple[bytes | bytearray | memoryview, int]:
    """Return pixels ctypes can find, with rows of whole numbers of pixels, and their stride: copied if need be."""
    pixels, stride = picture.pixels, picture.stride
    if stride % BYTES_PER_PIXEL:
        view, length = memoryview(pixels).cast("B"), picture.width * BYTES_PER_PIXEL
        starts = range(0, picture.height * stride, stride)
        return bytearray(b"".join(view[start : start + length] for start in starts)), length
    if isinstance(pixels, memoryview) and (pixels.readonly or not pixels.contiguous):
        return bytearray(pixels), stride
    return pixels, stride
