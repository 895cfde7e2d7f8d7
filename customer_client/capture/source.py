"""What a source of screen pictures is. Pure: no display is opened here."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from protocol.picture.geometry import Rect

BYTES_PER_PIXEL = 4


@dataclass(frozen=True)
class Display:
    """One display of this computer, in physical pixels of the whole desktop (origin top left)."""

    name: str
    left: int
    top: int
    width: int
    height: int
    primary: bool
    scale_percent: int = 100
    """How much larger than life this computer draws there."""


@dataclass(frozen=True)
class Picture:
    """One picture of a display: rows of blue, green, red and an unused byte, top row first.

    `stride` is the length of a row in bytes, at least ``4 * width``. `pixels` holds at least ``stride * height``
    bytes and is never written again once the picture exists, so it may cross threads.
    """

    width: int
    height: int
    stride: int
    pixels: bytes | bytearray | memoryview


class CaptureSource(Protocol):
    """Takes pictures of the shared display. Used by one thread at a time; `displays` may be called from any."""

    def displays(self) -> tuple[Display, ...]:
        """Return the displays of this computer now; at least one, exactly one of them primary.

        Raises:
            EnvironmentFault: `display_gone` or `capture_denied`.
        """

    def shared_display(self) -> Display:
        """Return the display whose picture `grab` takes.

        Raises:
            EnvironmentFault: `display_gone` or `capture_denied`.
        """

    def grab(self) -> Picture:
        """Return what the shared display shows now. Its size follows the display's.

        Raises:
            EnvironmentFault: `display_gone` or `capture_denied`.
        """

    def close(self) -> None:
        """Let go of the display. Harmless to call again."""


@runtime_checkable
class DamageSource(CaptureSource, Protocol):
    """A source that is told what was drawn, so that nobody has to look for it.

    Used by one thread at a time; `displays` and `wake` may be called from any.
    """

    def take(self, *, everything: bool = False) -> tuple[Picture, tuple[Rect, ...]]:
        """Return the display's picture and what may have changed since the last `take`, in the picture's pixels.

        Each pixel that differs from the last taken picture's is inside one of the areas. Nothing changed gives the
        last picture itself, or one like it if nobody holds that any more, and (). The first picture, and one of a new
        size, changed everywhere.

        Args:
            everything: read the whole screen even where nothing was reported, to find what was drawn unreported.

        Raises:
            EnvironmentFault: `display_gone`; the next `take` tries to reach the display anew.
        """

    def wait_for_damage(self, timeout_s: float | None) -> bool:
        """Wait until `take` may have something new, `wake` was called, or `timeout_s` is over (None: never).

        Return whether `take` may have something new.
        """

    def wake(self) -> None:
        """End a `wait_for_damage`, or the next one if none is under way."""
