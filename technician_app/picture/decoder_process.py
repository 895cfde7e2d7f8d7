"""The decoder process as the session sees it: updates in, changed pictures out. Runs on the network thread.

Hostile bytes are decoded in a process of their own (`decoder_child`) that may do nothing but write pixels. If it
crashes, hangs or refuses an update, the picture starts anew in a fresh process; the app goes on.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from protocol.errors import DesksideError, PeerError
from protocol.picture.updates import MAX_PIXELS, MAX_UPDATE_BYTES
from technician_app.controllers.session_state import PictureChange
from technician_app.picture.decoder_messages import Applied
from technician_app.picture.decoder_pipe import DecoderPipe
from technician_app.picture.dirty import united
from technician_app.picture.shared_pixels import BYTES_PER_PIXEL, SharedPixels

MAX_WAITING = 2
PAINT_PATIENCE_S = 0.05
"""How long the next update waits for the window to paint the last one; a hidden window never paints."""
MAX_RESTARTS = 5
RESTART_WINDOW_S = 60.0
STANDARD_DECODER = "technician_app.picture.screen_decoder:make"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    data: bytes
    done: asyncio.Future[None]

    def note_done(self) -> None:
        """Say that it is in the frame buffer, or never will be; nothing happens the second time."""
        if not self.done.done():
            self.done.set_result(None)


class DecoderProcess:
    """Decodes one session's screen stream.

    `picture_changed` gets each change, `epoch_wanted` is called whenever a new epoch has to be asked for, and `problem`
    gets what ended a picture (it starts anew by itself). All are called on the loop that runs `run`.
    """

    def __init__(
        self,
        *,
        picture_changed: Callable[[PictureChange], None],
        epoch_wanted: Callable[[], None],
        problem: Callable[[DesksideError], None],
        decoder: str = STANDARD_DECODER,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._picture_changed = picture_changed
        self._epoch_wanted = epoch_wanted
        self._problem = problem
        self._decoder = decoder
        self._max_pixels = max_pixels
        self._waiting: deque[_Waiting] = deque()
        self._decoding: list[_Waiting] = []
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._painted = asyncio.Event()
        self._shown = (0, 0.0)
        self._restarts: deque[float] = deque()
        self.process_id: int | None = None
        """The decoder process now at work."""
        self.applied_number = -1
        """The newest update in the frame buffer; -1 while there is none of the current epoch."""

    async def apply(self, data: bytes) -> asyncio.Future[None]:
        """Have one update decoded. Waits while `MAX_WAITING` others do: who calls must not read on meanwhile.

        Returns what is done when the update is in the frame buffer, or of no use any more.

        Raises:
            PeerError: longer than any update may be (`update_too_long`).
        """
        if len(data) > MAX_UPDATE_BYTES:
            raise PeerError(f"an update of {len(data)} bytes", code="update_too_long")
        while len(self._waiting) >= MAX_WAITING:
            self._room.clear()
            await self._room.wait()
        waiting = _Waiting(data, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._work.set()
        return waiting.done

    def painted(self, number: int) -> None:
        """Say that the window has painted the change with this update number (or has nothing to paint of it)."""
        if number == self._shown[0]:
            self._painted.set()

    async def run(self) -> None:
        """Decode until cancelled.

        Raises:
            PeerError: the picture failed again and again (`picture_keeps_failing`).
            EnvironmentFault: this computer could not start a decoder process (`no_picture_memory`, `no_decoder`).
        """
        shared = SharedPixels(self._max_pixels)
        try:
            while True:
                try:
                    await self._serve(shared)
                except PeerError as error:
                    self._begin_anew(error)
        finally:
            shared.let_go()

    def _begin_anew(self, error: PeerError) -> None:
        _log.warning("the decoder process ended: %s (%s)", error, error.code)
        for dropped in (*self._decoding, *self._waiting):
            dropped.note_done()
        self._decoding.clear()
        self._waiting.clear()
        self._room.set()
        self.applied_number = -1
        self._note_restart()
        self._problem(error)
        self._epoch_wanted()

    async def _serve(self, shared: SharedPixels) -> None:
        """Run one decoder process until it fails."""
        pipe = await DecoderPipe.open(shared, self._decoder, self._max_pixels)
        try:
            self.process_id = pipe.process_id
            pipe.on_end(self._work.set)
            await pipe.ready()
            self._painted.set()
            while True:
                await self._decode_waiting(pipe, shared.pixels)
        finally:
            self.process_id = None
            await pipe.close()

    async def _decode_waiting(self, pipe: DecoderPipe, pixels: memoryview) -> None:
        """Decode everything that waits, as one change: the window is painting nothing meanwhile."""
        while not self._waiting:
            self._work.clear()
            pipe.check()
            await self._work.wait()
        await self._until_painted()
        self._decoding = list(self._waiting)
        self._waiting.clear()
        self._room.set()
        applied = [done for done in await pipe.apply([one.data for one in self._decoding]) if done is not None]
        for one in self._decoding:
            one.note_done()
        if applied:
            self._show(applied, pixels)

    async def _until_painted(self) -> None:
        left = self._shown[1] + PAINT_PATIENCE_S - time.monotonic()
        if left > 0 and not self._painted.is_set():
            try:
                async with asyncio.timeout(left):
                    await self._painted.wait()
            except TimeoutError:
                return

    def _show(self, applied: list[Applied], pixels: memoryview) -> None:
        newest = applied[-1]
        stride = newest.width * BYTES_PER_PIXEL
        size = (newest.width, newest.height)
        # an update that begins an epoch tells its whole picture as changed
        rects = [rect for done in applied if (done.width, done.height) == size for rect in done.rects]
        self._shown = (newest.number, time.monotonic())
        self.applied_number = newest.number
        self._painted.clear()
        self._picture_changed(
            PictureChange(
                rects=united(rects),
                number=newest.number,
                size=size,
                stride=stride,
                pixels=pixels[: stride * newest.height],
                decode_ms=sum(done.decode_ms for done in applied),
            )
        )

    def _note_restart(self) -> None:
        now = time.monotonic()
        self._restarts.append(now)
        while self._restarts[0] < now - RESTART_WINDOW_S:
            self._restarts.popleft()
        if len(self._restarts) > MAX_RESTARTS:
            raise PeerError(
                f"{len(self._restarts)} pictures failed within {RESTART_WINDOW_S:.0f} s",
                code="picture_keeps_failing",
                user_text="The customer's picture cannot be read. The session was protected.",
            )
