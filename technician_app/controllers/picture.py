"""One session's picture on the technician's side: the screen stream through its decoder process, or standard video.

Runs on the network thread. Nothing is shown before sharing was allowed; what came earlier waits.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aiortc import MediaStreamTrack

from protocol.errors import DesksideError
from protocol.messages.picture import (
    CursorPlaced,
    CursorShapeChanged,
    PicturePreset,
    PictureQuality,
    PictureReport,
    PictureWanted,
    decode_cursor,
)
from protocol.transport.tasks import create_task
from technician_app.controllers.frames import FrameReader
from technician_app.controllers.picture_quality import measures, reason
from technician_app.controllers.screen_updates import ScreenUpdates
from technician_app.controllers.session_state import (
    CursorShape,
    PictureChange,
    PictureFigures,
    RemoteCursor,
    Shown,
)
from technician_app.picture.decoder_process import DecoderProcess
from technician_app.recording.picture_tap import PictureTap, StillPicture

RATE_WINDOW_S = 2.0

_WISHED_UNSAID = PictureWanted(PicturePreset.BALANCED, figures=False)
"""What the customer's side does when nothing is said."""

_log = logging.getLogger(__name__)


class PictureController:
    """Reads the received track and hands what is to be shown to `shown`.

    `send_report` sends a report to the customer; `problem` gets a sentence when a picture had to start anew. `preset`
    is what the technician chose last.
    """

    def __init__(
        self,
        *,
        shown: Callable[[Shown], None],
        send_report: Callable[[PictureReport], None],
        problem: Callable[[DesksideError], None],
        preset: PicturePreset = PicturePreset.BALANCED,
    ) -> None:
        self._shown = shown
        self._wish = PictureWanted(preset, figures=False)
        self._send_wish: Callable[[PictureWanted], object] | None = None
        self._quality: PictureQuality | None = None
        self._problem = problem
        self._allowed = asyncio.Event()
        self._frames = FrameReader(shown, self._allowed)
        self._send_report = send_report
        self._updates = ScreenUpdates(apply=self._apply, send_report=send_report)
        self._decoder = DecoderProcess(
            picture_changed=self._picture_changed, epoch_wanted=self._decoder_began_anew, problem=problem
        )
        self._reading: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._shape: CursorShape | None = None
        self._place: tuple[int, int] | None = None
        self._is_stream = False
        self._tap: PictureTap | None = None
        self._cursor_messages: dict[bool, bytes] = {}
        self._picture: PictureChange | None = None
        self._last_applied: asyncio.Future[None] | None = None

    def prepare(self) -> None:
        """Start the decoder process, so that it is ready when the first picture comes."""
        self._start(self._decoder.run(), "decoder process")

    def track_arrived(self, track: MediaStreamTrack, *, screen_stream: bool) -> None:
        """Read `track`, which carries the screen stream or standard video, from now on in place of any other."""
        if self._reading is not None:
            self._reading.cancel()
            self._updates = ScreenUpdates(apply=self._apply, send_report=self._send_report)
        self._is_stream = screen_stream
        if screen_stream:
            self._reading = self._start(self._updates.read(track), "read the screen stream")
        else:
            self._reading = self._start(self._frames.read(track), "read standard video")

    def allow(self) -> None:
        """Sharing was allowed: show what comes, and what came."""
        self._allowed.set()
        if self._wish != _WISHED_UNSAID:
            self._say_wish()

    def connected(self, send_wish: Callable[[PictureWanted], object]) -> None:
        """Tell the customer's side what is wanted by `send_wish`, once sharing is allowed."""
        self._send_wish = send_wish

    def want(self, wish: PictureWanted) -> None:
        """Say what the picture gives up first when the line is thin, and whether figures are watched."""
        changed, self._wish = wish != self._wish, wish
        if changed and self._allowed.is_set():
            self._say_wish()

    def say_wish_again(self) -> None:
        """The customer's side sends over a new connection: it does not know what was wanted of the one before."""
        self._quality = None
        if self._allowed.is_set() and self._wish != _WISHED_UNSAID:
            self._say_wish()

    def quality_arrived(self, quality: PictureQuality) -> None:
        """Keep what the customer's side says about the picture."""
        self._quality = quality

    def round_trip_measured(self, round_trip_ms: float) -> None:
        """Keep the newest round trip time."""
        self._updates.network.round_trip_measured(round_trip_ms, time.monotonic())

    @property
    def is_stream(self) -> bool:
        """Whether the picture is a screen stream, which can be recorded; standard video is not."""
        return self._is_stream

    def listen(self, tap: PictureTap | None) -> None:
        """Let `tap` have what comes from now on, and the pointer as it is now; None: nobody."""
        self._tap = tap
        if tap is not None:
            for is_shape, data in self._cursor_messages.items():
                tap.cursor_came(data, is_shape=is_shape)

    def painted(self, number: int) -> None:
        """The window painted change `number`: the next may be decoded."""
        self._decoder.painted(number)

    def cursor_arrived(self, data: bytes) -> None:
        """Show the customer's pointer.

        Raises:
            PeerError: not a message of the cursor channel.
        """
        message = decode_cursor(data)
        is_shape = isinstance(message, CursorShapeChanged)
        self._cursor_messages[is_shape] = data
        if self._tap is not None:
            self._tap.cursor_came(data, is_shape=is_shape)
        match message:
            case CursorShapeChanged(serial, width, height, hot_x, hot_y, pixels):
                self._shape = CursorShape(serial, width, height, min(hot_x, width - 1), min(hot_y, height - 1), pixels)
            case CursorPlaced(x, y, visible):
                self._place = (x, y) if visible else None
        if self._allowed.is_set():
            self._shown(RemoteCursor(self._shape, self._place))

    @property
    def updates_per_s(self) -> float:
        """Pictures a second over the last two seconds."""
        if not self._is_stream:
            return self._frames.fps
        since = time.monotonic() - RATE_WINDOW_S
        return sum(arrived >= since for arrived in self._updates.arrivals) / RATE_WINDOW_S

    @property
    def figures(self) -> PictureFigures:
        """How the picture is doing. What the customer's side measures is told only while figures are watched."""
        quality, updates_per_s = self._quality, self.updates_per_s
        times = quality if self._wish.figures else None
        # A still picture of full size is exact, or about to be, whatever was saved on the way there.
        is_whole = not updates_per_s and (quality is None or quality.scale_percent == 100)
        return PictureFigures(
            capture_ms=None if times is None else times.capture_us / 1000,
            encode_ms=None if times is None else times.encode_us / 1000,
            network_ms=self._updates.network.newest_ms,
            updates_per_s=updates_per_s,
            reduced="" if is_whole else reason(quality, self._wish.preset),
            limits=measures(quality),
        )

    async def close(self) -> None:
        """Stop reading and decoding; returns when the decoder process is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _say_wish(self) -> None:
        if self._send_wish is not None and self._is_stream:
            self._send_wish(self._wish)

    async def _apply(self, data: bytes) -> asyncio.Future[None]:
        await self._allowed.wait()
        if self._tap is not None:
            await self._tell_tap(data)
        self._last_applied = applied = await self._decoder.apply(data)
        return applied

    async def _tell_tap(self, data: bytes) -> None:
        before = await self._still() if self._tap is not None and self._tap.wants_state(data) else None
        if self._tap is not None:
            self._tap.update_came(data, before)

    async def _still(self) -> StillPicture | None:
        """Return a copy of the picture once every update that came is in it; None before the first."""
        if self._last_applied is not None:
            # not awaited itself: who is cancelled here must not cancel it for others
            await asyncio.wait([self._last_applied])
        shown = self._picture
        return None if shown is None else StillPicture(bytes(shown.pixels), shown.size, shown.stride)

    def _picture_changed(self, change: PictureChange) -> None:
        self._picture = change
        self._shown(change)

    def want_epoch(self) -> None:
        """Have the customer's side begin the picture anew."""
        self._updates.want_epoch()

    def _decoder_began_anew(self) -> None:
        self._picture = None
        if self._tap is not None:
            self._tap.picture_lost()
        self.want_epoch()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = create_task(self._watch(work), name=name)
        self._tasks.append(task)
        return task

    async def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DesksideError as error:
            _log.warning("the picture has ended: %s (%s)", error, error.code)
            self._problem(error)
