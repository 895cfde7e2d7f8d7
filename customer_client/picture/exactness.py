"""Which cells the viewer does not show exactly yet, and since when they rest. Pure; time is passed in."""

from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect
from protocol.picture.updates import Copy

REST_MS = 300
"""Approximate pixels that did not change for this long are replaced by the exact ones."""


class Exactness:
    """Per cell: never sent in this epoch, to be looked at again, approximate, or exact."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.unsent: set[int] = set(grid.every_cell())
        """Cells of which the viewer has nothing that counts."""
        self.owed: set[int] = set()
        """Cells that changed but found no room; to be compared again."""
        self._approximate: dict[int, int] = {}

    def became_approximate(self, rect: Rect, now_ms: int) -> None:
        """Note that `rect` was sent as a photo or video at `now_ms`."""
        for cell in self._grid.touching(rect):
            self._approximate.pop(cell, None)
            # Reinserted: the dictionary stays in the order of time.
            self._approximate[cell] = now_ms
        self._sent(rect)

    def owe(self, rect: Rect) -> None:
        """Note that `rect` found no room."""
        self.owed.update(self._grid.touching(rect))

    def became_exact(self, rect: Rect) -> None:
        """Note that the exact pixels of `rect` were sent."""
        for cell in self._sent(rect):
            self._approximate.pop(cell, None)

    def copied(self, copy: Copy, now_ms: int) -> None:
        """Note that approximate pixels may have moved."""
        target = copy.target
        blurred = [
            self._grid.rect_of(cell).overlap(copy.source)
            for cell in self._grid.touching(copy.source)
            if cell in self._approximate
        ]
        self.became_exact(target)
        for part in blurred:
            if part is not None:
                self.became_approximate(part.moved(copy.x - copy.source.x, copy.y - copy.source.y), now_ms)

    def at_rest(self, now_ms: int) -> list[int]:
        """Return the approximate cells that rest, the longest resting first."""
        resting = []
        for cell, since in self._approximate.items():
            if now_ms - since < REST_MS:
                break
            resting.append(cell)
        return resting

    def anything_due(self, now_ms: int) -> bool:
        """Return whether there is something to send although the screen does not change."""
        if self.unsent or self.owed:
            return True
        first = next(iter(self._approximate.values()), None)
        return first is not None and now_ms - first >= REST_MS

    def _sent(self, rect: Rect) -> list[int]:
        whole = self._grid.within(rect)
        self.unsent.difference_update(whole)
        return whole
