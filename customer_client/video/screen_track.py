"""The video track of the customer's screen. Lives on the network thread; pictures come from the capture thread."""

import asyncio
import time
from collections.abc import Callable

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from customer_client.capture.grabber import CapturedPicture, ScreenGrabber
from customer_client.video.screen_encoder import CLOCK_HZ
from customer_client.video.screen_token import ScreenToken, StreamState, token_for
from customer_client.video.statistics import VideoStatistics

REPEATS_AFTER_S = (0.1, 0.2, 0.35, 0.5)
"""A still picture is sent again this long after its change: it gets sharper, and a lost last packet is noticed."""

REPEAT_EVERY_S = 2.0
"""After that, this often: a few dozen bytes that show the receiver what it may have missed."""


class ScreenTrack(MediaStreamTrack):  # type: ignore[misc, unused-ignore]
    """Hands aiortc a token for the newest changed picture, and repeats of a still one; nothing while paused.

    Must be created on the running loop. Takes the grabber's listener; starting and stopping the grabber is left to
    its owner.
    """

    kind = "video"

    def __init__(self, grabber: ScreenGrabber, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._grabber = grabber
        self._clock = clock
        self._network_loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._stream = StreamState()
        self._paused = False
        self._epoch = 0
        self._newest: CapturedPicture | None = None
        self._changed_at = 0.0
        self._next_repeat: float | None = None
        self._origin = clock()
        self._last_pts90 = -1
        grabber.set_listener(self._on_change)

    @property
    def statistics(self) -> VideoStatistics:
        """What was taken, encoded and sent so far."""
        numbers = self._stream.statistics
        numbers.pictures_taken, numbers.pictures_changed = self._grabber.looks, self._grabber.changes
        return numbers

    @property
    def bitrate_bps(self) -> int:
        """The bitrate the pictures are encoded for, in bit/s; settable."""
        return self._stream.bitrate_bps

    @bitrate_bps.setter
    def bitrate_bps(self, bps: int) -> None:
        self._stream.bitrate_bps = bps

    @property
    def paused(self) -> bool:
        """Whether nothing is sent now."""
        return self._paused

    def pause(self) -> None:
        """Send nothing from now on, not even a picture that is being encoded, and stop taking pictures."""
        self._paused = True
        self._epoch += 1
        self._newest = None
        self._next_repeat = None
        self._grabber.pause()

    def resume(self) -> None:
        """Send again, beginning with the screen as it is now."""
        self._paused = False
        self._grabber.resume()
        self._wake.set()

    def send_again(self) -> None:
        """Send the present picture now, such as when the receiver asked for a key frame while the screen is still."""
        if self._newest is not None:
            self._next_repeat = self._clock()
            self._wake.set()

    def stop(self) -> None:
        """End the track; a waiting `recv` ends with MediaStreamError."""
        super().stop()
        self._epoch += 1
        self._grabber.set_listener(None)
        self._wake.set()

    async def recv(self) -> ScreenToken:
        """Return the next token, as soon as there is a change, the pace allows it, or a repeat is due.

        Raises:
            MediaStreamError: the track was stopped.
        """
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake.clear()
            now = self._clock()
            held_back_s = self._stream.pace.wait_s(now)
            token = None if self._paused or held_back_s > 0 else self._due(now)
            if token is not None:
                return token
            await self._sleep(held_back_s or self._until_repeat_s(now))

    def _due(self, now: float) -> ScreenToken | None:
        changed = self._grabber.take_newest()
        if changed is not None:
            self._newest, self._changed_at = changed, now
            self._next_repeat = now + REPEATS_AFTER_S[0]
            return self._token(changed, now)
        if self._newest is None or self._next_repeat is None or now < self._next_repeat:
            return None
        self._next_repeat = self._repeat_after(now)
        self._stream.statistics.repeats += 1
        return self._token(self._newest, now)

    def _repeat_after(self, now: float) -> float:
        planned = (self._changed_at + after_s for after_s in REPEATS_AFTER_S)
        return next((at for at in planned if at > now), now + REPEAT_EVERY_S)

    def _token(self, captured: CapturedPicture, now: float) -> ScreenToken:
        pts90 = max(int((now - self._origin) * CLOCK_HZ), self._last_pts90 + 1)
        self._last_pts90 = pts90
        epoch = self._epoch
        return token_for(captured.picture, pts90, stream=self._stream, may_leave=lambda: self._epoch == epoch)

    def _until_repeat_s(self, now: float) -> float | None:
        return None if self._paused or self._next_repeat is None else max(0.0, self._next_repeat - now)

    async def _sleep(self, seconds: float | None) -> None:
        """Wait for a wake-up, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _on_change(self) -> None:
        """Runs on the capture thread."""
        try:
            self._network_loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:
            # The loop is closed: the program is ending and nobody listens any more.
            self._grabber.set_listener(None)
