"""Plays a recording: keeps its time, feeds the decoder, lets voice be heard. Runs on the network thread."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from protocol.errors import DesksideError
from protocol.recording.entries import Entry, EntryKind, read_display
from protocol.recording.index import RecordingIndex
from protocol.recording.reader import RecordingReader
from protocol.transport.tasks import create_task
from protocol.transport.voice.sound_devices import SoundDevices
from technician_app.controllers.session_state import PictureChange, RemoteCursor
from technician_app.recording.playback_state import SPEEDS, PlaybackState, card_of
from technician_app.recording.recorded_cursor import RecordedCursor
from technician_app.recording.recorded_entries import Fetch, RecordedEntries
from technician_app.recording.replay import ReplayedPicture
from technician_app.recording.replayed_voice import ReplayedVoice

TELL_S = 0.1
"""How often the position is told while playing."""

LONGEST_IDLE_MS = 1_500
"""With idle stretches left out, so much of each is still played: before it and after it."""

STALL_S = 0.5
"""What takes longer to come stops the recording's time: what follows is played and not run through."""

Shown = PictureChange | RemoteCursor


class Playback:
    """Implements `PlaybackIntents` but for saving. `publish` gets the state, `shown` pictures and pointers.

    `run` plays until it is cancelled.
    """

    def __init__(
        self,
        reader: RecordingReader,
        fetch: Fetch,
        *,
        publish: Callable[[PlaybackState], None],
        shown: Callable[[Shown], None],
        sounds: SoundDevices | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        header = reader.header
        self._reader = reader
        self._publish = publish
        self._shown = shown
        self._clock = clock
        self.state = PlaybackState(header.session, header.ticket, header.started_at_ms)
        self._picture = ReplayedPicture(shown, self._failed)
        self._entries = RecordedEntries(reader, fetch)
        self._cursor = RecordedCursor()
        self._voice = ReplayedVoice(sounds, clock)
        self._wake = asyncio.Event()
        self._wanted_ms: int | None = None
        self._reached_ms = -1
        self._based = (0, 0.0)
        self._told_at = float("-inf")
        self._opened = asyncio.Event()
        """The first picture is shown."""
        self._leaving = threading.Event()

    async def run(self) -> None:
        """Open the recording, show its beginning, and do what is wanted from then on."""
        looking: asyncio.Task[None] | None = None
        self._picture.start()
        try:
            whole = self._reader.is_whole
            index = await asyncio.to_thread(self._reader.index) if whole else RecordingIndex(self._reader.duration_ms)
            points = self._reader.seek_points
            first_ms = self._reader.segments[points[0]].head.begins_ms if points else 0
            self._tell(index=index, is_indexed=whole, is_whole=whole, problem=self._lasting_problem)
            self.seek(first_ms)
            if not whole:
                looking = create_task(self._look_through(), name="look through a recording without its end")
            await self._play_on()
        finally:
            self._leaving.set()
            self._opened.set()
            if looking is not None:
                await asyncio.wait({looking})
            self._voice.stop()
            await self._picture.close()

    # --- what is wanted

    def play(self, playing: bool) -> None:
        """Play, from the beginning if it is at its end; or stand still."""
        if playing and self.state.position_ms >= self.state.duration_ms:
            self.seek(0)
        self._base(self._now_ms())
        self._voice.stop()
        self._tell(playing=playing, problem=self._lasting_problem)
        self._wake.set()

    def seek(self, t_ms: int) -> None:
        """Show the recording as it was at `t_ms`."""
        self._wanted_ms = max(0, min(t_ms, self.state.duration_ms))
        self._tell(position_ms=self._wanted_ms, seeking=True, problem=self._lasting_problem)
        self._wake.set()

    def choose_speed(self, speed: float) -> None:
        """Play at one of `SPEEDS`; another is passed over."""
        if speed in SPEEDS:
            self._base(self._now_ms())
            self._voice.stop()
            self._tell(speed=speed)
            self._wake.set()

    def skip_idle(self, skips: bool) -> None:
        """Leave out stretches in which nothing happens."""
        self._tell(skips_idle=skips)
        self._wake.set()

    def painted(self, number: int) -> None:
        """The window has painted this change."""
        self._picture.painted(number)

    # --- inside

    async def _look_through(self) -> None:
        """Put the index together that was never written; hours take seconds, and are played meanwhile."""
        await self._opened.wait()
        reader = self._reader.again()
        try:
            index = await asyncio.to_thread(reader.index, self._leaving.is_set)
        except DesksideError as error:
            self._failed(error)
            return
        if self._leaving.is_set():
            return
        self._reader.segments = reader.segments
        self._tell(index=index, is_indexed=True)
        if self.state.position_ms > index.duration_ms:
            self.seek(index.duration_ms)

    async def _play_on(self) -> None:
        while True:
            self._wake.clear()
            if self._wanted_ms is not None:
                wanted, self._wanted_ms = self._wanted_ms, None
                await self._go_to(wanted)
            elif self.state.playing:
                await self._advance()
                await self._sleep()
            else:
                await self._wake.wait()

    async def _go_to(self, t_ms: int) -> None:
        self._voice.stop()
        self._picture.hold()
        if not self._can_go_on_to(t_ms):
            self._entries.rewind(t_ms)
        await self._take_until(t_ms, heard=False)
        await self._picture.release()
        self._reached_ms = t_ms
        self._base(t_ms)
        if self._wanted_ms is None:
            self._shown(self._cursor.shown)
            self._tell(position_ms=t_ms, seeking=False)
            self._opened.set()

    @property
    def _lasting_problem(self) -> str:
        return "" if self._reader.seek_points else "There is no picture in this recording."

    def _can_go_on_to(self, t_ms: int) -> bool:
        """Whether nothing is won by going back to a full state."""
        point = self._reader.seek_point(t_ms)
        begins_ms = 0 if point is None else self._reader.segments[point].head.begins_ms
        return not self._picture.lost and begins_ms <= self._reached_ms <= t_ms

    async def _advance(self) -> None:
        index = self.state.index
        assert index is not None  # before it is there, nothing plays
        now_ms = min(self._now_ms(), index.duration_ms)
        if self.state.skips_idle and self.state.is_indexed:
            now_ms = self._without_idle(index, now_ms)
        heard, began = self.state.speed == 1.0, self._clock()
        await self._take_until(now_ms, heard=heard)
        if self._clock() - began > STALL_S:
            self._base(now_ms)
        self._reached_ms = max(self._reached_ms, now_ms)
        at_end = now_ms >= index.duration_ms
        if at_end or self._clock() - self._told_at >= TELL_S:
            self._tell(position_ms=now_ms, playing=not at_end)

    def _without_idle(self, index: RecordingIndex, now_ms: int) -> int:
        until_ms = index.idle_until(now_ms)
        since_ms = max((each.ends_ms for each in index.busy if each.ends_ms <= now_ms), default=0)
        if until_ms is None or now_ms - since_ms < LONGEST_IDLE_MS or until_ms - now_ms <= LONGEST_IDLE_MS:
            return now_ms
        later_ms = until_ms - LONGEST_IDLE_MS // 3 if until_ms < index.duration_ms else index.duration_ms
        self._base(later_ms)
        return later_ms

    async def _take_until(self, t_ms: int, *, heard: bool) -> None:
        """Take every entry up to `t_ms`; give up when another moment is wanted."""
        try:
            while self._wanted_ms is None and (entry := await self._entries.peek()) is not None and entry.t_ms <= t_ms:
                await self._entries.take()
                await self._take(entry, heard=heard)
        except DesksideError as error:
            self._failed(error)
        if self._entries.ended_early:
            self._tell(is_whole=False)

    async def _take(self, entry: Entry, *, heard: bool) -> None:
        match entry.kind:
            case EntryKind.STATE | EntryKind.UPDATE:
                await self._picture.apply(entry.body)
            case EntryKind.CURSOR:
                self._cursor.take(entry.body)
                if heard or self.state.playing:
                    self._shown(self._cursor.shown)
            case EntryKind.DISPLAY:
                size = read_display(entry.body)
                self._tell(display_size=(size.width, size.height))
            case EntryKind.VOICE if heard:
                self._voice.take(entry.body)

    async def _sleep(self) -> None:
        entry, wait_s = await self._upcoming(), TELL_S
        if entry is not None:
            wait_s = min(wait_s, max(0.0, (entry.t_ms - self._now_ms()) / 1000 / self.state.speed))
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _upcoming(self) -> Entry | None:
        try:
            return await self._entries.peek()
        except DesksideError as error:
            self._failed(error)
            return None

    def _now_ms(self) -> int:
        based_ms, at = self._based
        if not self.state.playing:
            return based_ms
        return based_ms + int((self._clock() - at) * 1000 * self.state.speed)

    def _base(self, t_ms: int) -> None:
        self._based = (t_ms, self._clock())

    def _failed(self, error: DesksideError) -> None:
        self._base(self._now_ms())
        self._tell(problem=error.user_text, playing=False)

    def _tell(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        if self.state.index is not None:
            self.state = replace(self.state, card=card_of(self.state.index, self.state.position_ms))
        self._told_at = self._clock()
        self._publish(self.state)
