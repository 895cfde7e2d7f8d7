"""Which part of the desktop is shared: one display, or several as one picture. Pure."""

from collections.abc import Callable
from typing import Protocol

from customer_client.capture.source import CaptureSource, Display
from protocol.picture.geometry import Rect, bounds

PRIMARY: frozenset[str] = frozenset()
"""Whatever display is the primary one."""


class SharingSource(CaptureSource, Protocol):
    """A source that can be told what to share. Both methods may be called from any thread."""

    def share(self, names: frozenset[str]) -> None:
        """Share the displays with these names from now on; when none of them is there, the primary one."""

    def listen(self, displays_changed: Callable[[], None] | None) -> None:
        """Call this, on the capture thread, after displays or what is shared of them have changed."""


def shared_of(displays: tuple[Display, ...], names: frozenset[str]) -> Display:
    """Return the display called so, the smallest rectangle that holds several, or the primary one."""
    chosen = chosen_of(displays, names)
    if len(chosen) == 1:
        return chosen[0]
    around = bounds(Rect(each.left, each.top, each.width, each.height) for each in chosen)
    return Display(f"{len(chosen)} displays", around.x, around.y, around.width, around.height, primary=False)


def chosen_of(displays: tuple[Display, ...], names: frozenset[str]) -> tuple[Display, ...]:
    """Return the displays that are shared; never none."""
    chosen = tuple(display for display in displays if display.name in names)
    return chosen or tuple(display for display in displays if display.primary)


def gaps_of(displays: tuple[Display, ...], names: frozenset[str]) -> tuple[Rect, ...]:
    """Return what of the shared rectangle lies on no shared display, in the picture's pixels.

    Nobody sees it there: what a desktop has outside of its displays, and displays that are not shared.
    """
    shared = shared_of(displays, names)
    free = [Rect(0, 0, shared.width, shared.height)]
    for display in chosen_of(displays, names):
        covered = Rect(display.left - shared.left, display.top - shared.top, display.width, display.height)
        free = [part for area in free for part in area.without(covered)]
    return tuple(free)


def blacken(pixels: bytearray | memoryview, stride: int, gaps: tuple[Rect, ...]) -> None:
    """Overwrite the pixels (4 bytes each) of `gaps` with black."""
    for gap in gaps:
        black = bytes(gap.width * 4)
        for row in range(gap.y, gap.bottom):
            begin = row * stride + gap.x * 4
            pixels[begin : begin + len(black)] = black
