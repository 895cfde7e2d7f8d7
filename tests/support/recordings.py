"""Recordings for tests: small pictures that change, the recording of them, and what was shown when."""

import random
import secrets
from dataclasses import dataclass, field

from customer_client.capture.source import Picture
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.updates import can_be_read_from
from protocol.recording.container import KEY_BYTES, Recipient, RecordingHeader
from protocol.recording.entries import Entry, EntryKind
from protocol.recording.full_state import full_state
from protocol.recording.reader import BytesSource, RecordingReader
from protocol.recording.writer import RecordingWriter
from technician_app.picture.stream_decoder import ScreenStreamDecoder

SESSION = "ab" * 16


def header(recording: int = 0) -> RecordingHeader:
    return RecordingHeader(
        1, SESSION, recording, "DS-2026-000001", 1_700_000_000_000, (Recipient("device", "1", bytes(80)),)
    )


@dataclass
class Tape:
    """A recording in the making, as a recorder makes it from a session's updates."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(KEY_BYTES))
    head: RecordingHeader = field(default_factory=header)
    data: bytearray = field(default_factory=bytearray)
    chains: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = RecordingWriter(self.head, self.key)
        self.data += self.writer.start
        self.live = ScreenStreamDecoder(1 << 20)
        self.readable = False

    def append(self, segment) -> None:
        if segment is not None:
            self.data += segment.data
            self.chains.append(segment.chain)

    def add(self, kind: EntryKind, t_ms: int, body: bytes) -> None:
        self.writer.add(Entry(kind, t_ms, body))

    def update(self, t_ms: int, update: bytes) -> bytes:
        """Record an update and show it; return the picture as the session had it then."""
        if can_be_read_from(update):
            self.readable = True
            self.append(self.writer.begin_seek_point())
            if self.live.size != (0, 0):
                for state in full_state(bytes(self.live.pixels), self.live.size, self.live.size[0] * 4):
                    self.add(EntryKind.STATE, t_ms, state)
        if self.readable:
            self.add(EntryKind.UPDATE, t_ms, update)
        self.live.apply(update)
        return bytes(self.live.pixels)

    def flush(self) -> None:
        self.append(self.writer.flush())

    def finish(self, t_ms: int) -> None:
        self.append(self.writer.finish(t_ms))

    def reader(self) -> RecordingReader:
        reader = RecordingReader(BytesSource(bytes(self.data)))
        reader.unlock(self.key)
        return reader


async def at_hand(_segment: int) -> None:
    """Fetch nothing: all of a `Tape` is there."""


class Scene:
    """A screen on which things change by chance, and the customer's encoder that follows it."""

    def __init__(self, seed: int, size: tuple[int, int] = (64, 48)) -> None:
        self._random = random.Random(seed)
        self._encoder = ScreenStreamEncoder()
        self.size = size
        self.pixels = bytearray(b"\x30\x60\x90\xff" * (size[0] * size[1]))

    def change(self) -> None:
        width, height = self.size
        x, y = self._random.randrange(width - 8), self._random.randrange(height - 8)
        kind = self._random.randrange(3)
        for row in range(y, y + 8):
            at = (row * width + x) * 4
            colour = bytes((self._random.randrange(256), 7, row % 256, 255))
            self.pixels[at : at + 32] = colour * 8 if kind else self._random.randbytes(32)
        if kind == 2:
            stride = width * 4
            self.pixels[: -4 * stride] = self.pixels[4 * stride :]

    def resize(self) -> None:
        self.size = (self.size[1] + 16, self.size[0])
        self.pixels = bytearray(b"\x10\x20\x30\xff" * (self.size[0] * self.size[1]))

    def begin_streams(self) -> None:
        self._encoder.begin_streams()

    def update(self, t_ms: int, *, new_epoch: bool = False) -> bytes | None:
        width, height = self.size
        picture = Picture(width, height, width * 4, bytes(self.pixels))
        return self._encoder.encode(picture, None, captured_ms=t_ms, budget_bytes=1 << 20, new_epoch=new_epoch)
