"""Brings recordings to the relay: slowly while the session runs, at full speed when it is over. Network thread.

What the relay holds is asked of the relay, so that an upload goes on where it ended, whatever ended it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.recording_api import MAX_PART_BYTES
from technician_app.recording.recording_file import SUFFIX, number_of, unreadable
from technician_app.recording.store_api import RecordingStoreApi

LIVE_PART_BYTES = 48 * 1024
LIVE_PAUSE_S = 0.5
"""While the session runs, at most a part in this time: 0.8 Mbit/s."""

SLOWER_THAN_USUAL = 1.5
USUAL_SLACK_MS = 30.0
YIELD_S = 3.0
"""When the round trip time is so much longer than the shortest of this session, uploading waits so long."""

TRY_AGAIN_S = 10.0
STORED_SUFFIX = ".stored"
"""An empty file of this name beside a recording says that the relay holds all of it."""

KEPT_DAYS = 14
"""A recording the relay holds is kept here as well for so long, to be played quickly."""

_log = logging.getLogger(__name__)


class LineWatch:
    """Knows whether the session's line is busier than usual."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shortest_ms: float | None = None
        self._busy_until = float("-inf")

    def round_trip_measured(self, round_trip_ms: float) -> None:
        """Take the newest round trip time."""
        shortest = round_trip_ms if self._shortest_ms is None else min(self._shortest_ms, round_trip_ms)
        self._shortest_ms = shortest
        if round_trip_ms > shortest * SLOWER_THAN_USUAL + USUAL_SLACK_MS:
            self._busy_until = self._clock() + YIELD_S

    @property
    def wait_s(self) -> float:
        """For how long nothing should be uploaded."""
        return max(LIVE_PAUSE_S, self._busy_until - self._clock())


class LiveUpload:
    """Uploads what a running session records: `recorded` names each new file."""

    def __init__(self, store: RecordingStoreApi, session: str, line: LineWatch) -> None:
        self._store = store
        self._session = session
        self._line = line
        self._files: list[tuple[Path, int]] = []
        self._news = asyncio.Event()

    def recorded(self, path: Path, number: int) -> None:
        """Upload this file, which grows."""
        self._files.append((path, number))
        self._news.set()

    async def run(self) -> None:
        """Upload until cancelled; what is left then is for `upload_late`."""
        await self._news.wait()
        stored: dict[int, int] = {}
        while True:
            await asyncio.sleep(self._line.wait_s)
            try:
                for path, number in self._files:
                    stored[number] = await self._next_part(path, number, stored.get(number, 0))
            except DesksideError as error:
                _log.info("the recording is not uploaded for now: %s (%s)", error, error.code)
                stored.clear()
                await asyncio.sleep(TRY_AGAIN_S)
                with suppress(DesksideError):
                    stored = {held.recording: held.size_bytes for held in await self._store.stored(self._session)}

    async def _next_part(self, path: Path, number: int, offset: int) -> int:
        data = await asyncio.to_thread(_part, path, offset, LIVE_PART_BYTES)
        if not data:
            return offset
        return (await self._store.append(self._session, number, offset, data, last=False)).size_bytes


async def upload_late(sessions: Path, store: RecordingStoreApi, running: frozenset[str]) -> int:
    """Upload what is left of recordings under `sessions`; return how many the relay holds wholly now.

    `running` names sessions that still record. What the relay refuses is logged and left for the next time; an
    unreachable relay ends the round quietly.
    """
    finished = 0
    for path in await asyncio.to_thread(_recordings, sessions):
        if path.parent.name in running:
            continue
        try:
            await _upload(path, store)
            finished += 1
        except EnvironmentFault as fault:
            _log.info("uploading recordings stops for now: %s", fault)
            break
        except PeerError as error:
            _log.warning("%s of %s was not uploaded: %s (%s)", path.name, path.parent.name, error, error.code)
    return finished


async def _upload(path: Path, store: RecordingStoreApi) -> None:
    session, number = path.parent.name, number_of(path)
    assert number is not None  # only such files are listed
    size = await asyncio.to_thread(_size, path)
    held = {each.recording: each for each in await store.stored(session)}
    offset = held[number].size_bytes if number in held else 0
    done = number in held and held[number].finished
    while not done:
        data = await asyncio.to_thread(_part, path, offset, MAX_PART_BYTES)
        done = offset + len(data) >= size
        offset = (await store.append(session, number, offset, data, last=done)).size_bytes
    await asyncio.to_thread(path.with_suffix(STORED_SUFFIX).touch, 0o600)


def _recordings(sessions: Path) -> list[Path]:
    """Return the recordings the relay may not hold yet, and forget old ones that it does."""
    waiting = []
    for path in sorted(sessions.glob(f"*/*{SUFFIX}")):
        if number_of(path) is None:
            continue
        if not path.with_suffix(STORED_SUFFIX).exists():
            waiting.append(path)
        elif time.time() - path.stat().st_mtime > KEPT_DAYS * 86400:
            path.unlink()
    return waiting


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(error) from error


def _part(path: Path, offset: int, length: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except OSError as error:
        raise unreadable(error) from error
