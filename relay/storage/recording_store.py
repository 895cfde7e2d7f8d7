"""Recordings at the relay: who has how much of which, within limits; the bytes are in `RecordingFiles`."""

import asyncio
from dataclasses import dataclass

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from protocol.messages.recording_api import ExportedStretch, NotedExport, StoredRecording
from protocol.recording.container import MAX_RECORDINGS
from protocol.recording.outline import outline_of
from relay.accounts.people import Person
from relay.clock import iso_utc
from relay.review.acts import Act, By
from relay.storage.engine import Database
from relay.storage.log_acts import note_act
from relay.storage.recording_files import RecordingFiles
from relay.storage.recordings_schema import RecordingExportRow, RecordingRow
from relay.storage.review_schema import ErasureRow
from relay.storage.schema import AccountRow
from relay.storage.ticket_rows import not_found

MAX_EXPORTS = 1000
"""Of one recording."""

_ERASED = "What was recorded in this session was erased at the relay, and is not taken again."


@dataclass(frozen=True)
class RecordingLimits:
    """How much is taken: of one recording, of one session, and how much of the disk is left free. Bytes."""

    recording_bytes: int = 4 * 1024**3
    session_bytes: int = 8 * 1024**3
    free_bytes: int = 1024**3


class RecordingStore:
    """Appends one part after another. Implements `relay.review.erasing.RecordingShelf`."""

    def __init__(self, database: Database, files: RecordingFiles, limits: RecordingLimits | None = None) -> None:
        self._database = database
        self._files = files
        self._limits = limits or RecordingLimits()
        # one part of a recording at a time: what a row says and what the file holds belong together
        self._locks: dict[tuple[str, int], asyncio.Lock] = {}

    async def append(
        self, session_id: str, number: int, offset: int, data: bytes, *, last: bool, now_ms: int
    ) -> StoredRecording:
        """Add `data` at `offset`; what is held already is only compared. Return what is held then.

        Raises:
            PeerError: `recording_gap`, `recording_conflict`, `quota_reached`; `recording_erased` when data of this
                session was erased: it does not come back.
            EnvironmentFault: the disk refuses.
        """
        key = (session_id, number)
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                return await self._append(session_id, number, offset, data, last=last, now_ms=now_ms)
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    async def list(self, session_id: str) -> tuple[StoredRecording, ...]:
        """Return what is held of a session's recordings, by number."""
        query = select(RecordingRow).where(RecordingRow.session_id == session_id).order_by(RecordingRow.number)
        async with self._database.reading() as session:
            return tuple(_stored(row) for row in await session.scalars(query))

    async def read(self, session_id: str, number: int, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on.

        Raises:
            PeerError: there is no such recording (`not_found`).
            EnvironmentFault: the disk refuses.
        """
        held = await self._held(session_id, number)
        wanted = min(length, held.size_bytes - offset)
        return b"" if wanted <= 0 else await asyncio.to_thread(self._files.read, session_id, number, offset, wanted)

    async def outline(self, session_id: str, number: int) -> bytes:
        """Return the outline of a recording (`protocol.recording.outline`).

        Raises:
            PeerError: there is no such recording (`not_found`), or it is none (`recording_malformed`).
            EnvironmentFault: the disk refuses.
        """
        held = await self._held(session_id, number)

        def read(offset: int, length: int) -> bytes:
            wanted = min(length, held.size_bytes - offset)
            return b"" if wanted <= 0 else self._files.read(session_id, number, offset, wanted)

        return await asyncio.to_thread(outline_of, read)

    async def note_export(
        self, session_id: str, number: int, exported: ExportedStretch, person: Person, now_ms: int
    ) -> NotedExport:
        """Keep that a stretch was saved as ordinary video; its leaf goes into the log.

        Raises:
            PeerError: there is no such recording (`not_found`), or too many exports of it (`quota_reached`).
        """
        await self._held(session_id, number)
        facts = {"recording": number, **msgspec.structs.asdict(exported)}
        act = Act("export", session_id, By.person(person), now_ms, facts)
        async with self._database.writing() as session:
            if len(await _exports(session, session_id, number)) >= MAX_EXPORTS:
                raise _quota_reached("exports")
            session.add(
                RecordingExportRow(
                    session_id=session_id,
                    number=number,
                    at_ms=now_ms,
                    account_id=person.id,
                    begins_ms=exported.begins_ms,
                    ends_ms=exported.ends_ms,
                    sha256=exported.sha256,
                    size_bytes=exported.size_bytes,
                    document=act.document,
                )
            )
            await note_act(session, act.leaf())
            await session.flush()
            return (await _exports(session, session_id, number))[-1]

    async def exports(self, session_id: str, number: int) -> tuple[NotedExport, ...]:
        """Return what was exported of a recording, oldest first; also of one that was erased since."""
        async with self._database.reading() as session:
            return await _exports(session, session_id, number)

    async def erase(self, session_id: str) -> int:
        """Delete every recording of a session and return how many there were.

        Raises:
            EnvironmentFault: the disk refuses.
        """
        async with self._database.writing() as session:
            count = await session.scalar(
                select(func.count()).select_from(RecordingRow).where(RecordingRow.session_id == session_id)
            )
            # the files first: a row without its file would say that there is something to erase
            await asyncio.to_thread(self._files.delete, session_id)
            await session.execute(delete(RecordingRow).where(RecordingRow.session_id == session_id))
        return count or 0

    async def older_than(self, before_ms: int) -> dict[str, int]:
        """Return how many recordings that were made before this moment each session has."""
        query = (
            select(RecordingRow.session_id, func.count())
            .where(RecordingRow.begun_at_ms < before_ms)
            .group_by(RecordingRow.session_id)
        )
        async with self._database.reading() as session:
            return {row[0]: row[1] for row in await session.execute(query)}

    async def _append(
        self, session_id: str, number: int, offset: int, data: bytes, *, last: bool, now_ms: int
    ) -> StoredRecording:
        async with self._database.reading() as session:
            row = await session.get(RecordingRow, (session_id, number))
            used = await session.scalar(
                select(func.sum(RecordingRow.size_bytes)).where(RecordingRow.session_id == session_id)
            )
            erased = await session.scalar(select(ErasureRow.id).where(ErasureRow.session_id == session_id).limit(1))
        if erased is not None:
            raise PeerError("data of this session was erased", code="recording_erased", user_text=_ERASED)
        size, finished = (0, False) if row is None else (row.size_bytes, bool(row.finished))
        if offset > size:
            raise _refused("recording_gap", f"part at {offset} of a recording of {size} bytes")
        known = min(len(data), size - offset)
        if data[:known] != await self._read_known(session_id, number, offset, known):
            raise _refused("recording_conflict", "something else is held there")
        new = data[known:]
        if new and finished:
            raise _refused("recording_conflict", "the recording is finished")
        self._check_room(number, size + len(new), (used or 0) + len(new), new)
        if new:
            await asyncio.to_thread(self._files.write, session_id, number, size, new)
        ends_here = last and offset + len(data) == size + len(new)
        async with self._database.writing() as session:
            row = await session.get(RecordingRow, (session_id, number))
            if row is None:
                row = RecordingRow(session_id=session_id, number=number, begun_at_ms=now_ms)
                session.add(row)
            row.size_bytes = size + len(new)
            row.finished = int(finished or ends_here)
            return _stored(row)

    async def _read_known(self, session_id: str, number: int, offset: int, length: int) -> bytes:
        return await asyncio.to_thread(self._files.read, session_id, number, offset, length) if length else b""

    def _check_room(self, number: int, recording_bytes: int, session_bytes: int, new: bytes) -> None:
        limits = self._limits
        too_many = number >= MAX_RECORDINGS
        if too_many or recording_bytes > limits.recording_bytes or session_bytes > limits.session_bytes:
            raise _quota_reached("recordings of this session")
        if new and self._files.free_bytes - len(new) < limits.free_bytes:
            raise _quota_reached("disk")

    async def _held(self, session_id: str, number: int) -> StoredRecording:
        async with self._database.reading() as session:
            row = await session.get(RecordingRow, (session_id, number))
        if row is None:
            raise not_found("There is no such recording.")
        return _stored(row)


async def _exports(session: AsyncSession, session_id: str, number: int) -> tuple[NotedExport, ...]:
    query = (
        select(RecordingExportRow, AccountRow.display_name)
        .join(AccountRow, AccountRow.id == RecordingExportRow.account_id)
        .where(RecordingExportRow.session_id == session_id, RecordingExportRow.number == number)
        .order_by(RecordingExportRow.id)
    )
    return tuple(
        NotedExport(
            recording=number,
            at=iso_utc(row.at_ms),
            by=name,
            begins_ms=row.begins_ms,
            ends_ms=row.ends_ms,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
        )
        for row, name in await session.execute(query)
    )


def _stored(row: RecordingRow) -> StoredRecording:
    return StoredRecording(row.number, row.size_bytes, bool(row.finished), iso_utc(row.begun_at_ms))


def _refused(code: str, detail: str) -> PeerError:
    return PeerError(detail, code=code, user_text="The relay holds another part of this recording than was sent.")


def _quota_reached(what: str) -> PeerError:
    return PeerError(
        f"no room: {what}", code="quota_reached", user_text="The relay has no room for more of this recording."
    )
