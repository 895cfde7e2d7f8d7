"""One recording on its way to the disk, and what the session's signed record says of it. Network thread."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from protocol.audit.events import EventType
from protocol.errors import EnvironmentFault
from protocol.recording.entries import Entry, EntryKind
from protocol.recording.full_state import full_state
from protocol.recording.writer import FULL_BYTES, RecordingWriter, WrittenSegment
from technician_app.recording.recording_file import RecordingFile
from technician_app.recording.taking import FullState, Taking

WRITE_S = 3.0
"""What is recorded is on disk after so many seconds at the latest: a crash loses no more."""

NOTE_S = 30.0
"""How often the record notes how far the recording has come, while it goes on."""


class Writing(Protocol):
    """What writes into the session's record: see `protocol.transport.record_keeper.RecordKeeper`."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


class Tape:
    """One recording on its way to the disk, and what the signed record says of it. `clock` is monotonic, in s."""

    def __init__(
        self,
        writer: RecordingWriter,
        file: RecordingFile,
        keeper: Writing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._writer = writer
        self._file = file
        self._keeper = keeper
        self._wrote_at = self._noted_at = clock()
        self._newest: WrittenSegment | None = None
        self._noted = -1

    async def begin(self, *, reviewable: bool) -> None:
        """Write the header, then say in the record that a recording begins.

        Raises:
            EnvironmentFault: the disk refuses.
            SessionOver: the session has ended.
        """
        start = self._writer.start
        await asyncio.to_thread(self._file.append, start)
        body = {"recording": self._file.number, "sha256": hashlib.sha256(start).hexdigest(), "for_review": reviewable}
        await self._keeper.write(EventType.RECORDING_START, body)

    async def take_from(self, taking: Taking) -> None:
        """Write what was taken, and note in the record now and then how far it has come.

        Raises:
            EnvironmentFault: the disk refuses or is too slow.
            SessionOver: the session has ended.
        """
        if taking.overrun:
            raise EnvironmentFault(
                "recording is slower than the session",
                code="recording_failed",
                user_text="This computer's disk is too slow to record the session, so recording has ended.",
            )
        while (item := taking.take()) is not None:
            if isinstance(item, FullState):
                await self._seek_point(item)
            else:
                await self._add(item)
        now = self._clock()
        if now - self._wrote_at >= WRITE_S:
            await self._append(self._writer.flush())
        if now - self._noted_at >= NOTE_S:
            await self._note()

    async def finish(self, reason: str, t_ms: int) -> None:
        """Write the end, which is at `t_ms`, and say so in the record.

        Raises:
            EnvironmentFault: the disk refuses.
            SessionOver: the session has ended.
        """
        await self._append(self._writer.finish(t_ms))
        number = self._file.number
        await self._keeper.write(EventType.RECORDING_STOP, {"recording": number, "reason": reason})
        await self._note()
        finished = {"recording": number, "sha256": self._file.sha256, "bytes": self._file.size_bytes}
        duration = {"duration_ms": self._writer.duration_ms}
        await self._keeper.write(EventType.RECORDING_FINISHED, finished | duration)

    async def _seek_point(self, state: FullState) -> None:
        await self._append(self._writer.begin_seek_point())
        if state.picture is not None:
            picture = state.picture
            for data in await asyncio.to_thread(full_state, picture.pixels, picture.size, picture.stride):
                await self._add(Entry(EntryKind.STATE, state.t_ms, data))
        for entry in state.beside:
            await self._add(entry)

    async def _add(self, entry: Entry) -> None:
        self._writer.add(entry)
        if self._writer.waiting_bytes >= FULL_BYTES:
            await self._append(self._writer.flush())

    async def _append(self, segment: WrittenSegment | None) -> None:
        self._wrote_at = self._clock()
        if segment is not None:
            await asyncio.to_thread(self._file.append, segment.data)
            self._newest = segment

    async def _note(self) -> None:
        self._noted_at = self._clock()
        newest = self._newest
        if newest is not None and newest.index > self._noted:
            self._noted = newest.index
            body = {"recording": self._file.number, "segment": newest.index, "sha256": newest.chain.hex()}
            await self._keeper.write(EventType.RECORDING_SEGMENT, body)
