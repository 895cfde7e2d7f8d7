"""Rectangles of pixels, origin top left. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    """`width` x `height` pixels whose top left one is at (`x`, `y`)."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column right of it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height

    @property
    def area(self) -> int:
        """How many pixels it has."""
        return self.width * self.height

    def contains(self, other: "Rect") -> bool:
        """Return whether every pixel of `other` is in this one."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def overlap(self, other: "Rect") -> "Rect | None":
        """Return the pixels in both; None when there are none."""
        return between(
            max(self.x, other.x), max(self.y, other.y), min(self.right, other.right), min(self.bottom, other.bottom)
        )

    def moved(self, dx: int, dy: int) -> "Rect":
        """Return the same size, `dx` further right and `dy` further down."""
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

    def without(self, hole: "Rect") -> "tuple[Rect, ...]":
        """Return what is left when `hole` is cut out: at most four rectangles that do not overlap."""
        cut = self.overlap(hole)
        if cut is None:
            return (self,)
        parts = (
            between(self.x, self.y, self.right, cut.y),
            between(self.x, cut.y, cut.x, cut.bottom),
            between(cut.right, cut.y, self.right, cut.bottom),
            between(self.x, cut.bottom, self.right, self.bottom),
        )
        return tuple(part for part in parts if part is not None)


def between(left: int, top: int, right: int, bottom: int) -> Rect | None:
    """Return the rectangle from (`left`, `top`) up to, not including, (`right`, `bottom`); None when it is empty."""
    if right <= left or bottom <= top:
        return None
    return Rect(left, top, right - left, bottom - top)


def bounds(rects: Iterable[Rect]) -> Rect:
    """Return the smallest rectangle around all `rects`, of which there is at least one."""
    every = tuple(rects)
    left, top = min(rect.x for rect in every), min(rect.y for rect in every)
    right, bottom = max(rect.right for rect in every), max(rect.bottom for rect in every)
    return Rect(left, top, right - left, bottom - top)
