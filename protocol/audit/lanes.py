"""Checks one lane event by event, as the relay and the other party do. Needs only the count, the head and the signer.

A relay restores a `LaneCheck` from three columns. For an event below the restored count it passes the bytes it holds
(`held`), because a chain check alone cannot tell "the same again" from "another story".
"""

from collections.abc import Callable

from protocol.audit.events import LANES, NO_HASH, Event, check_signed_event, event_hash, invalid, parse_event
from protocol.errors import LocalError, PeerError


class LaneCheck:
    """One lane of one session: what may come next. `signer` None takes the signer of the first event for good.

    `count` and `head` (hex hash of the last event) restore a lane whose earlier events are already accepted.
    """

    def __init__(
        self, session: str, lane: str, signer: bytes | None = None, *, count: int = 0, head: str = NO_HASH
    ) -> None:
        if lane not in LANES or count < 0 or (count == 0) != (head == NO_HASH) or (count and signer is None):
            raise LocalError(f"cannot check lane {lane!r} from {count} events with this head and signer")
        self._session = session
        self._lane = lane
        self._signer = signer
        self._restored = count
        self._hashes: list[str] = []
        self._restored_head = head

    @property
    def count(self) -> int:
        """How many events the lane holds."""
        return self._restored + len(self._hashes)

    @property
    def head(self) -> str:
        """The hex hash of the last event, 64 zeros when there is none."""
        return self._hashes[-1] if self._hashes else self._restored_head

    @property
    def signer(self) -> bytes | None:
        """The public key every event is signed with; None until the first event when it was not given."""
        return self._signer

    def accept(
        self, event: bytes, signature: bytes, signer: bytes, *, held: Callable[[int], bytes | None] | None = None
    ) -> Event | None:
        """Add the next event and return it; return None when exactly this event is held already.

        `held` returns the bytes kept at a seq below the restored count. Without it such an event is a conflict:
        refusing a repeat is harmless, accepting a second story is not.

        Raises:
            PeerError: `event_conflict` (another event is held at its seq), `event_gap` (an event is missing before
                it), `event_invalid` (everything else).
        """
        checked = self.examine(event, signature, signer, held=held)
        if checked is not None:
            self._hashes.append(event_hash(event))
            self._signer = signer
        return checked

    def examine(
        self, event: bytes, signature: bytes, signer: bytes, *, held: Callable[[int], bytes | None] | None = None
    ) -> Event | None:
        """Do the checks of `accept` without adding the event, for a caller with more to check.

        Raises:
            PeerError: as `accept`.
        """
        seq = parse_event(event).seq
        if seq < self.count and self._is_held(seq, event, held):
            return None
        if self._signer is not None and signer != self._signer:
            raise invalid("signed by another key than the lane's first event")
        checked = check_signed_event(event, signature, signer, session=self._session, lane=self._lane)
        self._check_place(checked)
        return checked

    def _is_held(self, seq: int, event: bytes, held: Callable[[int], bytes | None] | None) -> bool:
        if seq >= self._restored:
            return self._hashes[seq - self._restored] == event_hash(event)
        if seq == self._restored - 1:
            return self._restored_head == event_hash(event)
        return held is not None and held(seq) == event

    def _check_place(self, event: Event) -> None:
        if event.seq < self.count:
            raise PeerError(f"another event is held at {self._lane} {event.seq}", code="event_conflict")
        if event.seq > self.count:
            raise PeerError(f"{self._lane} {event.seq} came when {self.count} is next", code="event_gap")
        if event.prev != self.head:
            raise invalid(f"{self._lane} {event.seq} does not follow the event before it")
