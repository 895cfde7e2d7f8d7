"""What a player needs to know of a recording before it plays it: marks, chat, and when nothing happened. Pure."""

from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from protocol.messages.base import Count
from protocol.recording.container import malformed
from protocol.recording.entries import ChatText, Entry, EntryKind, Marker, MarkerKind, read_chat, read_marker

MAX_MARKS = 10_000
MAX_CHAT = 2_000
MAX_STRETCHES = 20_000
MAX_TEXT_BYTES = 4 * 1024 * 1024
"""Of all marks and texts together; later ones are left out of the index, not out of the recording."""

JOIN_MS = 2_000
"""Two changes less than this apart belong to one busy stretch."""

_BUSY = frozenset({EntryKind.UPDATE, EntryKind.CURSOR, EntryKind.VOICE, EntryKind.CHAT, EntryKind.MARKER})


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A marker and its time in ms."""

    t_ms: Count
    marker: Marker


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """A chat text and its time in ms."""

    t_ms: Count
    chat: ChatText


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """From when to when something lasted, in ms."""

    begins_ms: Count
    ends_ms: Count


class RecordingIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`busy` are the stretches in which anything changed, `pauses` those in which the customer had paused sharing."""

    duration_ms: Count
    marks: Annotated[tuple[Mark, ...], msgspec.Meta(max_length=MAX_MARKS)] = ()
    chat: Annotated[tuple[Written, ...], msgspec.Meta(max_length=MAX_CHAT)] = ()
    busy: Annotated[tuple[Stretch, ...], msgspec.Meta(max_length=MAX_STRETCHES)] = ()
    pauses: Annotated[tuple[Stretch, ...], msgspec.Meta(max_length=MAX_STRETCHES)] = ()

    def idle_until(self, t_ms: int) -> int | None:
        """Return when something happens next if nothing does at `t_ms` (the end, if nothing ever); None if it does."""
        for stretch in self.busy:
            if stretch.begins_ms <= t_ms <= stretch.ends_ms:
                return None
            if stretch.begins_ms > t_ms:
                return stretch.begins_ms
        return self.duration_ms if t_ms < self.duration_ms else None

    def pause_at(self, t_ms: int) -> Stretch | None:
        """Return the pause `t_ms` lies in."""
        return next((each for each in self.pauses if each.begins_ms <= t_ms < each.ends_ms), None)


@dataclass
class IndexBuilder:
    """Collects an index from the entries of a recording, in order."""

    _marks: list[Mark] = field(default_factory=list)
    _chat: list[Written] = field(default_factory=list)
    _busy: list[Stretch] = field(default_factory=list)
    _pauses: list[Stretch] = field(default_factory=list)
    _paused_at: int | None = None
    _text_bytes: int = 0

    def note(self, entry: Entry) -> None:
        """Take the next entry.

        Raises:
            PeerError: a marker or text that cannot be read (`recording_malformed`).
        """
        if entry.kind in _BUSY:
            self._note_busy(entry.t_ms)
        if entry.kind is EntryKind.MARKER:
            self._note_marker(entry)
        elif entry.kind is EntryKind.CHAT and len(self._chat) < MAX_CHAT and self._has_room(entry):
            self._chat.append(Written(entry.t_ms, read_chat(entry.body)))

    def index(self, duration_ms: int) -> RecordingIndex:
        """Return the index of a recording that lasts `duration_ms`."""
        pauses = list(self._pauses)
        if self._paused_at is not None:
            pauses.append(Stretch(self._paused_at, max(duration_ms, self._paused_at)))
        return RecordingIndex(
            duration_ms, tuple(self._marks), tuple(self._chat), tuple(self._busy), tuple(pauses[:MAX_STRETCHES])
        )

    def _note_busy(self, t_ms: int) -> None:
        if (self._busy and t_ms - self._busy[-1].ends_ms <= JOIN_MS) or len(self._busy) == MAX_STRETCHES:
            self._busy[-1] = Stretch(self._busy[-1].begins_ms, max(t_ms, self._busy[-1].ends_ms))
        else:
            self._busy.append(Stretch(t_ms, t_ms))

    def _note_marker(self, entry: Entry) -> None:
        marker = read_marker(entry.body)
        if marker.kind is MarkerKind.PAUSED and self._paused_at is None:
            self._paused_at = entry.t_ms
        elif marker.kind is MarkerKind.RESUMED and self._paused_at is not None:
            if len(self._pauses) < MAX_STRETCHES:
                self._pauses.append(Stretch(self._paused_at, max(entry.t_ms, self._paused_at)))
            self._paused_at = None
        if len(self._marks) < MAX_MARKS and self._has_room(entry):
            self._marks.append(Mark(entry.t_ms, marker))

    def _has_room(self, entry: Entry) -> bool:
        self._text_bytes += len(entry.body)
        return self._text_bytes <= MAX_TEXT_BYTES


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RecordingIndex)


def pack_index(index: RecordingIndex) -> bytes:
    """Return the bytes of an index entry."""
    return _encoder.encode(index)


def read_index(body: bytes) -> RecordingIndex:
    """Return what an index entry holds.

    Raises:
        PeerError: `recording_malformed`.
    """
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(f"index: {error}") from error
