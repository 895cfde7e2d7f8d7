"""The pointer's shape and place, told beside the picture, so that it need not wait for the picture. Pure."""

from dataclasses import dataclass
from typing import Protocol

LONGEST_SIDE = 128
"""Pixels; larger pointers are scaled down."""

BYTES_PER_CURSOR_PIXEL = 4
_SERIAL_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class CursorShape:
    """What the pointer looks like: 1..128 by 1..128 pixels, at most 64 KiB.

    `argb` holds rows without gaps, top first, of blue, green, red and opacity, one byte each, the colours already
    multiplied by the opacity (Qt calls this ARGB32_Premultiplied). The pixel at (`hot_x`, `hot_y`) is the one that
    points. Equal `serial` means equal shape within one session.
    """

    serial: int
    width: int
    height: int
    hot_x: int
    hot_y: int
    argb: bytes


@dataclass(frozen=True)
class CursorMoved:
    """Where the pointer points: pixels of the shared display, origin top left; not `visible` on another display."""

    x: int
    y: int
    visible: bool


class CursorWatcher(Protocol):
    """Tells shape and place of the pointer on a thread of its own; created paused."""

    def pause(self) -> None:
        """Look no more for now."""

    def resume(self) -> None:
        """Look again, and tell shape and place anew."""

    def stop(self) -> None:
        """Stop for good."""


def shape_within_limits(serial: int, width: int, height: int, hot_x: int, hot_y: int, argb: bytes) -> CursorShape:
    """Return the shape scaled down by a whole number until it fits 128 x 128, its hot spot inside it.

    A shape without pixels becomes one transparent pixel.
    """
    if width <= 0 or height <= 0 or len(argb) < width * height * BYTES_PER_CURSOR_PIXEL:
        return CursorShape(serial & _SERIAL_MASK, 1, 1, 0, 0, bytes(BYTES_PER_CURSOR_PIXEL))
    step = -(-max(width, height) // LONGEST_SIDE)
    pixels = memoryview(argb).cast("I")
    rows = [pixels[row * width : (row + 1) * width : step].tobytes() for row in range(0, height, step)]
    small_width, small_height = len(range(0, width, step)), len(rows)
    return CursorShape(
        serial=serial & _SERIAL_MASK,
        width=small_width,
        height=small_height,
        hot_x=min(hot_x // step, small_width - 1),
        hot_y=min(hot_y // step, small_height - 1),
        argb=b"".join(rows),
    )
