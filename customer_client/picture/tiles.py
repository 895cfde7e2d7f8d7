"""The screen as cells of 64 x 16 pixels: which of them changed, and rectangles made of them. One thread at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from protocol.picture.geometry import Rect

if TYPE_CHECKING:
    from customer_client.picture.comparison import Comparison

CELL_WIDTH = 64
CELL_HEIGHT = 16

Run = tuple[int, int]


class Grid:
    """Numbers the cells of a `width` x `height` screen row by row; those at the right and bottom may be cut off."""

    def __init__(self, width: int, height: int) -> None:
        self.screen = Rect(0, 0, width, height)
        self.columns = -(-width // CELL_WIDTH)
        self.bands = -(-height // CELL_HEIGHT)

    def every_cell(self) -> range:
        """Return all cells."""
        return range(self.columns * self.bands)

    def rect_of(self, cell: int) -> Rect:
        """Return the pixels of `cell`."""
        band, column = divmod(cell, self.columns)
        return self._clipped(column, band, column + 1, band + 1)

    def touching(self, rect: Rect) -> list[int]:
        """Return the cells with a pixel in `rect`, which is inside the screen."""
        first, last = rect.x // CELL_WIDTH, -(-rect.right // CELL_WIDTH)
        return self._block(first, rect.y // CELL_HEIGHT, last, -(-rect.bottom // CELL_HEIGHT))

    def within(self, rect: Rect) -> list[int]:
        """Return the cells all of whose pixels are in `rect`, which is inside the screen."""
        last = self.columns if rect.right == self.screen.right else rect.right // CELL_WIDTH
        bottom = self.bands if rect.bottom == self.screen.bottom else rect.bottom // CELL_HEIGHT
        return self._block(-(-rect.x // CELL_WIDTH), -(-rect.y // CELL_HEIGHT), last, bottom)

    def rects_of(self, cells: Collection[int], *, most_cells: int) -> list[Rect]:
        """Return rectangles that cover exactly `cells`, top first.

        Each has at most `most_cells` cells, or is one band of more.
        """
        done: list[Rect] = []
        growing: dict[Run, int] = {}
        before = -2
        for band, runs in _runs_by_band(cells, self.columns):
            following: dict[Run, int] = {}
            for run in runs:
                since = growing.pop(run, band) if band == before + 1 else band
                if (band - since + 1) * (run[1] - run[0]) > most_cells and band > since:
                    done.append(self._clipped(run[0], since, run[1], band))
                    since = band
                following[run] = since
            done += [self._clipped(first, since, last, before + 1) for (first, last), since in growing.items()]
            growing, before = following, band
        done += [self._clipped(first, since, last, before + 1) for (first, last), since in growing.items()]
        return done

    def clusters(self, cells: Collection[int]) -> list[set[int]]:
        """Return `cells` grouped into those that touch each other, also at corners; the largest group first."""
        groups: list[set[int]] = []
        above: list[tuple[Run, set[int]]] = []
        before = -2
        for band, runs in _runs_by_band(cells, self.columns):
            if band != before + 1:
                above = []
            row: list[tuple[Run, set[int]]] = []
            for first, last in runs:
                own = set(range(band * self.columns + first, band * self.columns + last))
                groups.append(own)
                for (other_first, other_last), group in [*above, *row]:
                    if group is not own and other_first <= last and first <= other_last:
                        group |= own
                        groups = [kept for kept in groups if kept is not own]
                        above = [(run, group if held is own else held) for run, held in above]
                        row = [(run, group if held is own else held) for run, held in row]
                        own = group
                row.append(((first, last), own))
            above, before = row, band
        return sorted(groups, key=len, reverse=True)

    def bounds_of(self, cells: Collection[int]) -> Rect:
        """Return the smallest rectangle around `cells`, of which there is at least one."""
        columns = [cell % self.columns for cell in cells]
        return self._clipped(min(columns), min(cells) // self.columns, max(columns) + 1, max(cells) // self.columns + 1)

    def _block(self, first: int, top: int, last: int, bottom: int) -> list[int]:
        across = self.columns
        return [cell for band in range(top, bottom) for cell in range(band * across + first, band * across + last)]

    def _clipped(self, first: int, top: int, last: int, bottom: int) -> Rect:
        left, upper = first * CELL_WIDTH, top * CELL_HEIGHT
        right, lower = min(last * CELL_WIDTH, self.screen.right), min(bottom * CELL_HEIGHT, self.screen.bottom)
        return Rect(left, upper, right - left, lower - upper)


def changed_cells(comparison: Comparison, grid: Grid, regions: Iterable[Rect]) -> set[int]:
    """Return the cells that differ from what the viewer shows, among those `regions` touch."""
    spans = _spans(grid, regions)
    if comparison.native:
        return comparison.native.changed_cells(spans)
    changed: set[int] = set()
    for band, (left, right) in sorted(spans.items()):
        top = band * CELL_HEIGHT
        bottom = min(top + CELL_HEIGHT, comparison.height)
        if (right - left) * 2 > comparison.width and comparison.same_rows(top, bottom):
            continue
        columns = comparison.changed_columns(
            range(top, bottom), left // CELL_WIDTH, -(-right // CELL_WIDTH), CELL_WIDTH
        )
        changed.update(band * grid.columns + column for column in columns)
    return changed


def _spans(grid: Grid, regions: Iterable[Rect]) -> dict[int, Run]:
    """Return for each band the columns of pixels to look at."""
    spans: dict[int, Run] = {}
    for region in regions:
        visible = region.overlap(grid.screen)
        if visible is None:
            continue
        for band in range(visible.y // CELL_HEIGHT, (visible.bottom - 1) // CELL_HEIGHT + 1):
            left, right = spans.get(band, (visible.x, visible.right))
            spans[band] = (min(left, visible.x), max(right, visible.right))
    return spans


def _runs_by_band(cells: Collection[int], columns: int) -> list[tuple[int, list[Run]]]:
    """Return for each band with cells the ranges of columns [first, last) they fill, both in order."""
    if not cells:
        return []
    first_band, last_band = min(cells) // columns, max(cells) // columns
    offset = first_band * columns
    # Searching bytes is several times faster than sorting numbers.
    flags = bytearray((last_band - first_band + 1) * columns)
    for cell in cells:
        flags[cell - offset] = 1
    bands = []
    for begin in range(0, len(flags), columns):
        runs = []
        at, end = begin, begin + columns
        while (first := flags.find(1, at, end)) >= 0:
            last = flags.find(0, first, end)
            at = end if last < 0 else last
            runs.append((first - begin, at - begin))
        if runs:
            bands.append((first_band + begin // columns, runs))
    return bands
