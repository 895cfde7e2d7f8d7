"""A recording as its window has it: opened, played, saved in part. Runs on the network thread.

Implements `PlaybackIntents`; what is wanted before it is open is passed over.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from protocol.errors import DesksideError
from protocol.transport.tasks import cancelled, create_task
from protocol.transport.voice.sound_devices import SoundDevices
from technician_app.recording.opening import OpenedRecording, RecordingPlace, Unlock, open_recording
from technician_app.recording.playback import Playback, Shown
from technician_app.recording.playback_state import PlaybackState
from technician_app.recording.saving import DrawCard, VideoSaving
from technician_app.recording.store_api import RecordingStoreApi

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PlayerFacts:
    """Which recording, where it may be, how it is opened, and how a card for videos is drawn. Without `sounds`
    nothing is heard.
    """

    place: RecordingPlace
    profile: Path
    store: RecordingStoreApi
    unlock: Unlock
    draw_card: DrawCard
    sounds: SoundDevices | None = None


class RecordingPlayer:
    """`publish` gets what the window shows, `shown` pictures and pointers."""

    def __init__(
        self, facts: PlayerFacts, publish: Callable[[PlaybackState], None], shown: Callable[[Shown], None]
    ) -> None:
        self._facts = facts
        self._publish = publish
        self._shown = shown
        self._playback: Playback | None = None
        self._opened: OpenedRecording | None = None
        self._saving: asyncio.Task[None] | None = None
        self._extra: dict[str, Any] = {}

    async def run(self) -> None:
        """Open the recording and play it until cancelled; what goes wrong is shown."""
        facts = self._facts
        try:
            opened = await open_recording(facts.place, facts.profile, facts.store, facts.unlock, self._fetched)
        except DesksideError as error:
            _log.warning("a recording cannot be opened: %s (%s)", error, error.code)
            self._publish(PlaybackState(facts.place.session, problem=error.user_text))
            return
        try:
            self._opened = opened
            self._playback = Playback(
                opened.reader, opened.fetch, publish=self._publish_with_extra, shown=self._shown, sounds=facts.sounds
            )
            await self._playback.run()
        finally:
            if self._saving is not None:
                await cancelled(self._saving)
            await opened.close()

    def play(self, playing: bool) -> None:
        """Play, or stand still."""
        if self._playback is not None:
            self._playback.play(playing)

    def seek(self, t_ms: int) -> None:
        """Show the recording as it was then."""
        if self._playback is not None:
            self._playback.seek(t_ms)

    def choose_speed(self, speed: float) -> None:
        """Play at another speed."""
        if self._playback is not None:
            self._playback.choose_speed(speed)

    def skip_idle(self, skips: bool) -> None:
        """Leave out stretches in which nothing happens."""
        if self._playback is not None:
            self._playback.skip_idle(skips)

    def painted(self, number: int) -> None:
        """The window has painted this change."""
        if self._playback is not None:
            self._playback.painted(number)

    def save_video(self, begins_ms: int, ends_ms: int, path: str) -> None:
        """Save a stretch as ordinary video; one at a time."""
        if self._opened is not None and self._saving is None:
            self._saving = create_task(self._save(begins_ms, ends_ms, Path(path)), name="save a video")

    def _fetched(self, share: float) -> None:
        self._say(fetched=share)

    async def _save(self, begins_ms: int, ends_ms: int, path: Path) -> None:
        assert self._opened is not None  # checked by who starts this
        facts = self._facts
        saving = VideoSaving(
            self._opened, facts.store, facts.place, facts.draw_card, lambda share: self._say(saving=share, said="")
        )
        try:
            saved = await saving.save(begins_ms, ends_ms, path)
            self._say(saving=None, said=f"Saved {path.name}. Its SHA-256, {saved.sha256}, is noted at the relay.")
        except DesksideError as error:
            _log.warning("no video was saved: %s (%s)", error, error.code)
            self._say(saving=None, said=error.user_text)
        finally:
            self._saving = None

    def _say(self, **extra: Any) -> None:
        self._extra |= extra
        opening = PlaybackState(self._facts.place.session)
        self._publish_with_extra(opening if self._playback is None else self._playback.state)

    def _publish_with_extra(self, state: PlaybackState) -> None:
        self._publish(replace(state, **self._extra))
