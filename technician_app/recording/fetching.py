"""A recording that comes from the relay while it is watched: first what is wanted, then all the rest. Network thread.

What has come stands in a file with holes, which gets its name when it has none any more; then it need not be fetched
again.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.recording_api import StoredRecording
from protocol.recording.container import START_BYTES, read_head
from protocol.recording.outline import MAX_HEADS, outlined
from protocol.transport.tasks import cancelled, create_task
from technician_app.recording.recording_file import unreadable
from technician_app.recording.store_api import RecordingStoreApi

PART_BYTES = 256 * 1024
"""Fetched at once: on a line of 10 Mbit/s a fifth of a second, so that what is wanted next never waits for long."""

_log = logging.getLogger(__name__)


class FetchedSource:
    """Implements `protocol.recording.reader.Source` on what was fetched of a recording. `close` it.

    `fetched` is told how much has come so far (0..1).
    """

    def __init__(
        self,
        store: RecordingStoreApi,
        session: str,
        stored: StoredRecording,
        path: Path,
        fetched: Callable[[float], None],
    ) -> None:
        self.size_bytes = stored.size_bytes
        self._store = store
        self._session, self._number = session, stored.recording
        self._path, self._part_path = path, path.with_name(path.name + ".part")
        self._told = fetched
        self._outline: dict[int, bytes] = {}
        self._outline_ends = -1
        self._parts = -(-self.size_bytes // PART_BYTES)
        self._here: set[int] = set()
        self._next = 0
        self._one = asyncio.Lock()
        self._descriptor = -1
        self._rest: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Make the file, and learn where in the recording what is. Until it is closed, everything else is fetched, too.

        Raises:
            PeerError: it is not a recording; the relay refuses.
            EnvironmentFault: the disk or the relay fails.
        """
        try:
            await asyncio.to_thread(self._make)
        except OSError as error:
            raise unreadable(error) from error
        self._outline = outlined(await self._store.outline(self._session, self._number))
        if len(self._outline) > MAX_HEADS:
            await self.fetch(0, self.size_bytes)
        else:
            self._outline_ends = _end_of(self._outline)
        self._rest = create_task(self._fetch_rest(), name="fetch the rest of a recording")

    async def fetch(self, offset: int, length: int) -> None:
        """Return when these bytes are here.

        Raises:
            PeerError: the relay refuses, or has less than it said.
            EnvironmentFault: the disk or the relay fails.
        """
        end = min(self.size_bytes, offset + length)
        for part in range(offset // PART_BYTES, -(-end // PART_BYTES)):
            if part not in self._here:
                await self._have(part)
            self._next = part + 1

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end. They must have been fetched, or be in the outline.

        Raises:
            EnvironmentFault: the disk refuses (`recording_unreadable`), or they were not fetched.
        """
        known = self._outline.get(offset, b"")
        if 0 < length <= len(known):
            return known[:length]
        end = min(self.size_bytes, offset + length)
        if offset >= end or offset == self._outline_ends:
            return b""
        if any(part not in self._here for part in range(offset // PART_BYTES, -(-end // PART_BYTES))):
            raise unreadable(OSError("not fetched yet"))
        try:
            return os.pread(self._descriptor, max(0, end - offset), offset)
        except OSError as error:
            raise unreadable(error) from error

    async def close(self) -> None:
        """Stop fetching and close the file. What is not whole is thrown away."""
        if self._rest is not None:
            await cancelled(self._rest)
        await asyncio.to_thread(self._close)

    async def _fetch_rest(self) -> None:
        """Fetch what is missing, beginning behind what was wanted last."""
        try:
            while missing := [part for part in range(self._parts) if part not in self._here]:
                await self._have(next((part for part in missing if part >= self._next), missing[0]))
            await asyncio.to_thread(os.fsync, self._descriptor)
            await asyncio.to_thread(self._part_path.replace, self._path)
        except (DesksideError, OSError) as error:
            _log.warning("the rest of a recording was not fetched: %s", error)

    async def _have(self, part: int) -> None:
        async with self._one:
            if part in self._here:
                return
            offset = part * PART_BYTES
            length = min(PART_BYTES, self.size_bytes - offset)
            data = await self._store.part(self._session, self._number, offset, length)
            if len(data) != length:
                raise PeerError("a recording that ends early", code="relay_answer_malformed")
            try:
                await asyncio.to_thread(self._write, offset, data)
            except OSError as error:
                raise _unwritable(error) from error
            self._here.add(part)
            self._told(len(self._here) / self._parts)

    def _make(self) -> None:
        self._part_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descriptor = os.open(self._part_path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.ftruncate(self._descriptor, self.size_bytes)

    def _write(self, offset: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, offset)
            view, offset = view[written:], offset + written

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._part_path.unlink(missing_ok=True)


def _end_of(outline: dict[int, bytes]) -> int:
    """Return the offset at which no other segment begins."""
    last = max(outline)
    length = len(outline[last])
    return last + length + (read_head(outline[last]).sealed_bytes if last > START_BYTES else 0)


def _unwritable(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error),
        code="recording_unreadable",
        user_text=f"The recording could not be fetched: this computer's disk refused it ({error.strerror or error}).",
    )
