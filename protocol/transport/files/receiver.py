"""Takes the bytes of accepted files: counts them, writes them in a worker thread, checks the whole. Network thread."""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.errors import DesksideError, EnvironmentFault
from protocol.files.file_types import HEAD_BYTES, is_blocked
from protocol.files.transfer import Stage
from protocol.messages.files import BulkMessage, ChunksTaken, FileChunk, FileReady
from protocol.transport.files.bulk_line import BulkLine
from protocol.transport.files.moving import BLOCK_BYTES, Incoming, Outgoing
from protocol.transport.files.received_file import ReceivedFile
from protocol.transport.files.unfinished import UnfinishedFiles
from protocol.transport.record_keeper import SessionOver
from protocol.transport.tasks import create_task


class Receiver:
    """`incoming` names the files that are not over; `save` gives one that is whole and right its name.

    `ready` hands a FileReady to the other side, `gave_up` is called with a file that cannot be taken and why, `moved`
    whenever bytes came. What is not whole is noted in `unfinished`.
    """

    def __init__(
        self,
        line: BulkLine,
        incoming: Callable[[], list[Incoming]],
        *,
        ready: Callable[[FileReady], None],
        save: Callable[[Incoming], Awaitable[None]],
        gave_up: Callable[[Outgoing | Incoming, DesksideError], None],
        moved: Callable[[], None],
        unfinished: UnfinishedFiles,
    ) -> None:
        self._unfinished = unfinished
        self._line = line
        self._incoming = incoming
        self._ready = ready
        self._save = save
        self._gave_up = gave_up
        self._moved = moved
        self._discarding: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """There is a connection, or something to take: let every accepted file go on from what is on disk."""
        for incoming in self._incoming():
            if incoming.machine.stage is Stage.ACCEPTED and incoming.answer_seq >= 0:
                create_task(self._begin(incoming, self._line.number), name="begin to take a file")

    def arrived(self, message: BulkMessage) -> None:
        """Take bytes of a file.

        Raises:
            PeerError: bytes that were not asked for.
        """
        if not isinstance(message, FileChunk):
            return
        incoming = next((each for each in self._incoming() if each.machine.file.transfer == message.transfer), None)
        if incoming is None or not incoming.machine.chunk(message.offset, len(message.data)):
            return  # on its way when the file was given up
        if message.offset == 0 and is_blocked(incoming.machine.file.name, message.data[:HEAD_BYTES]):
            self._gave_up(incoming, EnvironmentFault("a program under another name", code="blocked_type"))
            return
        incoming.take(message.data)
        self._acknowledge(incoming)
        self._moved()
        if incoming.arrived_bytes >= BLOCK_BYTES or incoming.machine.stage is Stage.WHOLE:
            create_task(self._write(incoming), name="write a file")

    def line_lost(self) -> None:
        """The connection is gone: what came is written, the rest comes over another one."""
        for incoming in self._incoming():
            incoming.machine.connection_lost()
            if incoming.arrived_bytes:
                create_task(self._write(incoming), name="write a file")

    def discard(self, incoming: Incoming) -> None:
        """The file is given up: nothing of it stays."""
        incoming.forget_arrived()
        if incoming.disk is not None:
            task = create_task(self._discard(incoming), name="discard a file")
            self._discarding.add(task)
            task.add_done_callback(self._discarding.discard)

    async def close(self) -> None:
        """The session is over: return when nothing of what was given up is left on the disk."""
        if self._discarding:
            await asyncio.wait(self._discarding)

    async def _begin(self, incoming: Incoming, number: int) -> None:
        machine = incoming.machine
        async with incoming.disk_lock:
            try:
                if incoming.disk is None:
                    place = (incoming.folder, machine.file.name, self._unfinished)
                    incoming.disk = await asyncio.to_thread(ReceivedFile.create, *place)
            except DesksideError as error:
                self._gave_up(incoming, error)
                return
            if machine.over:
                await asyncio.to_thread(incoming.disk.discard)
                return
            if machine.stage is not Stage.ACCEPTED or self._line.connection is None or self._line.number != number:
                return
            incoming.forget_arrived()
            offset = machine.begin()
            self._ready(FileReady(machine.file.transfer, number, offset, incoming.disk.prefix_sha256))
        await self._finish_if_whole(incoming)

    async def _write(self, incoming: Incoming) -> None:
        machine = incoming.machine
        async with incoming.disk_lock:
            data = incoming.take_arrived()
            if machine.over or incoming.disk is None or not data:
                return
            try:
                await asyncio.to_thread(incoming.disk.write, data)
            except DesksideError as error:
                self._gave_up(incoming, error)
                return
            machine.written(incoming.disk.written_bytes)
        self._acknowledge(incoming)
        await self._finish_if_whole(incoming)

    async def _finish_if_whole(self, incoming: Incoming) -> None:
        machine = incoming.machine
        if machine.stage is not Stage.WHOLE or machine.written_bytes < machine.file.size_bytes:
            return
        assert incoming.disk is not None
        try:
            async with incoming.disk_lock:
                right = await asyncio.to_thread(incoming.disk.is_right, incoming.machine.file.sha256)
                if incoming.machine.over:
                    return
                if not right:
                    raise EnvironmentFault("another SHA-256 than offered", code="damaged")
                await self._save(incoming)
        except SessionOver:
            return
        except DesksideError as error:
            self._gave_up(incoming, error)

    async def _discard(self, incoming: Incoming) -> None:
        async with incoming.disk_lock:
            if incoming.disk is not None:
                await asyncio.to_thread(incoming.disk.discard)

    def _acknowledge(self, incoming: Incoming) -> None:
        machine, connection = incoming.machine, self._line.connection
        if connection is not None and machine.stage in (Stage.MOVING, Stage.WHOLE):
            connection.send(ChunksTaken(machine.file.transfer, machine.moved_bytes, machine.credit))
