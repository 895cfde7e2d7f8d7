"""One mark per pixel of the screen: how far something reaches that is not in whole cells. One thread at a time."""

from itertools import compress

from customer_client.picture.tiles import CELL_HEIGHT, CELL_WIDTH, Grid
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary, address_of, checked, packed_rects
from protocol.picture.pixels import move_rect
from protocol.picture.updates import Copy


class Marks:
    """The marked pixels of the screen of `grid`; none at first. Rectangles are inside the screen.

    A byte a pixel, 2 MiB at 1920x1080, from the first mark on: a session of text needs none.
    """

    def __init__(self, grid: Grid, *, library: PixelLibrary | None = LIBRARY) -> None:
        self._grid = grid
        self._library = library
        self._width, self._height = grid.screen.width, grid.screen.height
        self._mask = bytearray()
        self._address: int | None = None

    @property
    def size_bytes(self) -> int:
        """How much memory they take."""
        return len(self._mask)

    def fill(self, rect: Rect, *, marked: bool) -> None:
        """Mark all of `rect`, or nothing of it."""
        if not self._mask:
            if not marked:
                return
            self._mask = bytearray(self._grid.screen.area)
            self._address = address_of(self._mask)
        start = rect.y * self._width + rect.x
        if self._library:
            fill = self._library.for_bytes(rect.area).fill_rows
            checked(fill(self._address, len(self._mask), self._width, start, rect.width, rect.height, marked))
            return
        row = bytes([marked]) * rect.width
        for at in range(start, start + rect.height * self._width, self._width):
            self._mask[at : at + rect.width] = row

    def move(self, copy: Copy) -> None:
        """Let the marks go where `copy` takes their pixels."""
        if self._mask:
            move_rect(self._mask, self._width, copy.source, copy.x, copy.y, pixel_bytes=1, library=self._library)

    def cells_in(self, rect: Rect) -> list[int]:
        """Return the cells with a marked pixel in `rect`."""
        if not self._mask:
            return []
        if self._library:
            flags = bytearray(self._grid.columns * self._grid.bands)
            find = self._library.for_bytes(rect.area).marked_cells
            screen = self._width, self._height, CELL_WIDTH, CELL_HEIGHT
            found = find(
                *(self._address, len(self._mask), *screen, packed_rects((rect,)), address_of(flags), len(flags))
            )
            checked(found)
            return list(compress(range(len(flags)), flags))
        cells = {cell for row in range(rect.y, rect.bottom) for cell in self._cells_in_row(rect, row)}
        return sorted(cells)

    def any_in(self, rect: Rect) -> bool:
        """Return whether a pixel of `rect` is marked; quick for what is as small as a cell."""
        first, last = rect.y * self._width + rect.x, (rect.bottom - 1) * self._width + rect.x
        return any(self._mask.find(1, at, at + rect.width) >= 0 for at in range(first, last + 1, self._width))

    def _cells_in_row(self, rect: Rect, row: int) -> list[int]:
        cells = []
        begin = row * self._width
        at, end = begin + rect.x, begin + rect.right
        while (at := self._mask.find(1, at, end)) >= 0:
            column = (at - begin) // CELL_WIDTH
            cells.append(row // CELL_HEIGHT * self._grid.columns + column)
            at = begin + (column + 1) * CELL_WIDTH
        return cells
