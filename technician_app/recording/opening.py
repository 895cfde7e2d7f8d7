"""Finds a recording: here if it was made or fetched here, else at the relay; and the key to it. Network thread."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import PeerError
from protocol.recording.container import RecordingHeader
from protocol.recording.keys import key_for_device, key_for_review
from protocol.recording.reader import RecordingReader
from technician_app.recording.fetching import FetchedSource
from technician_app.recording.recording_file import FileSource, number_of, recording_path
from technician_app.recording.store_api import RecordingStoreApi

MAX_FETCHED_BYTES = 8 * 1024**3
FETCHED = "fetched-recordings"
"""The folder of the profile for what came from the relay."""

Unlock = Callable[[RecordingHeader], bytes]
"""Returns a recording's key. Raises PeerError when it was not sealed to who is here."""


@dataclass(frozen=True)
class RecordingPlace:
    """Which recording: of this session (32 hex digits), counted from 0."""

    session: str
    number: int


def unlock_with_device(sealing_key: X25519PrivateKey) -> Unlock:
    """Return what opens recordings of this device."""
    return lambda header: key_for_device(header, sealing_key)


def unlock_with_review_key(review_key: X25519PrivateKey) -> Unlock:
    """Return what opens recordings of the whole organisation, for its auditors."""
    return lambda header: key_for_review(header, review_key)


def recordings_here(profile: Path, session: str) -> tuple[int, ...]:
    """Return which recordings of a session were made on this computer and are still here. Blocking, quick."""
    folder = profile / "sessions" / session
    numbers = [number_of(path) for path in folder.iterdir()] if folder.is_dir() else []
    return tuple(sorted(number for number in numbers if number is not None))


class OpenedRecording:
    """A recording, unlocked; `close` it and so its `source`, if it has one that must be."""

    def __init__(self, reader: RecordingReader, source: FileSource | FetchedSource | None = None) -> None:
        self.reader = reader
        self._source = source

    async def fetch(self, segment: int) -> None:
        """Return when this segment can be read.

        Raises:
            DesksideError: the relay or the disk fails.
        """
        if isinstance(self._source, FetchedSource):
            await self._source.fetch(*self.reader.extent(segment))

    async def close(self) -> None:
        """Let go of its file."""
        if self._source is not None:
            await _close(self._source)


async def open_recording(
    place: RecordingPlace, profile: Path, store: RecordingStoreApi, unlock: Unlock, fetched: Callable[[float], None]
) -> OpenedRecording:
    """Return the recording; what of it is at the relay comes while it is watched.

    `fetched` is told how much of it came from the relay so far (0..1).

    Raises:
        PeerError: it is not one, was changed, or was not sealed to who is here; the relay refuses it.
        EnvironmentFault: the disk or the relay fails.
    """
    source = await _source(place, profile, store, fetched)
    try:
        reader = await asyncio.to_thread(RecordingReader, source)
        if (reader.header.session, reader.header.recording) != (place.session, place.number):
            raise PeerError("another recording than asked for", code="recording_damaged")
        if isinstance(source, FetchedSource):
            await _fetch_what_opens(source, reader)
        key = unlock(reader.header)
        await asyncio.to_thread(reader.unlock, key)
    except BaseException:
        await _close(source)
        raise
    return OpenedRecording(reader, source)


async def _source(
    place: RecordingPlace, profile: Path, store: RecordingStoreApi, fetched: Callable[[float], None]
) -> FileSource | FetchedSource:
    path = recording_path(profile / "sessions" / place.session, place.number)
    if await asyncio.to_thread(path.exists):
        return await asyncio.to_thread(FileSource, path)
    path = recording_path(profile / FETCHED / place.session, place.number)
    held = {each.recording: each for each in await store.stored(place.session)}
    if place.number not in held:
        raise PeerError(
            "the relay has no such recording",
            code="not_found",
            user_text="This recording is not on this computer, and the relay does not have it (any more).",
        )
    size = held[place.number].size_bytes
    if size > MAX_FETCHED_BYTES:
        raise PeerError(f"a recording of {size} bytes", code="recording_malformed")
    # it may have grown since it was fetched
    if await asyncio.to_thread(_size, path) == size:
        return await asyncio.to_thread(FileSource, path)
    source = FetchedSource(store, place.session, held[place.number], path, fetched)
    try:
        await source.open()
    except BaseException:
        await source.close()
        raise
    return source


async def _fetch_what_opens(source: FetchedSource, reader: RecordingReader) -> None:
    """Fetch the first segment, by which the key is checked, and the index; without one, all it is made from."""
    if not reader.is_whole:
        await source.fetch(0, source.size_bytes)
        return
    await source.fetch(*reader.extent(0))
    await source.fetch(*reader.extent(len(reader.segments) - 1))


async def _close(source: FileSource | FetchedSource) -> None:
    if isinstance(source, FetchedSource):
        await source.close()
    else:
        await asyncio.to_thread(source.close)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1
