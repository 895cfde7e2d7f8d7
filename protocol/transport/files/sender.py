"""Sends the bytes of accepted files, one file after the other, as fast as the window lets it. Network thread."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from protocol.errors import DesksideError
from protocol.files.bulk_window import BulkWindow
from protocol.messages.files import CHUNK_BYTES, BulkMessage, ChunksTaken, FileChunk, FileReady
from protocol.transport.files.bulk_connection import BulkConnection
from protocol.transport.files.bulk_line import BulkLine
from protocol.transport.files.moving import Incoming, Outgoing
from protocol.transport.record_keeper import SessionOver
from protocol.transport.tasks import create_task

STALLED_AFTER_S = 5.0
"""Bytes on their way and nothing heard of them for so long: the connection is given up for another."""

_LOOK_EVERY_S = 0.5


class Sender:
    """`outgoing` names the files that are not over; `record` makes `file.sent` durable before the first byte leaves.

    `gave_up` is called with a file that cannot be sent and why; while `may_send` is false nothing leaves.
    """

    def __init__(
        self,
        line: BulkLine,
        outgoing: Callable[[], list[Outgoing]],
        *,
        record: Callable[[Outgoing], Awaitable[int]],
        gave_up: Callable[[Outgoing | Incoming, DesksideError], None],
        may_send: Callable[[], bool],
    ) -> None:
        self._line = line
        self._outgoing = outgoing
        self._record = record
        self._gave_up = gave_up
        self._may_send = may_send
        self._ready: list[FileReady] = []
        self._window = BulkWindow()
        self._yielding = False
        self._heard_at = 0.0
        self._woken = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    @property
    def window(self) -> BulkWindow:
        """The window of the connection in use."""
        return self._window

    def yield_to_picture(self, yielding: bool) -> None:
        """The picture travels the same way (true): take only what it leaves."""
        self._yielding = self._window.yielding = yielding

    def wake(self) -> None:
        """Something may have made room or work."""
        self._woken.set()

    def ready(self, message: FileReady) -> None:
        """The receiver takes bytes from an offset on; it may know the new connection before we do."""
        self._ready.append(message)
        self._begin_ready()

    def arrived(self, message: BulkMessage) -> None:
        """Take what the receiver says about bytes it got.

        Raises:
            PeerError: impossible counts.
        """
        outgoing = self._find(message.transfer) if isinstance(message, ChunksTaken) else None
        if outgoing is None or not isinstance(message, ChunksTaken):
            return  # about a file that is over
        before = outgoing.machine.moved_bytes
        outgoing.machine.taken(message.received, message.credit)
        self._heard_at = time.monotonic()
        if outgoing.machine.moved_bytes > before:
            self._window.acknowledged(outgoing.machine.moved_bytes - before, self._heard_at)
        self.wake()

    def line_opened(self, number: int) -> None:
        """There is a connection: its delays are its own."""
        self._window = BulkWindow()
        self._window.yielding = self._yielding
        self._ready = [message for message in self._ready if message.connection >= number]
        self._begin_ready()

    def line_lost(self) -> None:
        """The connection is gone; the receiver will say from where to go on."""
        self._window.forget_flight()
        for outgoing in self._outgoing():
            outgoing.machine.connection_lost()

    def forget(self, moving: Outgoing | Incoming) -> None:
        """A file is over: what was on its way of it is nobody's."""
        if isinstance(moving, Outgoing):
            self._window.forget_flight()

    def close(self) -> None:
        """The session is over."""
        if self._pump is not None:
            self._pump.cancel()

    def _begin_ready(self) -> None:
        number = self._line.number if self._line.connection is not None else 0
        for message in [message for message in self._ready if message.connection == number]:
            self._ready.remove(message)
            outgoing = self._find(message.transfer)
            if outgoing is not None:
                create_task(self._begin(outgoing, message), name="begin to send a file")

    async def _begin(self, outgoing: Outgoing, message: FileReady) -> None:
        machine = outgoing.machine
        try:
            machine.may_begin_at(message.offset)
            fits = await asyncio.to_thread(outgoing.source.begins_with, message.offset, message.prefix_sha256)
            if not outgoing.recorded:
                await self._record(outgoing)
                outgoing.recorded = True
            if machine.over or self._line.connection is None or self._line.number != message.connection:
                return
            machine.begin(message.offset if fits else 0)
        except SessionOver:
            return
        except DesksideError as error:
            self._gave_up(outgoing, error)
            return
        if not fits:
            self._gave_up(outgoing, DesksideError("another beginning", code="damaged"))
            return
        if self._pump is None:
            self._pump = create_task(self._pump_forever(), name="send files")
        self.wake()

    async def _pump_forever(self) -> None:
        while True:
            self._woken.clear()
            if await self._send_one():
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                self._look_for_stall()

    async def _send_one(self) -> bool:
        """Send one chunk; return whether it is worth trying again at once."""
        connection, now = self._line.connection, time.monotonic()
        room = self._window.room(now)
        if connection is None or not room or connection.buffered_bytes >= CHUNK_BYTES or not self._may_send():
            return False
        for outgoing in self._outgoing():
            chunk = outgoing.machine.next_chunk()
            if chunk is not None:
                offset, length = chunk
                return await self._send_of(outgoing, connection, offset, min(length, room), now)
        return False

    async def _send_of(
        self, outgoing: Outgoing, connection: BulkConnection, offset: int, length: int, now: float
    ) -> bool:
        data = outgoing.in_block(offset, length)
        if not data:
            try:
                await asyncio.to_thread(outgoing.read_block, offset)
            except DesksideError as error:
                self._gave_up(outgoing, error)
            return True
        if not connection.send(FileChunk(outgoing.machine.file.transfer, offset, data)):
            return False
        if not self._window.in_flight_bytes:
            self._heard_at = now
        outgoing.machine.given(len(data))
        self._window.sent(len(data), now)
        return True

    def _look_for_stall(self) -> None:
        silent = time.monotonic() - self._heard_at
        if self._line.connection is not None and self._window.in_flight_bytes and silent >= STALLED_AFTER_S:
            self._line.drop()

    def _find(self, transfer: bytes) -> Outgoing | None:
        return next((each for each in self._outgoing() if each.machine.file.transfer == transfer), None)
