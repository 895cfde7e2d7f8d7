"""Pictures of the shared displays through mss: MIT-SHM on X11, GDI on Windows, Quartz on macOS.

The X server copies the screen into shared memory: about 1 ms for 1080p, and 0.2 ms more to draw the pointer in.
"""

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import mss
from mss.exception import ScreenShotError

from customer_client.capture.display_changes import watch_displays
from customer_client.capture.faults import display_gone
from customer_client.capture.sharing import PRIMARY, blacken, gaps_of, shared_of
from customer_client.capture.source import BYTES_PER_PIXEL, Display, Picture
from customer_client.redaction.cover import Cover, NothingHidden, in_picture
from customer_client.redaction.painting import paint
from protocol.picture.geometry import Rect


class MssSource:
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
        self._cover = cover or NothingHidden()
        self._with_pointer = with_pointer
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self._names = PRIMARY
        self._displays_changed: Callable[[], None] | None = None
        self._screen, self._displays = self._open()
        self._changes = watch_displays(display_name)

    def displays(self) -> tuple[Display, ...]:
        """Return the displays as of the last grab."""
        with self._lock:
            return self._displays

    def shared_display(self) -> Display:
        """Return what is shared."""
        with self._lock:
            return shared_of(self._displays, self._names)

    def share(self, names: frozenset[str]) -> None:
        """Share the displays with these names from the next `grab` on."""
        with self._lock:
            self._names = names
        if self._displays_changed is not None:
            self._displays_changed()

    def listen(self, displays_changed: Callable[[], None] | None) -> None:
        """Call this after displays or what is shared of them have changed, on the thread that found out."""
        self._displays_changed = displays_changed

    def grab(self) -> Picture:
        """Return the picture of what is shared, after following a change of resolution.

        Raises:
            EnvironmentFault: `display_gone` when it fails twice in a row, the second time freshly opened.
        """
        before = self._displays
        picture = self._grab_followed()
        if self._displays != before and self._displays_changed is not None:
            self._displays_changed()
        return picture

    def _grab_followed(self) -> Picture:
        with self._lock:
            if self._closed:
                raise display_gone("the source is closed")
            if self._changes.happened(self._clock()):
                self._reopen()
            try:
                return self._grab_now()
            except (ScreenShotError, OSError):
                # The screen may have shrunk between the check and the grab: look again once.
                self._reopen()
            try:
                return self._grab_now()
            except (ScreenShotError, OSError) as cause:
                raise display_gone(str(cause)) from cause

    def close(self) -> None:
        """Close the connection to the display."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._screen.close()
                self._changes.close()

    def _grab_now(self) -> Picture:
        shared = shared_of(self._displays, self._names)
        area = {"left": shared.left, "top": shared.top, "width": shared.width, "height": shared.height}
        began = self._cover.now()
        shot = self._screen.grab(area)
        pixels, stride = shot.raw, shot.width * BYTES_PER_PIXEL
        blacken(pixels, stride, gaps_of(self._displays, self._names))
        taken = Rect(shared.left, shared.top, shot.width, shot.height)
        paint(pixels, stride, in_picture(self._cover.since(began), taken))
        return Picture(shot.width, shot.height, stride, pixels)

    def _open(self) -> tuple[Any, tuple[Display, ...]]:
        options: dict[str, Any] = {}
        if sys.platform.startswith("linux"):
            options = {"display": self._display_name, "with_cursor": self._with_pointer}
        try:
            screen = mss.MSS(**options)
            return screen, _listed(screen.monitors)
        except (ScreenShotError, OSError) as cause:
            raise display_gone(str(cause)) from cause

    def _reopen(self) -> None:
        screen, displays = self._open()
        self._screen.close()
        self._screen, self._displays = screen, displays


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
