"""What a source of screen pictures is. Pure: no display is opened here."""

from dataclasses import dataclass
from typing import Protocol

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
