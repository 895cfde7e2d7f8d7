"""The track of the screen stream. Lives on the network thread; pictures come from the capture thread.

aiortc's sender asks for something to send, and gets one of three: a picture to encode when there is room for its
update, a burst of packets of the update that is leaving, or a probe. So one update at a time is on its way out of this
computer, and what is encoded is the newest state of the screen.

What must not leave this computer is painted over before the grabber gets a picture (`redaction`): nothing here, nor
behind it, ever holds such a pixel.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from customer_client.capture.grabber import CapturedPicture
from customer_client.picture.encoding_token import EncodingToken, ProbeToken, ReadyPackets, StreamEncoder
from customer_client.picture.quality_control import QualityControl, UpdateCost
from customer_client.picture.sized_encoder import SizedEncoder
from customer_client.picture.statistics import StreamStatistics
from customer_client.picture.update_sender import UpdateSender
from protocol.errors import LocalError
from protocol.messages.picture import PictureQuality, PictureReport, PictureWanted
from protocol.picture.geometry import Rect
from protocol.transport.picture_codec import CLOCK_HZ
from protocol.transport.rate_control import RateController

REFINE_LOOK_S = 0.1
"""How often the encoder is asked whether a still picture should become more exact."""

REFINE_FOR_S = 5.0
"""Since the last update: after that a still picture is as exact as it gets."""

RETRY_AFTER_FAILURE_S = 0.5

SEEK_POINT_S = 8.0
"""While the picture is recorded, streams begin anew this often if it changes: a recording can be read from there."""

_log = logging.getLogger(__name__)


class PictureSlot(Protocol):
    """Where pictures come from (`capture.grabber.ScreenGrabber`)."""

    def take_newest(self, timeout: float = 0.0) -> CapturedPicture | None:
        """Return the newest changed picture not yet taken."""

    def set_listener(self, listener: Callable[[], None] | None) -> None:
        """Call `listener` on another thread after each change."""

    def pause(self) -> None:
        """Take no pictures."""

    def resume(self) -> None:
        """Take pictures; the first counts as changed."""


class ScreenStreamTrack(MediaStreamTrack):  # type: ignore[misc, unused-ignore]
    """Sends the pictures of `pictures` as a screen stream made by what `new_encoder` returns; nothing while paused.

    Must be created on the running loop. Takes the slot's listener; starting and stopping the grabber is left to its
    owner. `reported` takes the viewer's reports, `wanted` the technician's choice; `quality_changed`, when set, gets
    what the technician should know of the quality. A failing encoder is replaced by a new one and a new epoch.
    """

    kind = "video"

    def __init__(
        self,
        pictures: PictureSlot,
        new_encoder: Callable[[], StreamEncoder],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._pictures = pictures
        self._new_encoder = new_encoder
        self._encoder = SizedEncoder(new_encoder())
        self._clock = clock
        self._network_loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self.rates = RateController()
        self._sender = UpdateSender(self.rates)
        self._quality = QualityControl(self.rates)
        self.quality_changed: Callable[[PictureQuality], object] | None = None
        self._statistics = StreamStatistics()
        self._paused = False
        self._permission = 0
        self._newest: CapturedPicture | None = None
        self._encoding: EncodingToken | None = None
        self._encoded_damage_known = False
        self._epoch_asked = False
        self._screen_changed = False
        self._capture_s = 0.0
        self._updated_at = float("-inf")
        self._looked_at = float("-inf")
        self._not_before = float("-inf")
        self._seek_point_due = float("inf")
        self._seek_point_now = False
        self._origin = clock()
        self._last_pts90 = -1
        pictures.set_listener(self._on_change)

    @property
    def statistics(self) -> StreamStatistics:
        """What was encoded and sent so far."""
        return self._statistics

    @property
    def paused(self) -> bool:
        """Whether nothing is sent now."""
        return self._paused

    def pause(self) -> None:
        """Send nothing from now on, not even what is being encoded or waits to leave, and stop taking pictures."""
        self._paused = True
        self._forget()
        self._pictures.pause()

    def resume(self) -> None:
        """Send again, beginning with a new epoch of the screen as it is now."""
        self._paused = False
        self._pictures.resume()
        self._wake.set()

    def reported(self, report: PictureReport) -> None:
        """Take a report of the viewer."""
        self._sender.reported(report, self._clock())
        self._wake.set()

    def record(self, recorded: bool) -> None:
        """Begin streams anew from time to time, and now, while the technician records; nothing else changes."""
        self._seek_point_due = self._clock() if recorded else float("inf")
        self._seek_point_now = recorded
        self._wake.set()

    def repaired(self) -> None:
        """Note that a lost packet is sent again: new ones wait for it."""
        self.rates.repaired(self._clock())

    def wanted(self, wish: PictureWanted) -> None:
        """Take the technician's choice of what the picture gives up first."""
        self._quality.wanted(wish)
        self._wake.set()

    def stop(self) -> None:
        """End the track; a waiting `recv` ends with MediaStreamError."""
        super().stop()
        self._forget()
        self._pictures.set_listener(None)
        self._wake.set()

    async def recv(self) -> Any:
        """Return what to do next, as soon as there is something: an EncodingToken, ReadyPackets or a ProbeToken.

        Raises:
            MediaStreamError: the track was stopped.
        """
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            self._wake.clear()
            now = self._clock()
            self._collect(now)
            if not self._paused:
                self._adjust(now)
            due = None if self._paused else self._due(now)
            if due is not None:
                return due
            await self._sleep(None if self._paused else self._idle_s(now))

    def _due(self, now: float) -> EncodingToken | ProbeToken | ReadyPackets | None:
        burst = self._sender.take_burst(now)
        if burst:
            self._statistics.packets_sent += len(burst)
            return ReadyPackets(burst, self._pts90(now))
        if now >= max(self._not_before, self._quality.next_update_at) and self._sender.may_encode(now):
            token = self._work(now)
            if token is not None:
                self._encoding = token
                return token
        probe = self._sender.take_probe(now)
        if probe:
            self._statistics.probes += 1
            return ProbeToken(ReadyPackets(probe, self._pts90(now)), self._note_epoch_asked)
        return None

    def _work(self, now: float) -> EncodingToken | None:
        """Return the newest picture to encode; None when the viewer has it, as exactly as it may now be."""
        changed = self._pictures.take_newest()
        if changed is not None:
            self._newest, self._capture_s = changed, now - changed.captured_at
            return self._token(changed, changed.damage if self._encoded_damage_known else None, changed=True)
        if self._newest is None:
            return None
        if self._sender.epoch_wanted or not self._encoded_damage_known:
            return self._token(self._newest, None, still_at=now)
        if self._seek_point_now:
            return self._token(self._newest, (), still_at=now)
        if now - self._looked_at >= REFINE_LOOK_S and now - self._updated_at < REFINE_FOR_S:
            if self._encoder.wants_more(now):
                return self._token(self._newest, (), still_at=now)
            self._looked_at = now
        return None

    def _token(
        self,
        captured: CapturedPicture,
        damage: tuple[Rect, ...] | None,
        *,
        still_at: float = 0.0,
        changed: bool = False,
    ) -> EncodingToken:
        """Return the work for a picture, which may still be what the screen shows at a later moment."""
        permission = self._permission
        new_epoch = self._sender.epoch_wanted
        quality, encoder = self._quality.quality, self._encoder
        encoder.video_bitrate_bps, encoder.photo_quality = quality.film_bps_most, quality.photo_quality
        # A picture of another size is a new one to the viewer, but no change of the screen.
        self._screen_changed = changed and encoder.divisor == quality.divisor
        encoder.divisor = quality.divisor
        self._begin_streams(self._clock(), new_epoch=new_epoch)
        return EncodingToken(
            captured.picture,
            None if new_epoch else damage,
            encoder=encoder,
            captured_ms=int(max(captured.captured_at, still_at) * 1000),
            budget_bytes=self.rates.budget_bytes(self._clock()),
            new_epoch=new_epoch,
            may_leave=lambda: self._permission == permission,
            epoch_asked=self._note_epoch_asked,
        )

    def _begin_streams(self, now: float, *, new_epoch: bool) -> None:
        """Let what is encoded next be a place where a recording can be read from, when it is time."""
        if now >= self._seek_point_due:
            if not new_epoch:
                self._encoder.begin_streams()
            self._seek_point_now, self._seek_point_due = False, now + SEEK_POINT_S

    def _adjust(self, now: float) -> None:
        """Follow the line with the quality, and tell the technician."""
        if self._quality.observe(now).divisor != self._encoder.divisor and not self._sender.epoch_wanted:
            self._sender.start_over()
        message = self._quality.take_message(now)
        if message is not None and self.quality_changed is not None:
            self.quality_changed(message)

    def _collect(self, now: float) -> None:
        """Take over what the encoder made of the last token."""
        token, self._encoding = self._encoding, None
        if token is not None:
            if token.failed or (token.new_epoch and token.ran and token.update is None):
                self._replace_encoder(now)
            elif token.ran and token.may_leave():
                self._take_over(token, now)
            else:
                if token.may_leave():
                    # aiortc passed it by: its sender is switched off.
                    self._not_before = now + REFINE_LOOK_S
                # What the viewer never gets must not be what the next update builds on.
                self._encoded_damage_known = False
                self._sender.start_over()
        if self._epoch_asked:
            self._epoch_asked = False
            self._sender.ask_epoch(now)

    def _take_over(self, token: EncodingToken, now: float) -> None:
        self._encoded_damage_known = True
        if token.update is None:
            self._quality.note_nothing_to_send(self._encoder.missing_share)
            return
        try:
            self._sender.offer(token.update, starts_epoch=token.new_epoch, now=now)
        except LocalError:
            _log.exception("an update cannot be sent")
            self._replace_encoder(now)
            return
        self._updated_at, self._looked_at = now, float("-inf")
        self._statistics.note_update(len(token.update), token.took_ms, epoch=token.new_epoch)
        cost = UpdateCost(
            size_bytes=len(token.update),
            missing_share=self._encoder.missing_share,
            whole=token.new_epoch,
            changed=self._screen_changed,
            divisor=self._encoder.divisor,
            capture_s=self._capture_s,
            encode_s=token.took_ms / 1000,
        )
        self._quality.note_update(cost, now)

    def _replace_encoder(self, now: float) -> None:
        self._statistics.encode_failures += 1
        self._encoder = SizedEncoder(self._new_encoder())
        self._encoded_damage_known = False
        self._sender.start_over()
        self._not_before = now + RETRY_AFTER_FAILURE_S

    def _forget(self) -> None:
        self._permission += 1
        self._newest = None
        self._encoded_damage_known = False
        self._sender.start_over()

    def _idle_s(self, now: float) -> float | None:
        """Return for how long there is nothing to do unless something happens; None for as long as it takes."""
        moments = [
            self._sender.probe_due_at(now),
            self._not_before if now < self._not_before else None,
            self._quality.next_at(now),
        ]
        held_back_s = self._sender.wait_s(now)
        if held_back_s:
            moments.append(now + held_back_s)
        elif held_back_s == 0.0 and self._newest is not None and now - self._updated_at < REFINE_FOR_S:
            moments.append(max(self._not_before, self._quality.next_update_at, self._looked_at + REFINE_LOOK_S))
        known = [moment for moment in moments if moment is not None]
        return max(0.0, min(known) - now) if known else None

    def _pts90(self, now: float) -> int:
        self._last_pts90 = max(int((now - self._origin) * CLOCK_HZ), self._last_pts90 + 1)
        return self._last_pts90

    async def _sleep(self, seconds: float | None) -> None:
        """Wait for a wake-up, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _note_epoch_asked(self) -> None:
        """Runs on the encoder thread, while `recv` is not running."""
        self._epoch_asked = True

    def _on_change(self) -> None:
        """Runs on the capture thread."""
        try:
            self._network_loop.call_soon_threadsafe(self._wake.set)
        except RuntimeError:
            # The loop is closed: the program is ending and nobody listens any more.
            self._pictures.set_listener(None)
