"""Small pictures of the displays for the technician to choose from. Blocks for some 10 ms a display: not for a loop."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
from av.video.reformatter import Interpolation

from customer_client.capture.faults import display_gone
from customer_client.capture.source import BYTES_PER_PIXEL, Display, Picture
from customer_client.redaction.cover import Cover, in_picture
from customer_client.redaction.painting import paint
from protocol.messages.displays import MAX_THUMBNAIL_BYTES, MAX_THUMBNAIL_SIDE
from protocol.picture.geometry import Rect
from protocol.picture.pixels import put_rows

_BYTES = 3


@dataclass(frozen=True)
class Thumbnail:
    """A small picture: rows of red, green, blue without gaps, top first."""

    width: int
    height: int
    pixels: bytes


def thumbnails(
    displays: tuple[Display, ...],
    display_name: str | None = None,
    *,
    cover: Cover,
    seen: Callable[[], Picture] | None = None,
) -> dict[str, Thumbnail]:
    """Return a picture of at most 128 pixels a side and 16 KiB for each display, by its name.

    Args:
        displays: what to look at.
        display_name: the X display, such as ":0"; None is the one of the environment.
        cover: what is painted over before anything is made smaller.
        seen: returns the picture, painted over, of the one display, where no other program's window may be read.

    Raises:
        EnvironmentFault: `display_gone`.
    """
    if seen is not None:
        picture = seen()
        return {
            display.name: _small(picture.width, picture.height, picture.stride, picture.pixels) for display in displays
        }
    # Few technicians ask for them; mss would take more than 1 MiB of memory in every session.
    import mss
    from mss.exception import ScreenShotError

    options: dict[str, Any] = {"display": display_name} if sys.platform.startswith("linux") else {}
    try:
        with mss.MSS(**options) as screen:
            return {display.name: _thumbnail(screen, display, cover) for display in displays}
    except (ScreenShotError, OSError, av.FFmpegError) as cause:
        raise display_gone(str(cause)) from cause


def thumbnail_size(width: int, height: int) -> tuple[int, int]:
    """Return the size, of about the same shape, that fits the limits."""
    shrink = min(
        1.0, MAX_THUMBNAIL_SIDE / max(width, height), math.sqrt(MAX_THUMBNAIL_BYTES / _BYTES / (width * height))
    )
    return max(1, int(width * shrink)), max(1, int(height * shrink))


def _thumbnail(screen: Any, display: Display, cover: Cover) -> Thumbnail:
    area = {"left": display.left, "top": display.top, "width": display.width, "height": display.height}
    began = cover.now()
    shot = screen.grab(area)
    taken = Rect(display.left, display.top, shot.width, shot.height)
    paint(shot.raw, shot.width * BYTES_PER_PIXEL, in_picture(cover.since(began), taken))
    return _small(shot.width, shot.height, shot.width * BYTES_PER_PIXEL, shot.raw)


def _small(full_width: int, full_height: int, stride: int, pixels: bytes | bytearray | memoryview) -> Thumbnail:
    frame = av.VideoFrame(full_width, full_height, "bgr0")
    plane: Any = frame.planes[0]
    put_rows(memoryview(plane), plane.line_size, Rect(0, 0, full_width, full_height), memoryview(pixels), stride)
    width, height = thumbnail_size(full_width, full_height)
    small: Any = frame.reformat(width=width, height=height, format="rgb24", interpolation=Interpolation.AREA)
    rows, stride = bytes(small.planes[0]), small.planes[0].line_size
    return Thumbnail(
        width, height, b"".join(rows[row * stride : row * stride + width * _BYTES] for row in range(height))
    )
