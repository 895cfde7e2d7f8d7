"""A recording at the relay is watched while it comes: what is wanted is fetched first, the rest behind it, once."""

import asyncio
import secrets
from contextlib import asynccontextmanager

import pytest

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.recording_api import StoredRecording
from protocol.recording.container import HEAD_BYTES
from protocol.recording.entries import EntryKind
from protocol.recording.outline import outline_of, outlined
from protocol.recording.reader import BytesSource
from protocol.transport.tasks import cancelled, create_task
from technician_app.recording.fetching import PART_BYTES
from technician_app.recording.opening import RecordingPlace, open_recording
from technician_app.recording.playback_state import PlaybackState
from technician_app.recording.player import PlayerFacts, RecordingPlayer
from technician_app.recording.recording_file import recording_path
from technician_app.views.video_card import draw_card
from tests.support.recordings import SESSION, Scene, Tape

PLACE = RecordingPlace(SESSION, 0)
PARTS = 12


def long_tape() -> tuple[Tape, dict[int, bytes]]:
    """Return a recording of a dozen parts or so, with a full state at every second, and its pictures."""
    scene, tape, shown = Scene(5), Tape(), {}
    for second in range(2 * PARTS):
        if second:
            scene.begin_streams()
        scene.change()
        update = scene.update(second * 1000)
        assert update is not None
        shown[second * 1000] = tape.update(second * 1000, update)
        tape.add(EntryKind.VOICE, second * 1000 + 1, secrets.token_bytes(PART_BYTES // 2))
        tape.flush()
    tape.finish(2 * PARTS * 1000)
    return tape, shown


class Shelf:
    """A relay's store of one recording, on a line that can be cut: then it serves no more than `left` parts."""

    def __init__(self, tape: Tape) -> None:
        self.data = bytes(tape.data)
        self.asked: list[int] = []
        self.left = 1000
        self.more = asyncio.Event()
        self.fault: EnvironmentFault | None = None

    async def stored(self, session: str) -> tuple[StoredRecording, ...]:
        return (StoredRecording(0, len(self.data), True, "2026-01-01T00:00:00Z"),)

    async def outline(self, session: str, recording: int) -> bytes:
        return outline_of(BytesSource(self.data).read)

    async def part(self, session: str, recording: int, offset: int, length: int) -> bytes:
        if self.fault is not None:
            raise self.fault
        self.asked.append(offset)
        while len(self.asked) > self.left:
            self.more.clear()
            await self.more.wait()
        return self.data[offset : offset + length]

    def serve(self, parts: int) -> None:
        self.left = parts
        self.more.set()


class Window:
    """A player's window that paints at once."""

    def __init__(self) -> None:
        self.player: RecordingPlayer
        self.state = PlaybackState()
        self.pixels = b""
        self.news = asyncio.Event()

    def publish(self, state: PlaybackState) -> None:
        self.state = state
        self.news.set()

    def show(self, change) -> None:
        if hasattr(change, "pixels"):
            self.pixels = bytes(change.pixels)
            self.player.painted(change.number)
        self.news.set()

    async def until(self, holds) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def watching(tape: Tape, shelf: Shelf, profile):
    window = Window()
    facts = PlayerFacts(PLACE, profile, shelf, lambda header: tape.key, draw_card)  # type: ignore[arg-type]
    window.player = RecordingPlayer(facts, window.publish, window.show)
    running = create_task(window.player.run(), name="watch")
    try:
        yield window
    finally:
        await cancelled(running)


async def test_it_is_shown_when_little_of_it_has_come_and_any_moment_is_fetched_first(tmp_path) -> None:
    tape, shown = long_tape()
    shelf = Shelf(tape)
    shelf.serve(4)
    async with watching(tape, shelf, tmp_path) as window:
        await window.until(lambda: window.state.index is not None and not window.state.seeking)
        assert window.pixels == shown[0]
        assert window.state.fetched < 0.5
        assert window.state.duration_ms == 2 * PARTS * 1000
        window.player.seek(18_000)
        shelf.serve(8)
        await window.until(lambda: not window.state.seeking)
        assert window.pixels == shown[18_000]
        assert window.state.fetched < 0.8
        shelf.serve(1000)
        await window.until(lambda: window.state.fetched == 1)
        for t_ms in (2_000, 23_000, 9_000):
            window.player.seek(t_ms)
            await window.until(lambda: not window.state.seeking)
            assert window.pixels == shown[t_ms]
    assert len(shelf.asked) == len(set(shelf.asked)) == -(-len(shelf.data) // PART_BYTES)


async def test_what_has_come_whole_is_kept_and_what_has_not_is_not(tmp_path) -> None:
    tape, _shown = long_tape()
    shelf = Shelf(tape)
    shelf.serve(3)
    path = recording_path(tmp_path / "fetched-recordings" / SESSION, 0)
    opened = await open_recording(PLACE, tmp_path, shelf, lambda header: tape.key, lambda share: None)  # type: ignore[arg-type]
    await opened.close()
    assert list(path.parent.iterdir()) == []
    shelf.serve(1000)
    opened = await open_recording(PLACE, tmp_path, shelf, lambda header: tape.key, lambda share: None)  # type: ignore[arg-type]
    async with asyncio.timeout(30):
        while not path.exists():
            await asyncio.sleep(0.01)
    await opened.close()
    assert path.read_bytes() == shelf.data
    shelf.fault = EnvironmentFault("offline", code="relay_unreachable")
    opened = await open_recording(PLACE, tmp_path, shelf, lambda header: tape.key, lambda share: None)  # type: ignore[arg-type]
    await opened.close()


async def test_a_line_that_breaks_is_said_and_the_same_moment_can_be_asked_for_again(tmp_path) -> None:
    tape, shown = long_tape()
    shelf = Shelf(tape)
    shelf.serve(3)
    async with watching(tape, shelf, tmp_path) as window:
        await window.until(lambda: window.state.index is not None and not window.state.seeking)
        shelf.fault = EnvironmentFault("offline", code="relay_unreachable", user_text="The relay cannot be reached.")
        shelf.serve(1000)
        window.player.seek(20_000)
        await window.until(lambda: window.state.problem)
        assert window.state.problem == "The relay cannot be reached."
        shelf.fault = None
        window.player.seek(20_000)
        await window.until(lambda: not window.state.seeking)
        assert window.pixels == shown[20_000]
        assert window.state.problem == ""


async def test_a_recording_without_its_end_is_fetched_whole_before_it_is_shown(tmp_path) -> None:
    tape, shown = long_tape()
    shelf = Shelf(tape)
    shelf.data = shelf.data[:-700]
    async with watching(tape, shelf, tmp_path) as window:
        await window.until(lambda: window.state.index is not None and not window.state.seeking)
        assert not window.state.is_whole
        assert window.pixels == shown[0]


def test_an_outline_holds_every_head_and_nothing_that_is_sealed() -> None:
    tape, _shown = long_tape()
    data = bytes(tape.data)
    outline = outline_of(BytesSource(data).read)
    known = outlined(outline)
    assert all(data[offset : offset + len(bytes_there)] == bytes_there for offset, bytes_there in known.items())
    segments = tape.reader().segments
    assert {segment.offset - HEAD_BYTES for segment in segments} <= set(known)
    assert len(outline) < len(data) / 100


@pytest.mark.parametrize("data", [b"", b"DS", bytes(100)])
def test_what_is_no_recording_has_no_outline(data: bytes) -> None:
    with pytest.raises(PeerError):
        outline_of(BytesSource(data).read)
    with pytest.raises(PeerError):
        outlined(data)
