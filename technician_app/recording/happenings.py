"""Markers and chat texts for a recording: what is new in the signed record and in the conversation. Network thread."""

from collections.abc import Callable
from typing import Protocol

from protocol.audit.events import LANES, EventType
from protocol.audit.session_record import HeldEvent
from protocol.audit.timeline import in_words
from protocol.chat import ChatLine
from protocol.recording.entries import MAX_TEXT, ChatText, Entry, EntryKind, Marker, MarkerKind, pack_note

NOT_MARKED = frozenset({EventType.RECORDING_SEGMENT, EventType.INPUT_SUMMARY, EventType.CHAT_SENT})
"""Events nobody looks for in a film; chat is there with its words."""


class Record(Protocol):
    """The signed events of both lanes, as far as this module looks at them."""

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""

    def count(self, lane: str) -> int:
        """Return how many events of `lane` are held."""


class Happenings:
    """What happened since it was made, or since `new` was called last.

    `lines` returns the conversation so far, `may_keep_chat` whether writing to each other is allowed at this moment.
    """

    def __init__(
        self, record: Record, lines: Callable[[], tuple[ChatLine, ...]], may_keep_chat: Callable[[], bool]
    ) -> None:
        self._record = record
        self._lines = lines
        self._may_keep_chat = may_keep_chat
        self._seen = {lane: record.count(lane) for lane in LANES}
        self._seen_lines = len(lines())

    def new(self, now_ms: int) -> list[Entry]:
        """Return what is new as entries of the time `now_ms`."""
        return [
            *(Entry(EntryKind.MARKER, now_ms, pack_note(marker)) for marker in self._markers()),
            *(Entry(EntryKind.CHAT, now_ms, pack_note(text)) for text in self._texts()),
        ]

    def _markers(self) -> list[Marker]:
        markers = []
        for lane in LANES:
            for seq in range(self._seen[lane], self._record.count(lane)):
                held = self._record.event(lane, seq)
                if held is not None and held.event.type not in NOT_MARKED:
                    text = in_words(lane, held.event.type, held.body)[:MAX_TEXT]
                    markers.append(Marker(MarkerKind.EVENT, text, held.event.lane, seq))
            self._seen[lane] = self._record.count(lane)
        return markers

    def _texts(self) -> list[ChatText]:
        lines, first = self._lines(), self._seen_lines
        self._seen_lines = len(lines)
        if not self._may_keep_chat():
            return []
        return [ChatText(not line.mine, line.text) for line in lines[first:]]
