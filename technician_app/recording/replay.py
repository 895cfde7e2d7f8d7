"""The picture of a recording, made by the same decoder process that a live session has. Network thread."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from protocol.errors import DesksideError
from protocol.picture.updates import begins_epoch, renumbered
from protocol.transport.tasks import create_task
from technician_app.controllers.session_state import PictureChange
from technician_app.picture.decoder_process import DecoderProcess
from technician_app.picture.dirty import united


class ReplayedPicture:
    """Applies recorded updates. `shown` gets each change, but for those made while `hold` is on, which come as one.

    `failed` gets what ended the picture; the next full state begins it anew.
    """

    def __init__(self, shown: Callable[[PictureChange], None], failed: Callable[[DesksideError], None]) -> None:
        self._shown = shown
        self._failed = failed
        self._decoder = DecoderProcess(picture_changed=self._changed, epoch_wanted=self._lost, problem=failed)
        self._running: asyncio.Task[None] | None = None
        self._epoch = 0
        self._number = 0
        self._held: PictureChange | None = None
        self._holds = False
        self._last: asyncio.Future[None] | None = None
        self.lost = False
        """The decoder has failed: nothing but a full state, or a new epoch, can follow."""

    def start(self) -> None:
        """Start the decoder process."""
        self._running = create_task(self._run(), name="decoder process of a recording")

    async def close(self) -> None:
        """End the decoder process."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    def painted(self, number: int) -> None:
        """The window has painted this change."""
        self._decoder.painted(number)

    async def apply(self, update: bytes) -> None:
        """Apply an update of the recording, in order; returns when the next can be taken.

        Raises:
            PeerError: it is no update.
        """
        if begins_epoch(update):
            self._epoch, self._number = (self._epoch + 1) & 0xFFFFFFFF, 0
            self.lost = False
        if not self.lost:
            self._last = await self._decoder.apply(renumbered(update, self._epoch, self._number))
            self._number += 1

    async def settle(self) -> None:
        """Return when all that was applied is in the picture."""
        if self._last is not None:
            await asyncio.wait([self._last])

    def hold(self) -> None:
        """Show nothing until `release`: what happens between is not of interest."""
        self._holds = True

    async def release(self) -> None:
        """Show what the picture has become."""
        await self.settle()
        self._holds = False
        held, self._held = self._held, None
        if held is not None:
            self._shown(held)

    async def _run(self) -> None:
        try:
            await self._decoder.run()
        except DesksideError as error:
            self.lost = True
            self._failed(error)

    def _changed(self, change: PictureChange) -> None:
        if not self._holds:
            self._shown(change)
            return
        if self._held is not None and self._held.size == change.size:
            change = replace(change, rects=united(self._held.rects + change.rects))
        self._held = change
        # nobody paints it: the next may be decoded at once
        self._decoder.painted(change.number)

    def _lost(self) -> None:
        self.lost = True
