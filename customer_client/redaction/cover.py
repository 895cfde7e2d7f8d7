"""What of the desktop must be painted over, as those who take pictures of it ask. Pure."""

from typing import Protocol

from protocol.picture.geometry import Rect


class Cover(Protocol):
    """Asked around each reading of the screen. Any thread. Places are pixels of the whole desktop.

    Whoever reads takes `now` first, then the pixels, then `since` with that moment, and paints all of it over before
    anybody else sees the picture.
    """

    def now(self) -> float:
        """Return the moment (s) to begin to read at."""

    def known(self) -> tuple[Rect, ...]:
        """Return what is to be painted over as far as is known without asking the desktop."""

    def since(self, began: float) -> tuple[Rect, ...]:
        """Ask the desktop; return every place at which something hidden was at any time since `began`, or just before.

        Raises:
            EnvironmentFault: `display_gone`: nobody knows, so the picture must not be used.
        """

    def settles_in_s(self) -> float | None:
        """Return after how many seconds `known` has less in it by time alone; None for never."""


class NothingHidden:
    """The cover that hides nothing: for looking whether capture works, and for measuring what hiding costs."""

    def now(self) -> float:
        """Return any moment."""
        return 0.0

    def known(self) -> tuple[Rect, ...]:
        """Return nothing."""
        return ()

    def since(self, began: float) -> tuple[Rect, ...]:
        """Return nothing."""
        return ()

    def settles_in_s(self) -> float | None:
        """Return None."""
        return None


def in_picture(areas: tuple[Rect, ...], picture: Rect) -> tuple[Rect, ...]:
    """Return the parts of `areas` that lie in the part `picture` of the desktop, in the picture's own pixels."""
    parts = (area.overlap(picture) for area in areas)
    return tuple(dict.fromkeys(part.moved(-picture.x, -picture.y) for part in parts if part is not None))
