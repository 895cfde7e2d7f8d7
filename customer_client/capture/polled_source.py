"""Pictures of the shared displays where nothing tells what was drawn: whoever wants to know compares them."""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from customer_client.capture.display_changes import DisplayChanges
from customer_client.capture.faults import display_gone
from customer_client.capture.sharing import PRIMARY, blacken, gaps_of, shared_of
from customer_client.capture.source import BYTES_PER_PIXEL, Display, Picture
from customer_client.redaction.cover import Cover, NothingHidden, in_picture
from customer_client.redaction.painting import paint
from protocol.picture.geometry import Rect


class Screen(Protocol):
    """An open desktop. Used under the source's lock."""

    def read(self, area: Rect) -> bytearray:
        """Return the pixels of `area` of the desktop, blue, green, red and an unused byte, rows without gaps.

        Raises:
            OSError: it cannot be read so any more; opened anew, it may be.
            EnvironmentFault: it cannot be read now, and opening it anew would not help.
        """

    def close(self) -> None:
        """Let go of the desktop."""


Opener = Callable[[], tuple[Screen, tuple[Display, ...]]]
"""Opens the desktop and lists its displays. Raises EnvironmentFault `display_gone` or `capture_denied`."""


class PolledSource:
    """A `SharingSource`, at first for the primary display.

    Args:
        open_screen: opens the desktop, now and whenever displays may have changed.
        changes: says when that is.
        cover: what is painted over in every picture before anybody gets it.
        clock: monotonic seconds.

    Raises:
        EnvironmentFault: as `open_screen`.
    """

    def __init__(
        self,
        open_screen: Opener,
        changes: Callable[[], DisplayChanges],
        *,
        cover: Cover | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_screen = open_screen
        self._cover = cover or NothingHidden()
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self._names = PRIMARY
        self._displays_changed: Callable[[], None] | None = None
        self._screen, self._displays = open_screen()
        self._changes = changes()

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
            EnvironmentFault: `display_gone` when it fails twice in a row, the second time freshly opened; or what the
                screen raised.
        """
        before = self._displays
        picture = self._grab_followed()
        if self._displays != before and self._displays_changed is not None:
            self._displays_changed()
        return picture

    def close(self) -> None:
        """Let go of the desktop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._screen.close()
                self._changes.close()

    def _grab_followed(self) -> Picture:
        with self._lock:
            if self._closed:
                raise display_gone("the source is closed")
            if self._changes.happened(self._clock()):
                self._reopen()
            try:
                return self._grab_now()
            except OSError:
                # The screen may have shrunk between the check and the grab: look again once.
                self._reopen()
            try:
                return self._grab_now()
            except OSError as cause:
                raise display_gone(str(cause)) from cause

    def _grab_now(self) -> Picture:
        shared = shared_of(self._displays, self._names)
        area = Rect(shared.left, shared.top, shared.width, shared.height)
        began = self._cover.now()
        pixels, stride = self._screen.read(area), area.width * BYTES_PER_PIXEL
        blacken(pixels, stride, gaps_of(self._displays, self._names))
        paint(pixels, stride, in_picture(self._cover.since(began), area))
        return Picture(area.width, area.height, stride, pixels)

    def _reopen(self) -> None:
        screen, displays = self._open_screen()
        self._screen.close()
        self._screen, self._displays = screen, displays
