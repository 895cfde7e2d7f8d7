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
from protocol.messages.picture import CursorPlaced, CursorShapeChanged, PictureReport, decode_cursor
from protocol.transport.tasks import create_task
from technician_app.controllers.frames import FrameReader
from technician_app.controllers.screen_updates import ScreenUpdates
from technician_app.controllers.session_state import CursorShape, PictureChange, RemoteCursor, Shown
from technician_app.picture.decoder_process import DecoderProcess

RATE_WINDOW_S = 2.0

_log = logging.getLogger(__name__)


class PictureController:
    """Reads the received track and hands what is to be shown to `shown`.

    `send_report` sends a report to the customer; `problem` gets a sentence when a picture had to start anew.
    """

    def __init__(
        self,
        *,
        shown: Callable[[Shown], None],
        send_report: Callable[[PictureReport], None],
        problem: Callable[[DesksideError], None],
    ) -> None:
        self._shown = shown
        self._problem = problem
        self._allowed = asyncio.Event()
        self._frames = FrameReader(shown, self._allowed)
        self._updates = ScreenUpdates(apply=self._apply, send_report=send_report)
        self._decoder = DecoderProcess(
            picture_changed=self._picture_changed, epoch_wanted=self._updates.want_epoch, problem=problem
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._shape: CursorShape | None = None
        self._place: tuple[int, int] | None = None
        self._is_stream = False

    def prepare(self) -> None:
        """Start the decoder process, so that it is ready when the first picture comes."""
        self._start(self._decoder.run(), "decoder process")

    def track_arrived(self, track: MediaStreamTrack, *, screen_stream: bool) -> None:
        """Read `track`, which carries the screen stream or standard video."""
        self._is_stream = screen_stream
        if screen_stream:
            self._start(self._updates.read(track), "read the screen stream")
        else:
            self._start(self._frames.read(track), "read standard video")

    def allow(self) -> None:
        """Sharing was allowed: show what comes, and what came."""
        self._allowed.set()

    def painted(self, number: int) -> None:
        """The window painted change `number`: the next may be decoded."""
        self._decoder.painted(number)

    def cursor_arrived(self, data: bytes) -> None:
        """Show the customer's pointer.

        Raises:
            PeerError: not a message of the cursor channel.
        """
        match decode_cursor(data):
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

    async def close(self) -> None:
        """Stop reading and decoding; returns when the decoder process is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _apply(self, data: bytes) -> None:
        await self._allowed.wait()
        await self._decoder.apply(data)

    def _picture_changed(self, change: PictureChange) -> None:
        self._shown(change)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(create_task(self._watch(work), name=name))

    async def _watch(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DesksideError as error:
            _log.warning("the picture has ended: %s (%s)", error, error.code)
            self._problem(error)
