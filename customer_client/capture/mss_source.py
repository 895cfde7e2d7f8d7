"""Pictures of the shared displays through mss: MIT-SHM on X11, Quartz on macOS.

The X server copies the screen into shared memory: about 1 ms for 1080p, and 0.2 ms more to draw the pointer in.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import mss
from mss.exception import ScreenShotError

from customer_client.capture.display_changes import watch_displays
from customer_client.capture.faults import display_gone
from customer_client.capture.polled_source import PolledSource, Screen
from customer_client.capture.source import Display
from customer_client.redaction.cover import Cover
from protocol.picture.geometry import Rect


class MssScreen:
    """A `Screen` that mss reads."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def read(self, area: Rect) -> bytearray:
        """Return the pixels of `area`.

        Raises:
            OSError: mss could not read it, or read less than `area`.
        """
        try:
            shot = self._opened.grab({"left": area.x, "top": area.y, "width": area.width, "height": area.height})
        except ScreenShotError as cause:
            raise OSError(str(cause)) from cause
        if (shot.width, shot.height) != (area.width, area.height):
            raise OSError(f"asked for {area.width} x {area.height} pixels, got {shot.width} x {shot.height}")
        pixels: bytearray = shot.raw
        return pixels

    def close(self) -> None:
        """Close the connection to the display."""
        self._opened.close()


class MssSource(PolledSource):
    """A `SharingSource`, at first for the primary display.

    Args:
        display_name: the X display, such as ":0"; None is the one of the environment.
        with_pointer: draw the pointer into the picture, where the system gives it (X11).
        cover: what is painted over in every picture before anybody gets it.
        clock: monotonic seconds.

    Raises:
        EnvironmentFault: `display_gone` if no display can be opened.
    """

    def __init__(
        self,
        display_name: str | None = None,
        *,
        with_pointer: bool = True,
        cover: Cover | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._display_name = display_name
        self._with_pointer = with_pointer
        super().__init__(self._open, lambda: watch_displays(display_name), cover=cover, clock=clock)

    def _open(self) -> tuple[Screen, tuple[Display, ...]]:
        options: dict[str, Any] = {}
        if sys.platform.startswith("linux"):
            options = {"display": self._display_name, "with_cursor": self._with_pointer}
        try:
            screen = mss.MSS(**options)
            return MssScreen(screen), _listed(screen.monitors)
        except (ScreenShotError, OSError) as cause:
            raise display_gone(str(cause)) from cause


def _listed(monitors: list[dict[str, Any]]) -> tuple[Display, ...]:
    """Turn mss's list (the whole desktop first, then each monitor) into displays, one of them primary."""
    own = monitors[1:] or monitors[:1]
    marked = next((index for index, monitor in enumerate(own) if monitor.get("is_primary")), 0)
    return tuple(
        Display(
            name=str(monitor.get("name") or monitor.get("output") or f"Display {index + 1}"),
            left=monitor["left"],
            top=monitor["top"],
            width=monitor["width"],
            height=monitor["height"],
            primary=index == marked,
        )
        for index, monitor in enumerate(own)
    )
