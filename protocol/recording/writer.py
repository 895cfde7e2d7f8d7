"""Collects entries and returns them as sealed segments, each to be appended to the file as it is. Pure."""

from dataclasses import dataclass

from protocol.recording.container import (
    START_BYTES,
    RecordingHeader,
    SegmentHead,
    first_chain,
    next_chain,
    seal_segment,
    write_header,
)
from protocol.recording.entries import ENTRY_HEAD_BYTES, Entry, EntryKind, pack_entries
from protocol.recording.index import IndexBuilder, pack_index

FULL_BYTES = 1024 * 1024
"""With so many bytes a segment is worth writing."""


@dataclass(frozen=True)
class WrittenSegment:
    """A segment to append to the file. `chain` (32 bytes) fixes it and all before it."""

    index: int
    data: bytes
    chain: bytes


class RecordingWriter:
    """Writes one recording under `key` (32 bytes, for this recording only). `start` comes first in the file."""

    def __init__(self, header: RecordingHeader, key: bytes) -> None:
        self.start = write_header(header)
        self._key = key
        self._chain = first_chain(self.start[START_BYTES:])
        self._next = 0
        self._entries: list[Entry] = []
        self._bytes = 0
        self._seeks = False
        self._newest_ms = 0
        self._builder = IndexBuilder()

    @property
    def waiting_bytes(self) -> int:
        """How much is not in a segment yet."""
        return self._bytes

    @property
    def duration_ms(self) -> int:
        """When the newest entry was."""
        return self._newest_ms

    def add(self, entry: Entry) -> None:
        """Take the next entry; one that is older than the one before counts as just as old."""
        entry = Entry(entry.kind, max(entry.t_ms, self._newest_ms), entry.body)
        self._newest_ms = entry.t_ms
        self._builder.note(entry)
        self._entries.append(entry)
        self._bytes += len(entry.body) + ENTRY_HEAD_BYTES

    def begin_seek_point(self) -> WrittenSegment | None:
        """Begin a segment from which the recording can be shown; return the one before it.

        The entries of a full state come next, and then what is readable with nothing else known.
        """
        before = self.flush()
        self._seeks = True
        return before

    def flush(self) -> WrittenSegment | None:
        """Return what waits as a segment; None when nothing does."""
        return self._sealed(last=False) if self._entries else None

    def finish(self, t_ms: int) -> WrittenSegment:
        """Return the last segment of a recording that ends at `t_ms`; it holds the index."""
        duration_ms = max(t_ms, self._newest_ms)
        index = pack_index(self._builder.index(duration_ms))
        self.add(Entry(EntryKind.INDEX, duration_ms, index))
        return self._sealed(last=True)

    def _sealed(self, *, last: bool) -> WrittenSegment:
        begins_ms = self._entries[0].t_ms
        head = SegmentHead(0, self._next, begins_ms, self._newest_ms, self._seeks, last, self._chain)
        data = seal_segment(self._key, head, pack_entries(self._entries))
        self._chain = next_chain(self._chain, data)
        written = WrittenSegment(self._next, data, self._chain)
        self._entries, self._bytes, self._seeks = [], 0, False
        self._next += 1
        return written
