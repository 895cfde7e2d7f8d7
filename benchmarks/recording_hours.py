"""A recording of hours, made faster than they pass by what records a session: its time to open, seeks, memory.

`make bench BENCH="recording --hours 3"`. Everything is the program's own but the clock: the customer's encoder, what a
recorder takes, its tape and its file on the disk, the player with its decoder process.
"""

import asyncio
import os
import random
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.recording import EVERY_MS, Scene, opened_and_sought
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.audit.events import EventType
from protocol.picture.updates import can_be_read_from
from protocol.recording.container import HEAD_BYTES, KEY_BYTES, Recipient, RecordingHeader
from protocol.recording.reader import RecordingReader
from protocol.recording.writer import RecordingWriter
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.picture_tap import StillPicture
from technician_app.recording.recording_file import FileSource, RecordingFile
from technician_app.recording.taking import Taking
from technician_app.recording.tape import Tape

UPDATES_PER_S = 2
SEEKS = 60
HOUR_S = 3_600
_MB = 1024 * 1024


@dataclass
class _Clock:
    """A clock that is moved."""

    s: float = 1_000.0

    def __call__(self) -> float:
        return self.s


@dataclass
class _Notes:
    """What the record would hold."""

    events: list[EventType] = field(default_factory=list)

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        self.events.append(type)
        return len(self.events) - 1


def hours_figures(hours: float) -> dict[str, float]:
    """Return the figures of a recording of so many hours, whole and as it is left by a crash."""
    with tempfile.TemporaryDirectory(prefix="deskside-hours-") as name:
        folder = Path(name)
        file, key, memory_mb = asyncio.run(_recorded(folder, hours))
        figures: dict[str, float] = {"hours": hours, "file_mb": file.stat().st_size / _MB}
        figures |= {"recorder_grew_mb": max(memory_mb) - memory_mb[0]}
        figures |= _player_figures("", file, key)
        _crash(file)
        figures |= _player_figures("crashed_", file, key)
    return {name: round(value, 3) for name, value in figures.items()}


async def _recorded(folder: Path, hours: float) -> tuple[Path, bytes, list[float]]:
    """Record a scene; return the file, its key and the memory of this process every ten minutes of recorded time."""
    scene, encoder, decoder, clock = Scene(), ScreenStreamEncoder(), ScreenStreamDecoder(), _Clock()
    key, taking = secrets.token_bytes(KEY_BYTES), Taking(clock)
    header = RecordingHeader(1, "ab" * 16, 0, "DS-2026-000001", 0, (Recipient("device", "1", bytes(80)),))
    file, memory = RecordingFile.create(folder), list[float]()
    tape = Tape(RecordingWriter(header, key), file, _Notes(), clock)
    await tape.begin(reviewable=False)
    due_ms = EVERY_MS
    for t_ms in range(0, round(hours * HOUR_S) * 1000, 1000 // UPDATES_PER_S):
        clock.s += 1 / UPDATES_PER_S
        if t_ms >= due_ms:
            due_ms = t_ms + EVERY_MS
            encoder.begin_streams()
        update = encoder.encode(scene.picture(t_ms), None, captured_ms=t_ms, budget_bytes=1 << 22, new_epoch=False)
        if update is not None:
            taking.update_came(update, _still(decoder) if can_be_read_from(update) else None)
            await tape.take_from(taking)
            decoder.apply(update)
        # The first minute fills what every session has once: the encoder's pages, the decoder's window.
        if t_ms % 600_000 == 60_000:
            memory.append(resident_mb())
    await tape.finish("ended", taking.now_ms)
    file.close()
    return file.path, key, [*memory, resident_mb()]


def _still(decoder: ScreenStreamDecoder) -> StillPicture | None:
    size = decoder.size
    return None if size == (0, 0) else StillPicture(bytes(decoder.pixels), size, size[0] * 4)


def _player_figures(name: str, file: Path, key: bytes) -> dict[str, float]:
    source = FileSource(file)
    duration_ms = RecordingReader(source).duration_ms
    source.close()
    chosen = random.Random(7)
    moments = [chosen.randrange(duration_ms) for _ in range(SEEKS)]
    memory: list[float] = []
    opened_s, sought = asyncio.run(opened_and_sought(file, key, moments, lambda: memory.append(resident_mb())))
    figures = {"opened_s": opened_s, "seek_median_s": sought[len(sought) // 2], "seek_slowest_s": sought[-1]}
    figures |= {"duration_s": duration_ms / 1000, "player_grew_mb": max(memory) - memory[0]}
    return {f"{name}{figure}": value for figure, value in figures.items()}


def _crash(file: Path) -> None:
    """Cut a recording off inside its last segment but one, as a crash while it is written does."""
    source = FileSource(file)
    segment = RecordingReader(source).segments[-2]
    source.close()
    with file.open("rb+") as whole:
        whole.truncate(segment.offset + segment.head.sealed_bytes // 2 + HEAD_BYTES)


def resident_mb() -> float:
    """Return how much memory this process has at hand."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB
