"""Which delivered events may be kept (docs/protocol.md, section 6, "To the relay"). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.audit.events import LANES, TECHNICIAN, EventType, event_hash, parse_event
from protocol.audit.lanes import LaneCheck
from protocol.errors import PeerError
from protocol.messages.signaling import StoredEvent

ANCHORED_AT_ONCE = frozenset(
    {EventType.SESSION_OPEN, EventType.CONSENT_GRANT, EventType.CONTROL_TAKE, EventType.SESSION_SEAL}
)
"""What begins, is allowed or ends goes into the log at once, the rest within a minute (docs/protocol.md, section 9)."""


@dataclass(frozen=True)
class HeldLane:
    """What is kept of one lane: how many events, and the newest with its signer (None when there are none)."""

    count: int = 0
    newest_event: bytes | None = None
    signer: bytes | None = None


@dataclass(frozen=True)
class NewEvents:
    """Events to keep, in order from `first_seq`, and what they mean for the session.

    `types` are theirs, one each; `seen` is how many events of the other lane the last of them had seen.
    """

    first_seq: int
    events: tuple[StoredEvent, ...]
    technician_opened: bool
    sealed: bool
    anchored_now: bool = False
    """Among them is one that goes into the log at once."""
    types: tuple[EventType, ...] = ()
    seen: int = 0


def lane_of(events: Sequence[StoredEvent]) -> str:
    """Return the one lane of a delivery.

    Raises:
        PeerError: empty, or of two lanes (`event_invalid`).
    """
    lanes = {event.lane for event in events}
    if len(lanes) != 1 or not lanes <= set(LANES):
        raise _invalid("a delivery has events of exactly one lane")
    return lanes.pop()


def sequence_numbers(events: Sequence[StoredEvent]) -> tuple[int, ...]:
    """Return the `seq` each event claims.

    Raises:
        PeerError: one of them is no event (`event_invalid`).
    """
    return tuple(parse_event(delivered.event).seq for delivered in events)


def check_delivery(
    session: str,
    lane: HeldLane,
    held_events: Mapping[int, bytes],
    delivered: Sequence[StoredEvent],
    technician_keys: frozenset[bytes],
) -> NewEvents:
    """Return the delivered events that are new; those held already are left out.

    `held_events` are the bytes held at the sequence numbers delivered again, `technician_keys` the certified device
    keys that may sign lane T.

    Raises:
        PeerError: `event_invalid`, `event_gap` or `event_conflict`; then none of the delivery is to be kept.
    """
    name = lane_of(delivered)
    check = _lane_check(session, name, lane)
    new: list[StoredEvent] = []
    types: list[EventType] = []
    seen = 0
    for one in delivered:
        if name == TECHNICIAN and one.signer not in technician_keys:
            raise _invalid("lane T is signed by a device that is not certified for this technician")
        accepted = check.accept(one.event, one.signature, one.signer, held=held_events.get)
        if accepted is not None:
            new.append(one)
            types.append(accepted.type)
            seen = accepted.peer.seq + 1
    return NewEvents(
        first_seq=lane.count,
        events=tuple(new),
        technician_opened=name == TECHNICIAN and EventType.SESSION_OPEN in types,
        sealed=EventType.SESSION_SEAL in types,
        anchored_now=not ANCHORED_AT_ONCE.isdisjoint(types),
        types=tuple(types),
        seen=seen,
    )


def _lane_check(session: str, name: str, lane: HeldLane) -> LaneCheck:
    if lane.newest_event is None:
        return LaneCheck(session, name)
    return LaneCheck(session, name, lane.signer, count=lane.count, head=event_hash(lane.newest_event))


def _invalid(detail: str) -> PeerError:
    return PeerError(detail, code="event_invalid", user_text="This event cannot be kept in the record.")
