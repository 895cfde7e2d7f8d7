"""Which pixels the viewer does not show exactly yet, and since when they rest. Pure; time is passed in."""

from customer_client.picture.marks import Marks
from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary
from protocol.picture.updates import Copy

REST_MS = 300
"""Approximate pixels that did not change for this long are replaced by the exact ones..."""

LONG_REST_MS = 3000
"""...or for this long while something else moves: what a dragged window uncovers is often covered again soon."""


class Exactness:
    """Per cell: never sent in this epoch, to be looked at again, approximate, or exact."""

    def __init__(self, grid: Grid, *, library: PixelLibrary | None = LIBRARY) -> None:
        self._grid = grid
        self.unsent: set[int] = set(grid.every_cell())
        """Cells of which the viewer has nothing that counts."""
        self.owed: set[int] = set()
        """Cells that changed but found no room; to be compared again."""
        self._blurred = Marks(grid, library=library)
        self._approximate: dict[int, int] = {}
        """Cells that may have blurred pixels, and since when they rest, in the order of that."""
        self._moved_ms: int | None = None

    @property
    def missing_share(self) -> float:
        """Which share of the screen the viewer lacks (0..1): never sent, or changed and not sent since."""
        return len(self.unsent | self.owed) / len(self._grid.every_cell())

    def became_approximate(self, rect: Rect, now_ms: int) -> None:
        """Note that `rect` was sent as a photo or video at `now_ms`."""
        self._blurred.fill(rect, marked=True)
        self._rest_from(now_ms, self._grid.touching(rect))
        self._sent(rect)

    def owe(self, rect: Rect) -> None:
        """Note that `rect` found no room."""
        self.owed.update(self._grid.touching(rect))

    def became_exact(self, rect: Rect) -> None:
        """Note that the exact pixels of `rect` were sent."""
        if self._approximate:
            self._blurred.fill(rect, marked=False)
            for cell in self._grid.within(rect):
                self._approximate.pop(cell, None)
        self._sent(rect)

    def copied(self, copy: Copy, now_ms: int) -> None:
        """Note that approximate pixels may have moved."""
        self._moved_ms = now_ms
        if self._approximate:
            self._blurred.move(copy)
            for cell in self._grid.within(copy.target):
                self._approximate.pop(cell, None)
            self._rest_from(now_ms, self._blurred.cells_in(copy.target))
        self._sent(copy.target)

    def at_rest(self, now_ms: int, most: int) -> list[int]:
        """Return up to `most` of the approximate cells that rest, the longest resting first."""
        resting: list[int] = []
        for cell, since in tuple(self._approximate.items()):
            if len(resting) == most or now_ms - since < self._rest_ms(now_ms):
                break
            if self._blurred.any_in(self._grid.rect_of(cell)):
                resting.append(cell)
            else:
                del self._approximate[cell]
        return resting

    def anything_due(self, now_ms: int) -> bool:
        """Return whether there is something to send although the screen does not change."""
        if self.unsent or self.owed:
            return True
        first = next(iter(self._approximate.values()), None)
        return first is not None and now_ms - first >= self._rest_ms(now_ms)

    def _rest_ms(self, now_ms: int) -> int:
        moving = self._moved_ms is not None and now_ms - self._moved_ms < REST_MS
        return LONG_REST_MS if moving else REST_MS

    def _rest_from(self, now_ms: int, cells: list[int]) -> None:
        for cell in cells:
            # Taken out first: the dictionary stays in the order of time.
            self._approximate.pop(cell, None)
            self._approximate[cell] = now_ms

    def _sent(self, rect: Rect) -> None:
        if self.unsent:
            self.unsent.difference_update(self._grid.within(rect))
