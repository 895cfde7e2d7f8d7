"""Pictures of the display the person chose in the system's own dialog, on Wayland.

The compositor sends a picture whenever something is drawn. A thread of its own reads each, so that the newest is never
older than what is on the screen, and keeps only that one.
"""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from customer_client.capture.change import changed_areas, same_layout
from customer_client.capture.faults import display_gone
from customer_client.capture.source import Display, Picture
from customer_client.portal.gstreamer import FIRST_PICTURE_WITHIN_S, FramePipe
from customer_client.portal.screen import PortalScreen
from customer_client.redaction.cover import Cover, NothingHidden, in_picture
from customer_client.redaction.painting import paint
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

_PAUSE_BEFORE_REOPENING_S = 0.2

_log = logging.getLogger(__name__)


class _Pipe(Protocol):
    def read(self) -> Picture | None: ...
    def close(self) -> None: ...
    def discard(self) -> None: ...


def open_frame_pipe(screen: PortalScreen) -> FramePipe:
    """Return what reads the pictures of `screen`'s stream.

    Raises:
        EnvironmentFault: `display_gone`, `portal_refused` or `no_gstreamer`.
    """
    return FramePipe(screen.open_pipewire(), screen.stream.node)


class PortalSource:
    """A `SharingSource` and `DamageSource` of the one display that `screen` shares. It does not close `screen`.

    Args:
        screen: has been asked, with a yes.
        cover: what is painted over in every picture before anybody gets it.
        open_pipe: begins to read; called again when the display changes its size.
    """

    def __init__(
        self,
        screen: PortalScreen,
        *,
        cover: Cover | None = None,
        open_pipe: Callable[[PortalScreen], _Pipe] = open_frame_pipe,
    ) -> None:
        self._screen = screen
        self._cover = cover or NothingHidden()
        self._open_pipe = open_pipe
        self._state = threading.Condition()
        self._newest: Picture | None = None
        self._place = screen.stream.place
        self._display: Display | None = None
        self._shown: Picture | None = None
        self._stale = True
        self._woken = False
        self._closed = False
        self._displays_changed: Callable[[], None] | None = None
        self._pipe: _Pipe | None = None
        self._thread = threading.Thread(target=self._read_forever, name="portal-source", daemon=True)
        self._thread.start()

    def displays(self) -> tuple[Display, ...]:
        """Return the one display there is for us, as it was last when the sharing is over.

        Raises:
            EnvironmentFault: `display_gone`, there never was a picture.
        """
        if self._display is None:
            self._wait_for_picture()
        assert self._display is not None  # known together with the first picture
        return (self._display,)

    def shared_display(self) -> Display:
        """Return that display."""
        return self.displays()[0]

    def share(self, names: frozenset[str]) -> None:
        """Change nothing: what is shared was chosen in the system's dialog."""

    def listen(self, displays_changed: Callable[[], None] | None) -> None:
        """Call this, on the capture thread, after the display has changed its size."""
        self._displays_changed = displays_changed

    def grab(self) -> Picture:
        """Return what the display shows now. Any thread; `take` does not notice.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        return self._covered(self._wait_for_picture())

    def take(self, *, everything: bool = False) -> tuple[Picture, tuple[Rect, ...]]:
        """Return the picture and what has changed in it since the last call. `everything` needs no other way here.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        covered = self._covered(self._wait_for_picture(taking=True))
        shown = self._shown
        if shown is None or not same_layout(shown, covered):
            self._shown = covered
            if shown is not None and self._displays_changed is not None:
                self._displays_changed()
            return covered, (Rect(0, 0, covered.width, covered.height),)
        changed = () if covered is shown else changed_areas(shown, covered)
        self._shown = covered if changed else shown
        return self._shown, changed

    def wait_for_damage(self, timeout_s: float | None) -> bool:
        """Wait for a new picture, `wake`, or the time to be over; return whether there is one."""
        with self._state:
            self._state.wait_for(lambda: self._stale or self._woken or self._closed, timeout_s)
            self._woken = False
            return self._stale

    def wake(self) -> None:
        """End the waiting."""
        with self._state:
            self._woken = True
            self._state.notify_all()

    def close(self) -> None:
        """End the reading. Harmless to call again."""
        with self._state:
            self._closed = True
            self._newest = None
            pipe = self._pipe
            self._state.notify_all()
        if pipe is not None:
            pipe.close()
        self._thread.join()

    def _wait_for_picture(self, *, taking: bool = False) -> Picture:
        with self._state:
            self._state.wait_for(
                lambda: self._newest is not None or self._closed or not self._screen.alive, FIRST_PICTURE_WITHIN_S
            )
            if self._newest is None or not self._screen.alive:
                raise display_gone("no picture from the portal")
            self._stale = self._stale and not taking
            return self._newest

    def _covered(self, picture: Picture) -> Picture:
        """Return `picture` with what is hidden painted over, in a copy if there is anything."""
        taken = Rect(*self._place, picture.width, picture.height)
        hidden = in_picture(self._cover.since(self._cover.now()), taken)
        if not hidden:
            return picture
        pixels = bytearray(picture.pixels)
        paint(pixels, picture.stride, hidden)
        return Picture(picture.width, picture.height, picture.stride, pixels)

    def _read_forever(self) -> None:
        """Runs on the source's own thread."""
        while not self._over():
            try:
                pipe = self._open_pipe(self._screen)
            except EnvironmentFault as fault:
                _log.warning("capture: the portal's stream cannot be read: %s (%s)", fault, fault.code)
            else:
                self._read_from(pipe)
            with self._state:
                self._state.wait_for(lambda: self._closed, _PAUSE_BEFORE_REOPENING_S)
        with self._state:
            self._newest = None
            self._stale = True
            self._state.notify_all()

    def _read_from(self, pipe: _Pipe) -> None:
        with self._state:
            self._pipe = None if self._closed else pipe
        try:
            while not self._over() and (picture := pipe.read()) is not None:
                with self._state:
                    self._newest = picture
                    self._display = Display("Display 1", *self._place, picture.width, picture.height, primary=True)
                    self._stale = True
                    self._state.notify_all()
        finally:
            pipe.close()
            with self._state:
                self._pipe = None
            pipe.discard()

    def _over(self) -> bool:
        return self._closed or not self._screen.alive
