"""What recording costs, and how quickly a recording is opened and gone through. Bytes and CPU time, not wall time.

Three ways to make a recording readable from many places are compared on the same 60 s of a 1920x1080 screen: none,
a new epoch every 8 s, and streams that begin anew beside a full state of our own (docs/recording_format.md).
"""

import argparse
import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from customer_client.capture.source import Picture
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.updates import can_be_read_from
from protocol.recording.container import KEY_BYTES, Recipient, RecordingHeader
from protocol.recording.entries import Entry, EntryKind
from protocol.recording.full_state import full_state
from protocol.recording.reader import RecordingReader
from protocol.recording.writer import RecordingWriter, WrittenSegment
from protocol.transport.tasks import cancelled, create_task
from technician_app.controllers.session_state import PictureChange
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.opening import OpenedRecording
from technician_app.recording.playback import Playback, Shown
from technician_app.recording.playback_state import PlaybackState
from technician_app.recording.recording_file import FileSource

WIDTH, HEIGHT = 1920, 1080
SECONDS, UPDATES_PER_S, EVERY_MS = 60, 10, 8_000
PAGE_LINES = 400
LINE_PIXELS = 20
SEEKS = 12


class Scene:
    """A page of noise-like text that scrolls for five seconds of every ten, and a field in which is typed."""

    def __init__(self) -> None:
        glyph = [os.urandom(16) for _ in range(64)]
        self._rows = [_text_row(glyph) for _ in range(PAGE_LINES)]
        self._typed = 0

    def picture(self, t_ms: int) -> Picture:
        """Return the screen at `t_ms`."""
        line = 0 if t_ms % 10_000 >= 5_000 else t_ms // 100
        self._typed += 1
        rows = [self._rows[(line + at) % PAGE_LINES] for at in range(HEIGHT // LINE_PIXELS)]
        pixels = bytearray(b"".join(rows))
        at = (WIDTH * (HEIGHT - 30) + 40 + self._typed % 180 * 10) * 4
        for row in range(12):
            pixels[at + row * WIDTH * 4 : at + row * WIDTH * 4 + 32] = b"\x20\x20\x20\xff" * 8
        return Picture(WIDTH, HEIGHT, WIDTH * 4, bytes(pixels))


def _text_row(glyphs: list[bytes]) -> bytes:
    chosen = [secrets.choice(glyphs) for _ in range(WIDTH // 8)]
    rows = []
    for row in range(LINE_PIXELS):
        bits = (glyph[row % 16] if 2 <= row < 18 else 0 for glyph in chosen)
        rows.append(
            b"".join(
                b"\x18\x18\x18\xff" if byte >> bit & 1 else b"\xfa\xfa\xfa\xff" for byte in bits for bit in range(8)
            )
        )
    return b"".join(rows)


@dataclass
class Way:
    """What 60 s cost one way; `times` are CPU seconds."""

    name: str
    line_bytes: int = 0
    encode_s: float = 0.0
    record_s: float = 0.0
    file_bytes: int = 0
    state_bytes: int = 0
    largest_update: int = 0


def recorded(way: Way, before: Callable[[ScreenStreamEncoder], bool], *, states: bool, file: Path) -> bytes:
    """Send and record the scene into `file`; `before` prepares a place to read from: is it a new epoch?

    Return the key.
    """
    scene, encoder, decoder, key = Scene(), ScreenStreamEncoder(), ScreenStreamDecoder(), secrets.token_bytes(KEY_BYTES)
    header = RecordingHeader(1, "ab" * 16, 0, "DS-2026-000001", 0, (Recipient("device", "1", bytes(80)),))
    writer = RecordingWriter(header, key)
    with file.open("wb") as out:
        out.write(writer.start)
        due_ms = EVERY_MS
        for t_ms in range(0, SECONDS * 1000, 1000 // UPDATES_PER_S):
            picture = scene.picture(t_ms)
            new_epoch = False
            if t_ms >= due_ms:
                due_ms = t_ms + EVERY_MS
                new_epoch = before(encoder)
            for number, update in enumerate(_updates(encoder, picture, t_ms, new_epoch, way)):
                begun = time.process_time()
                if can_be_read_from(update):
                    _append(out.write, writer.begin_seek_point())
                    if states and decoder.size != (0, 0):
                        for state in full_state(bytes(decoder.pixels), decoder.size, WIDTH * 4):
                            way.state_bytes += len(state)
                            writer.add(Entry(EntryKind.STATE, t_ms + number, state))
                writer.add(Entry(EntryKind.UPDATE, t_ms + number, update))
                if writer.waiting_bytes > 1 << 20:
                    _append(out.write, writer.flush())
                way.record_s += time.process_time() - begun
                decoder.apply(update)
        _append(out.write, writer.finish(SECONDS * 1000))
    way.file_bytes = file.stat().st_size
    return key


def _updates(encoder: ScreenStreamEncoder, picture: Picture, t_ms: int, new_epoch: bool, way: Way) -> Iterator[bytes]:
    begun = time.process_time()
    update = encoder.encode(picture, None, captured_ms=t_ms, budget_bytes=1 << 22, new_epoch=new_epoch)
    way.encode_s += time.process_time() - begun
    if update is not None:
        way.line_bytes += len(update)
        if t_ms:
            way.largest_update = max(way.largest_update, len(update))
        yield update


def _append(write: Callable[[bytes], object], segment: WrittenSegment | None) -> None:
    if segment is not None:
        write(segment.data)


def _begin_streams(encoder: ScreenStreamEncoder) -> bool:
    encoder.begin_streams()
    return False


async def opened_and_sought(
    file: Path, key: bytes, moments: Sequence[int], after_each: Callable[[], None] = lambda: None
) -> tuple[float, list[float]]:
    """Return how long opening took until the first picture, and how long going to `moments` (ms) took (wall s)."""
    news = asyncio.Event()
    states: list[PlaybackState] = []

    def publish(state: PlaybackState) -> None:
        states.append(state)
        news.set()

    def shown(change: Shown) -> None:
        if isinstance(change, PictureChange):
            playback.painted(change.number)
            news.set()

    async def settled() -> None:
        while not states or states[-1].index is None or states[-1].seeking:
            news.clear()
            await news.wait()

    begun = time.perf_counter()
    source = FileSource(file)
    reader = RecordingReader(source)
    reader.unlock(key)
    opened = OpenedRecording(reader, source)
    playback = Playback(reader, opened.fetch, publish=publish, shown=shown)
    running = create_task(playback.run(), name="play")
    await settled()
    opened_s = time.perf_counter() - begun
    taken = []
    for moment in moments:
        begun = time.perf_counter()
        playback.seek(moment)
        await settled()
        taken.append(time.perf_counter() - begun)
        after_each()
    await cancelled(running)
    await opened.close()
    return opened_s, sorted(taken)


def recording_figures() -> dict[str, float]:
    """Return what recording costs and how quickly it is opened, by name and unit."""
    none, epochs, ours = Way("nothing"), Way("epochs"), Way("streams")
    with tempfile.TemporaryDirectory() as folder:
        recorded(none, lambda _encoder: False, states=False, file=Path(folder) / "none")
        recorded(epochs, lambda _encoder: True, states=True, file=Path(folder) / "epochs")
        path = Path(folder) / "ours"
        key = recorded(ours, _begin_streams, states=True, file=path)
        moments = [(number * 37_777 + 4_321) % (SECONDS * 1000) for number in range(SEEKS)]
        opened_s, sought = asyncio.run(opened_and_sought(path, key, moments))
    figures = {"opened_ms": opened_s * 1000, "seek_median_ms": sought[len(sought) // 2] * 1000}
    figures["seek_slowest_ms"] = sought[-1] * 1000
    for way in (none, epochs, ours):
        figures |= {
            f"{way.name}_line_kib": way.line_bytes / 1024,
            f"{way.name}_largest_update_kib": way.largest_update / 1024,
            f"{way.name}_customer_cpu_s": way.encode_s,
            f"{way.name}_recorder_cpu_s": way.record_s,
            f"{way.name}_file_kib": way.file_bytes / 1024,
            f"{way.name}_states_kib": way.state_bytes / 1024,
        }
    return {name: round(value, 2) for name, value in figures.items()}


def main(arguments: list[str]) -> int:
    """Print the figures; with `--hours 3` those of a recording of so many hours."""
    parser = argparse.ArgumentParser(prog="make bench BENCH=recording", description=main.__doc__)
    parser.add_argument("--hours", type=float, help="make one of so many hours, faster than they pass, and go through")
    hours = parser.parse_args(arguments).hours
    if hours is not None:
        from benchmarks.recording_hours import hours_figures

        figures = hours_figures(hours)
    else:
        figures = recording_figures()
    for name, value in figures.items():
        sys.stdout.write(f"{name:32} {value:12.2f}\n")
    return 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
