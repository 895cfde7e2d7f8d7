"""Finds a recording: here if it was made or fetched here, else at the relay; and the key to it. Network thread."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import PeerError
from protocol.messages.recording_api import MAX_PART_BYTES
from protocol.recording.container import RecordingHeader
from protocol.recording.keys import key_for_device, key_for_review
from protocol.recording.reader import RecordingReader
from technician_app.recording.recording_file import FileSource, number_of, recording_path, unreadable
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


async def open_recording(
    place: RecordingPlace, profile: Path, store: RecordingStoreApi, unlock: Unlock, fetched: Callable[[float], None]
) -> tuple[RecordingReader, FileSource]:
    """Return the recording, unlocked, and its open file, which the caller closes.

    `fetched` is told how much of it came from the relay so far (0..1).

    Raises:
        PeerError: it is not one, was changed, or was not sealed to who is here; the relay refuses it.
        EnvironmentFault: the disk or the relay fails.
    """
    path = recording_path(profile / "sessions" / place.session, place.number)
    if not path.exists():
        path = recording_path(profile / FETCHED / place.session, place.number)
        await _fetch(place, path, store, fetched)
    source = await asyncio.to_thread(FileSource, path)
    try:
        reader = await asyncio.to_thread(_opened, source, unlock)
        if (reader.header.session, reader.header.recording) != (place.session, place.number):
            raise PeerError("another recording than asked for", code="recording_damaged")
    except BaseException:
        source.close()
        raise
    return reader, source


def _opened(source: FileSource, unlock: Unlock) -> RecordingReader:
    reader = RecordingReader(source)
    reader.unlock(unlock(reader.header))
    return reader


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


async def _fetch(place: RecordingPlace, path: Path, store: RecordingStoreApi, fetched: Callable[[float], None]) -> None:
    """Bring `path` up to what the relay holds: a recording may have grown since it was fetched."""
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
    if await asyncio.to_thread(_size, path) == size:
        return
    part = path.with_name(path.name + ".part")
    try:
        await asyncio.to_thread(path.parent.mkdir, 0o700, True, True)
        file = await asyncio.to_thread(part.open, "wb")
        with file:
            while (at := file.tell()) < size:
                data = await store.part(place.session, place.number, at, min(MAX_PART_BYTES, size - at))
                if not data:
                    raise PeerError("a recording that ends early", code="relay_answer_malformed")
                await asyncio.to_thread(file.write, data)
                fetched(file.tell() / size)
        part.replace(path)
    except OSError as error:
        raise unreadable(error) from error
