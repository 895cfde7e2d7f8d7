"""Saves a stretch of a recording as WebM: the picture with the pointer, and both voices. Network thread.

The picture is made in the decoder process; encoding is done on worker threads. The file gets its name only when its
hash is noted at the relay, so that no video goes around that the record does not know.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.recording_api import ExportedStretch
from protocol.recording.entries import Entry, EntryKind
from technician_app.controllers.session_state import PictureChange
from technician_app.recording.opening import OpenedRecording, RecordingPlace
from technician_app.recording.playback_state import card_of
from technician_app.recording.recorded_cursor import RecordedCursor
from technician_app.recording.recorded_entries import RecordedEntries
from technician_app.recording.replay import ReplayedPicture
from technician_app.recording.store_api import RecordingStoreApi
from technician_app.recording.video_file import FilmedPicture, VideoFile
from technician_app.recording.voice_mix import MIX_MS, VoiceMix

FRAME_MS = 80
"""Between two pictures that differ: 12.5 a second."""

STILL_MS = 2_000
"""A still picture is repeated, so that players can go anywhere."""

_HASH_CHUNK = 1 << 20


DrawCard = Callable[[str, tuple[int, int]], bytes]
"""Draws words as a picture of this size, BGRX rows without gaps."""


class VideoSaving:
    """Saves from one recording; `draw_card` draws what stands in the place of a pause.

    `done` is told how much was saved so far (0..1).
    """

    def __init__(
        self,
        opened: OpenedRecording,
        store: RecordingStoreApi,
        place: RecordingPlace,
        draw_card: DrawCard,
        done: Callable[[float], None],
    ) -> None:
        self._reader = opened.reader
        self._draw_card = draw_card
        self._store = store
        self._place = place
        self._done = done
        self._entries = RecordedEntries(opened.reader, opened.fetch)
        self._picture = ReplayedPicture(self._shown, self._failed)
        self._cursor = RecordedCursor()
        self._mix = VoiceMix()
        self._newest: PictureChange | None = None
        self._card = ""
        self._changed = False
        self._fault: DesksideError | None = None

    async def save(self, begins_ms: int, ends_ms: int, path: Path) -> ExportedStretch:
        """Write the stretch to `path`, which is replaced, and return what was noted of it.

        Raises:
            PeerError: there is nothing in the stretch (`nothing_to_save`), the recording is damaged, or the relay
                refuses to note it.
            EnvironmentFault: the disk, the encoder or the relay fails.
        """
        part = path.with_name(path.name + ".part")
        try:
            await self._write(begins_ms, ends_ms, part)
            digest, size = await asyncio.to_thread(_hashed, part)
            exported = ExportedStretch(begins_ms, ends_ms, digest, size)
            await self._store.note_export(self._place.session, self._place.number, exported)
            await asyncio.to_thread(part.replace, path)
        except OSError as error:
            raise _fault(error) from error
        finally:
            await asyncio.to_thread(part.unlink, True)
        return exported

    async def _write(self, begins_ms: int, ends_ms: int, part: Path) -> None:
        self._picture.start()
        try:
            if ends_ms <= begins_ms or not self._entries.rewind(begins_ms):
                raise _nothing()
            await self._take_until(begins_ms, heard=False)
            if self._newest is None:
                raise _nothing()
            video = await asyncio.to_thread(VideoFile, part, self._newest.size)
            try:
                await self._film(video, begins_ms, ends_ms)
            finally:
                await asyncio.to_thread(video.close)
        finally:
            await self._picture.close()

    async def _film(self, video: VideoFile, begins_ms: int, ends_ms: int) -> None:
        index = await asyncio.to_thread(self._reader.index)
        filmed_ms, told_ms = begins_ms - STILL_MS, begins_ms
        for t_ms in range(begins_ms, ends_ms, MIX_MS):
            await self._take_until(t_ms, heard=True)
            sound = self._mix.next_block(t_ms)
            card = card_of(index, t_ms)
            self._card, self._changed = card, self._changed or card != self._card
            due = t_ms - filmed_ms >= FRAME_MS and self._changed
            if due or t_ms - filmed_ms >= STILL_MS or t_ms + MIX_MS >= ends_ms:
                filmed_ms, self._changed = t_ms, False
                await asyncio.to_thread(video.add_picture, self._filmed(), t_ms - begins_ms)
            await asyncio.to_thread(video.add_sound, sound, t_ms - begins_ms)
            if t_ms - told_ms >= 1000:
                told_ms = t_ms
                self._done((t_ms - begins_ms) / (ends_ms - begins_ms))

    async def _take_until(self, t_ms: int, *, heard: bool) -> None:
        while (entry := await self._entries.peek()) is not None and entry.t_ms <= t_ms:
            await self._entries.take()
            await self._take(entry, heard=heard)
        await self._picture.settle()
        if self._fault is not None:
            raise self._fault

    async def _take(self, entry: Entry, *, heard: bool) -> None:
        match entry.kind:
            case EntryKind.STATE | EntryKind.UPDATE:
                await self._picture.apply(entry.body)
            case EntryKind.CURSOR:
                self._cursor.take(entry.body)
                self._changed = True
            case EntryKind.VOICE if heard:
                self._mix.take(entry)

    def _filmed(self) -> FilmedPicture:
        newest = self._newest
        assert newest is not None  # there was a picture before the film began
        if self._card:
            return FilmedPicture(self._draw_card(self._card, newest.size), newest.size, None)
        return FilmedPicture(bytes(newest.pixels), newest.size, self._cursor.shown)

    def _shown(self, change: PictureChange) -> None:
        self._newest, self._changed = change, True
        self._picture.painted(change.number)

    def _failed(self, error: DesksideError) -> None:
        self._fault = error


def _hashed(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def _nothing() -> PeerError:
    return PeerError(
        "an empty stretch", code="nothing_to_save", user_text="There is no picture in this stretch of the recording."
    )


def _fault(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error), code="export_failed", user_text=f"The video could not be written there: {error.strerror or error}."
    )
