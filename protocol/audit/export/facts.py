"""What a manager asks about a session, taken from its events: what was allowed and how long, files, messages. Pure.

Every text comes from the record: it was written by strangers, and is escaped where it is shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from protocol.audit.events import CUSTOMER, LANES, TECHNICIAN, EventType
from protocol.audit.moved_files import FileStory, file_stories
from protocol.audit.proven_events import ProvenEvent, ProvenLane

_ENDS = (EventType.SESSION_END, EventType.SESSION_SEAL)


@dataclass(frozen=True)
class Allowed:
    """One thing the customer allowed, from `from_ms` to `until_ms` (Unix ms; None: no end is recorded).

    `why` says what ended it.
    """

    capability: str
    from_ms: int
    until_ms: int | None
    why: str


@dataclass(frozen=True)
class SessionFacts:
    """Facts of one session; empty or 0 where details are withheld. `messages` counts by lane who wrote them."""

    ticket: str
    subject: str
    purpose: str
    allowed: tuple[Allowed, ...]
    files: tuple[FileStory, ...]
    messages: Mapping[str, int]
    reason: str
    withheld: int


def session_facts(lanes: Mapping[str, ProvenLane]) -> SessionFacts:
    """Return the facts of the events that hold; `lanes` may be empty."""
    opening = _body(lanes, TECHNICIAN, 0) or _body(lanes, CUSTOMER, 0)
    events = [proven for lane in LANES if lane in lanes for proven in lanes[lane].events.values()]
    ends = [proven for proven in events if proven.event.type is EventType.SESSION_END and proven.body is not None]
    first = min(ends, key=lambda proven: proven.event.t_ms, default=None)
    return SessionFacts(
        ticket=str(opening.get("ticket", "")),
        subject=str(opening.get("subject", "")),
        purpose=str(opening.get("purpose", "")),
        allowed=tuple(_allowed(lanes[CUSTOMER])) if CUSTOMER in lanes else (),
        files=file_stories(events),
        messages={lane: _messages(lanes[lane]) if lane in lanes else 0 for lane in LANES},
        reason=str(first.body.get("reason", "")) if first and first.body else "",
        withheld=sum(proven.body is None for proven in events),
    )


def _body(lanes: Mapping[str, ProvenLane], lane: str, seq: int) -> dict[str, object]:
    proven = lanes[lane].events.get(seq) if lane in lanes else None
    return (proven.body if proven else None) or {}


def _messages(lane: ProvenLane) -> int:
    return sum(proven.event.type is EventType.CHAT_SENT for proven in lane.events.values())


def _allowed(lane: ProvenLane) -> Iterator[Allowed]:
    events = list(lane.events.values())
    for place, proven in enumerate(events):
        if proven.event.type is EventType.CONSENT_GRANT and proven.body is not None:
            yield _ended(proven, proven.body, events[place + 1 :])


def _ended(grant: ProvenEvent, body: dict[str, object], later: list[ProvenEvent]) -> Allowed:
    capability, lasts_s = str(body["capability"]), body.get("expires_in_s", 0)
    runs_out_ms = grant.event.mono_ms + lasts_s * 1000 if isinstance(lasts_s, int) and lasts_s else None
    for proven in later:
        if runs_out_ms is not None and proven.event.mono_ms >= runs_out_ms:
            break
        again = proven.event.type is EventType.CONSENT_GRANT
        named = proven.body is not None and proven.body.get("capability") == capability
        if proven.event.type in _ENDS:
            return Allowed(capability, grant.event.t_ms, proven.event.t_ms, "the session ended")
        if named and (again or proven.event.type is EventType.CONSENT_REVOKE):
            why = "allowed anew" if again else "taken or given back"
            return Allowed(capability, grant.event.t_ms, proven.event.t_ms, why)
    if runs_out_ms is None:
        return Allowed(capability, grant.event.t_ms, None, "no end is recorded")
    return Allowed(
        capability, grant.event.t_ms, grant.event.t_ms + runs_out_ms - grant.event.mono_ms, "the time was up"
    )
