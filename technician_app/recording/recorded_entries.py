"""The entries of a recording from any moment on, one after another. Pure but for what its source does."""

from collections.abc import Awaitable, Callable, Iterator

from protocol.errors import PeerError
from protocol.recording.entries import Entry, EntryKind
from protocol.recording.reader import RecordingReader

Fetch = Callable[[int], Awaitable[None]]
"""Returns when this segment can be read. Raises DesksideError."""


class RecordedEntries:
    """A place in a recording. After `rewind`, `take` gives every entry needed to show it from there on.

    A segment that is damaged ends the recording there: `ended_early` says so. `fetch` is asked before one is read.
    """

    def __init__(self, reader: RecordingReader, fetch: Fetch) -> None:
        self._reader = reader
        self._fetch = fetch
        self._entries: Iterator[Entry] = iter(())
        self._next_segment = 0
        self._ahead: Entry | None = None
        self._in_state = False
        self.ended_early = False

    def rewind(self, t_ms: int) -> bool:
        """Go to the last full state at or before `t_ms`; return whether there is any."""
        segment = self._reader.seek_point(t_ms)
        self._entries, self._ahead = iter(()), None
        self._next_segment = len(self._reader.segments) if segment is None else segment
        self._in_state = True
        self.ended_early = False
        return segment is not None

    async def peek(self) -> Entry | None:
        """Return the next entry without taking it; None at the end.

        Raises:
            DesksideError: what comes next could not be fetched; it may be asked for again.
        """
        if self._ahead is None:
            self._ahead = await self._wanted()
        return self._ahead

    async def take(self) -> Entry | None:
        """Return the next entry; None at the end. Errors as those of `peek`."""
        entry, self._ahead = await self.peek(), None
        return entry

    async def _wanted(self) -> Entry | None:
        while True:
            entry = await self._next()
            if entry is None:
                return None
            if entry.kind is EntryKind.UPDATE:
                self._in_state = False
            # full states are only for who begins there: to others the updates say the same
            if entry.kind is not EntryKind.STATE or self._in_state:
                return entry

    async def _next(self) -> Entry | None:
        while True:
            try:
                entry = next(self._entries, None)
            except PeerError:
                self._entries, self._next_segment = iter(()), len(self._reader.segments)
                self.ended_early = True
                return None
            if entry is not None:
                return entry
            if self._next_segment >= len(self._reader.segments):
                return None
            await self._fetch(self._next_segment)
            self._entries = self._reader.entries(self._next_segment)
            self._next_segment += 1
