"""Playing a recording with the real decoder process: any moment, any order, also when the recording was cut off."""

import asyncio
import hashlib
import threading
from contextlib import asynccontextmanager

import av
import pytest

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import encode
from protocol.messages.picture import CursorPlaced
from protocol.messages.recording_api import ExportedStretch
from protocol.recording.entries import EntryKind, Marker, MarkerKind, VoicePacket, pack_note, pack_voice
from protocol.recording.reader import BytesSource, RecordingReader
from protocol.transport.tasks import cancelled, create_task
from protocol.transport.voice.opus import VoiceEncoder
from technician_app.controllers.session_state import PictureChange, RemoteCursor
from technician_app.recording.opening import OpenedRecording, RecordingPlace
from technician_app.recording.playback import Playback, Shown
from technician_app.recording.playback_state import PlaybackState, card_of, clock_words
from technician_app.recording.saving import VideoSaving
from technician_app.views.video_card import draw_card
from tests.support.recordings import SESSION, Scene, Tape, at_hand
from tests.support.sounds import sine


class Screen:
    """A window that paints at once, and remembers what it shows."""

    def __init__(self) -> None:
        self.playback: Playback
        self.state = PlaybackState()
        self.pixels = b""
        self.cursor: RemoteCursor | None = None
        self.news = asyncio.Event()

    def publish(self, state: PlaybackState) -> None:
        self.state = state
        self.news.set()

    def show(self, shown: Shown) -> None:
        if isinstance(shown, PictureChange):
            self.pixels = bytes(shown.pixels)
            self.playback.painted(shown.number)
        else:
            self.cursor = shown
        self.news.set()

    async def until(self, condition) -> None:
        async with asyncio.timeout(30):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def seek(self, t_ms: int) -> bytes:
        self.playback.seek(t_ms)
        await self.until(lambda: not self.state.seeking)
        return self.pixels


@asynccontextmanager
async def playing(reader: RecordingReader):
    screen = Screen()
    screen.playback = Playback(reader, at_hand, publish=screen.publish, shown=screen.show)
    running = create_task(screen.playback.run(), name="play")
    try:
        await screen.until(lambda: screen.state.index is not None and not screen.state.seeking)
        yield screen
    finally:
        await cancelled(running)
        if not running.cancelled():
            running.result()


def filmed(seconds: int = 8, *, pause: tuple[int, int] | None = None) -> tuple[Tape, dict[int, bytes]]:
    """Return a recording in which something changes four times a second, with a place to read from every two."""
    scene, tape, shown = Scene(11), Tape(), {}
    for t_ms in range(0, seconds * 1000, 250):
        if pause is not None and pause[0] <= t_ms < pause[1]:
            if t_ms == pause[0]:
                tape.add(EntryKind.MARKER, t_ms, pack_note(Marker(MarkerKind.PAUSED)))
            continue
        if pause is not None and t_ms == pause[1]:
            tape.add(EntryKind.MARKER, t_ms, pack_note(Marker(MarkerKind.RESUMED)))
        if t_ms % 2000 == 0 and t_ms:
            scene.begin_streams()
        scene.change()
        update = scene.update(t_ms)
        assert update is not None
        shown[t_ms] = tape.update(t_ms, update)
        tape.add(EntryKind.CURSOR, t_ms, encode(CursorPlaced(t_ms // 250, 5, True)))
        tape.flush()
    return tape, shown


async def test_every_moment_can_be_gone_to_forwards_and_backwards() -> None:
    tape, shown = filmed()
    tape.finish(8_000)
    async with playing(tape.reader()) as screen:
        assert screen.pixels == shown[0]
        for t_ms in (5_250, 5_500, 1_000, 7_750, 2_000, 0, 3_999):
            assert await screen.seek(t_ms) == shown[t_ms // 250 * 250]
            assert screen.state.position_ms == t_ms
            assert screen.cursor is not None
            assert screen.cursor.position == (t_ms // 250, 5)


async def test_it_plays_at_eight_times_the_speed_to_its_end_and_begins_again() -> None:
    tape, shown = filmed(4)
    tape.finish(4_000)
    async with playing(tape.reader()) as screen:
        screen.playback.choose_speed(8.0)
        screen.playback.play(True)
        await screen.until(lambda: screen.state.position_ms == 4_000 and not screen.state.playing)
        await screen.until(lambda: screen.pixels == shown[3_750])
        screen.playback.play(True)
        await screen.until(lambda: screen.state.position_ms < 2_000 and screen.state.playing)
        screen.playback.play(False)


async def test_idle_stretches_are_left_out_and_a_pause_is_a_card() -> None:
    tape, shown = filmed(200, pause=(1_000, 198_000))
    tape.finish(200_000)
    async with playing(tape.reader()) as screen:
        await screen.seek(60_000)
        assert screen.state.card == "The customer paused sharing, 3:17"
        assert screen.pixels == shown[750]
        await screen.seek(0)
        screen.playback.skip_idle(True)
        screen.playback.choose_speed(8.0)
        screen.playback.play(True)
        await screen.until(lambda: not screen.state.playing)
        await screen.until(lambda: screen.pixels == shown[199_750])
        assert screen.state.card == ""


async def test_a_recording_that_was_cut_off_or_changed_plays_up_to_there_and_says_so() -> None:
    tape, shown = filmed()
    whole = bytes(tape.data)
    cut = RecordingReader(BytesSource(whole[: len(whole) * 3 // 4]))
    cut.unlock(tape.key)
    last = max(t_ms for t_ms in shown if t_ms <= cut.duration_ms)
    async with playing(cut) as screen:
        assert await screen.seek(cut.duration_ms) == shown[last]
        assert not screen.state.is_whole
        assert not screen.state.problem
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    reader = RecordingReader(BytesSource(bytes(damaged)))
    reader.unlock(tape.key)
    async with playing(reader) as screen:
        assert not screen.state.is_whole
        await screen.until(lambda: screen.state.is_indexed and not screen.state.seeking)
        assert 0 < screen.state.duration_ms < 7_750
        assert await screen.seek(screen.state.duration_ms) in shown.values()


class HeldSource(BytesSource):
    """A recording whose disk lets nobody but the player read on."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.player, self.released = threading.get_ident(), threading.Event()

    def read(self, offset: int, length: int) -> bytes:
        if threading.get_ident() != self.player:
            assert self.released.wait(30)
        return super().read(offset, length)


async def test_a_recording_that_was_cut_off_is_shown_before_it_is_known_what_happened_in_it() -> None:
    tape, shown = filmed(pause=(3_000, 5_000))
    source = HeldSource(bytes(tape.data[:-40]))
    cut = RecordingReader(source)
    cut.unlock(tape.key)
    async with playing(cut) as screen:
        assert not screen.state.is_indexed
        assert await screen.seek(2_000) == shown[2_000]
        screen.playback.skip_idle(True)
        assert await screen.seek(4_000) == shown[2_750]
        assert screen.state.card == ""
        source.released.set()
        await screen.until(lambda: screen.state.is_indexed)
        assert screen.state.card == "The customer paused sharing, 0:02"


async def test_a_recording_without_a_picture_says_so() -> None:
    tape = Tape()
    tape.finish(100)
    async with playing(tape.reader()) as screen:
        assert screen.state.problem == "There is no picture in this recording."


async def test_what_is_no_screen_update_is_shown_as_a_problem_and_other_moments_still_are() -> None:
    tape, shown = filmed(4)
    tape.add(EntryKind.UPDATE, 4_000, b"short")
    tape.finish(4_100)
    async with playing(tape.reader()) as screen:
        await screen.seek(4_100)
        await screen.until(lambda: bool(screen.state.problem))
        assert await screen.seek(1_000) == shown[1_000]


class Noted:
    """The relay, as far as exports go."""

    def __init__(self) -> None:
        self.noted: list[ExportedStretch] = []
        self.fault: Exception | None = None

    async def note_export(self, session: str, recording: int, exported: ExportedStretch) -> None:
        if self.fault is not None:
            raise self.fault
        self.noted.append(exported)


def saving_of(tape: Tape, store: Noted, done=lambda share: None) -> VideoSaving:
    return VideoSaving(OpenedRecording(tape.reader()), store, RecordingPlace(SESSION, 0), draw_card, done)  # type: ignore[arg-type]


async def test_a_pause_is_a_card_in_a_saved_video_and_shows_nothing_of_the_picture(tmp_path, qapp) -> None:
    tape, _shown = filmed(8, pause=(2_000, 6_000))
    tape.finish(8_000)
    path = tmp_path / "film.webm"
    await saving_of(tape, Noted()).save(0, 8_000, path)
    ground = {}
    with av.open(str(path)) as video:
        for frame in video.decode(video=0):
            rows = bytes(frame.reformat(format="bgr24").planes[0])
            ground[frame.time] = min(abs(rows[0] - 0x1D) + abs(rows[1] - 0x18) + abs(rows[2] - 0x16), 99)
    paused = [far for time, far in ground.items() if 2.1 < time < 5.9]
    assert paused
    assert max(paused) < 12
    assert min(far for time, far in ground.items() if time < 1.9 or time > 6.3) > 40


async def test_a_stretch_is_saved_as_video_with_sound_and_its_hash_is_noted(tmp_path) -> None:
    tape, _shown = filmed(4)
    voice = VoiceEncoder()
    for number in range(100):
        data = voice.encode(sine(440, number))
        if data:
            packet = VoicePacket(number % 2 == 0, number * 960, ((0, data),))
            tape.add(EntryKind.VOICE, 4_000 + number * 20, pack_voice(packet))
    tape.finish(6_000)
    store, shares, path = Noted(), [], tmp_path / "film.webm"
    saving = saving_of(tape, store, shares.append)
    exported = await saving.save(1_000, 6_000, path)
    assert store.noted == [exported]
    assert exported.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [file.name for file in tmp_path.iterdir()] == ["film.webm"]
    with av.open(str(path)) as video:
        frames = [frame.time for frame in video.decode(video=0)]
        assert (video.streams.video[0].width, video.streams.video[0].height) == (64, 48)
    with av.open(str(path)) as video:
        loud = [bytes(frame.planes[0]).strip(b"\0") for frame in video.decode(audio=0)]
    assert frames[0] == 0
    assert 4.5 < frames[-1] < 5.1
    assert len(frames) >= 12
    assert any(loud)


async def test_no_video_is_left_when_it_cannot_be_noted_or_there_is_nothing_in_it(tmp_path) -> None:
    tape, _shown = filmed(2)
    tape.finish(2_000)
    store = Noted()
    store.fault = EnvironmentFault("offline", code="relay_unreachable")
    with pytest.raises(EnvironmentFault):
        await saving_of(tape, store).save(0, 1_000, tmp_path / "a.webm")
    with pytest.raises(PeerError) as empty:
        await saving_of(tape, store).save(500, 500, tmp_path / "a.webm")
    assert empty.value.code == "nothing_to_save"
    assert list(tmp_path.iterdir()) == []


def test_times_are_said_in_words() -> None:
    assert [clock_words(t_ms) for t_ms in (0, 42_900, 727_000, 3_723_000)] == ["0:00", "0:42", "12:07", "1:02:03"]
    tape, _shown = filmed(8, pause=(2_000, 4_000))
    tape.finish(8_000)
    index = tape.reader().index()
    assert card_of(index, 1_999) == card_of(index, 4_000) == ""
    assert card_of(index, 2_000) == "The customer paused sharing, 0:02"
