"""Reads a recording, whole or cut short: what is there, from where it can be shown, what happened when. Pure."""

import copy
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from protocol.errors import PeerError
from protocol.recording.container import (
    HEAD_BYTES,
    KEY_BYTES,
    START_BYTES,
    RecordingHeader,
    SegmentHead,
    damaged,
    first_chain,
    header_length,
    malformed,
    next_chain,
    open_segment,
    read_head,
    read_header,
)
from protocol.recording.entries import Entry, EntryKind, unpack_entries
from protocol.recording.index import IndexBuilder, RecordingIndex, read_index


class Source(Protocol):
    """Where the bytes of a recording are."""

    @property
    def size_bytes(self) -> int:
        """How many there are."""

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end."""


@dataclass(frozen=True)
class Segment:
    """A segment and where its sealed bytes begin."""

    head: SegmentHead
    offset: int


class RecordingReader:
    """A recording by its outside; `unlock` it with its key to see what is in it.

    What follows a damaged or missing part is not shown: `is_whole` says whether the recording is there to its end.

    Raises:
        PeerError: not a recording (`recording_malformed`).
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        length = header_length(source.read(0, START_BYTES))
        self._header = source.read(START_BYTES, length)
        if len(self._header) != length:
            raise malformed("a header that ends early")
        self.header: RecordingHeader = read_header(self._header)
        self.segments: tuple[Segment, ...] = tuple(self._scan(START_BYTES + length))
        self._key = bytes(KEY_BYTES)

    @property
    def is_whole(self) -> bool:
        """Whether the recording was finished, and nothing of its end is missing."""
        if not self.segments or not self.segments[-1].head.last:
            return False
        last = self.segments[-1]
        return last.offset + last.head.sealed_bytes == self._source.size_bytes

    @property
    def duration_ms(self) -> int:
        """How long it lasts."""
        return self.segments[-1].head.ends_ms if self.segments else 0

    @property
    def seek_points(self) -> tuple[int, ...]:
        """The segments that begin with a full state."""
        return tuple(number for number, segment in enumerate(self.segments) if segment.head.seeks)

    def extent(self, number: int) -> tuple[int, int]:
        """Return where the sealed bytes of segment `number` begin, and how many there are."""
        segment = self.segments[number]
        return segment.offset, segment.head.sealed_bytes

    def unlock(self, key: bytes) -> None:
        """Use `key` from now on.

        Raises:
            PeerError: it is not this recording's, or the header was changed (`recording_damaged`).
        """
        self._key = key
        if self.segments:
            if self.segments[0].head.before != first_chain(self._header):
                raise damaged("another header than its segments were written with")
            self._content(0)

    def seek_point(self, t_ms: int) -> int | None:
        """Return the last segment with a full state that begins at or before `t_ms`, else the first; None: none."""
        points = self.seek_points
        at = bisect_right(points, t_ms, key=lambda number: self.segments[number].head.begins_ms)
        return points[max(0, at - 1)] if points else None

    def entries(self, number: int) -> Iterator[Entry]:
        """Yield the entries of segment `number`.

        Raises:
            PeerError: it was changed (`recording_damaged`), or does not hold what it should (`recording_malformed`).
        """
        yield from unpack_entries(self._content(number))

    def again(self) -> "RecordingReader":
        """Return a reader of the same recording that another thread may use; the source must allow it."""
        return copy.copy(self)

    def index(self, given_up: Callable[[], bool] = lambda: False) -> RecordingIndex:
        """Return the index: as it was written at the end, or put together from what is there.

        A recording without its end is read as far as it can be, or until it is `given_up`; what comes after a damaged
        segment is forgotten.
        """
        if self.is_whole:
            try:
                for entry in self.entries(len(self.segments) - 1):
                    if entry.kind is EntryKind.INDEX:
                        return read_index(entry.body)
            except PeerError:
                self.segments = self.segments[:-1]
        builder = IndexBuilder()
        for number in range(len(self.segments)):
            if given_up():
                break
            try:
                for entry in tuple(self.entries(number)):
                    builder.note(entry)
            except PeerError:
                self.segments = self.segments[:number]
                break
        return builder.index(self.duration_ms)

    def chain(self, number: int) -> bytes:
        """Return the chain after segment `number` (32 bytes), reading all before it: what the record fixes.

        Raises:
            PeerError: the segments do not follow each other (`recording_damaged`).
        """
        chain = first_chain(self._header)
        for segment in self.segments[: number + 1]:
            if segment.head.before != chain:
                raise damaged(f"segment {segment.head.index} follows another one")
            chain = next_chain(chain, segment.head.pack() + self._sealed(segment))
        return chain

    def _scan(self, offset: int) -> Iterator[Segment]:
        before = None
        while True:
            try:
                head = read_head(self._source.read(offset, HEAD_BYTES))
            except PeerError:
                return
            expected = 0 if before is None else before.index + 1
            early = before is not None and (before.last or head.begins_ms < before.ends_ms)
            if head.index != expected or early or offset + HEAD_BYTES + head.sealed_bytes > self._source.size_bytes:
                return
            yield Segment(head, offset + HEAD_BYTES)
            offset += HEAD_BYTES + head.sealed_bytes
            before = head

    def _content(self, number: int) -> bytes:
        segment = self.segments[number]
        return open_segment(self._key, segment.head, self._sealed(segment))

    def _sealed(self, segment: Segment) -> bytes:
        return self._source.read(segment.offset, segment.head.sealed_bytes)


class BytesSource:
    """A recording in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def size_bytes(self) -> int:
        """How many bytes there are."""
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end."""
        return self._data[offset : offset + length]
