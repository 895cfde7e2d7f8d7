"""The verifier's first half: is each event signed by its party, and do the two lanes form one unbroken history?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.audit.bodies import check_answer, check_fields
from protocol.audit.events import (
    CUSTOMER,
    LANES,
    NO_EVENT,
    TECHNICIAN,
    Event,
    EventType,
    check_body,
    check_signed_event,
    event_hash,
    other_lane,
    parse_event,
)
from protocol.audit.findings import Finding, Findings, Severity
from protocol.audit.record_file import FiledEvent, RecordFile
from protocol.errors import PeerError

MAX_SKEW_MS = 120_000
"""Clocks that disagree by more are worth a notice."""

PARTY = {CUSTOMER: "customer", TECHNICIAN: "technician"}


@dataclass(frozen=True)
class ProvenEvent:
    """An event whose form, signature and (when it is there) body hold. `body` None: withheld."""

    line: int
    event: Event
    hash: str
    body: dict[str, object] | None

    def finding(self, severity: Severity, code: str, text: str) -> Finding:
        """Return a finding about this event."""
        return Finding(severity, code, text, self.line, self.event.lane, self.event.seq)


@dataclass
class ProvenLane:
    """The events of one lane by seq; there may be gaps."""

    lane: str
    events: dict[int, ProvenEvent] = field(default_factory=dict)

    @property
    def last(self) -> ProvenEvent | None:
        """The event with the highest seq."""
        return next(reversed(self.events.values()), None)

    @property
    def seal(self) -> ProvenEvent | None:
        """The seal, when the lane ends with one."""
        last = self.last
        return last if last and last.event.type is EventType.SESSION_SEAL else None

    @property
    def is_whole(self) -> bool:
        """Whether no event is missing before the last one."""
        return self.last is None or self.last.event.seq + 1 == len(self.events)

    def has(self, type: EventType) -> bool:
        """Return whether an event of `type` is there."""
        return any(proven.event.type is type for proven in self.events.values())


def prove_events(record: RecordFile, signers: Mapping[str, bytes], findings: Findings) -> dict[str, ProvenLane]:
    """Return the events that hold on their own, by lane; everything wrong with single events goes to `findings`."""
    lanes = {lane: ProvenLane(lane) for lane in LANES}
    for filed in record.events:
        lane = lanes[filed.lane]
        try:
            proven = _prove(filed, record.manifest.session, signers[filed.lane])
        except PeerError as error:
            findings.add(_bad(filed, error.code, str(error)))
            continue
        if lane.last and proven.event.seq <= lane.last.event.seq:
            findings.add(_bad(filed, "out_of_order", "The event is there twice or out of order."))
            continue
        lane.events[proven.event.seq] = proven
    return lanes


def check_chain(lane: ProvenLane, log_prefix: str, findings: Findings) -> None:
    """Check that the events of `lane` follow each other: hash chain, log, clocks, nothing after a seal."""
    before: ProvenEvent | None = None
    for proven in lane.events.values():
        _check_gap(lane.lane, before, proven, findings)
        if not proven.event.log.startswith(log_prefix):
            findings.add(_contradiction(proven, "log_differs", "The event names the log of another organisation."))
        if before is not None:
            _check_successor(before, proven, findings)
        before = proven
    if before is None:
        text = f"The whole part of the {PARTY[lane.lane]} is missing."
        findings.add(Finding(Severity.MISSING, "lane_missing", text, lane=lane.lane))
    _check_withheld(lane, findings)
    _check_wall_clock(lane, findings)


def check_links(lanes: Mapping[str, ProvenLane], findings: Findings) -> None:
    """Check what the events say about the other lane: they name what was written, and never something later."""
    for lane in lanes.values():
        other = lanes[other_lane(lane.lane)]
        most_seen = NO_EVENT
        for proven in lane.events.values():
            _check_link(proven, other, findings)
            answered = other.events.get(proven.event.req)
            try:
                check_answer(
                    proven.event, proven.body, answered.event if answered else None, answered.body if answered else None
                )
            except PeerError as error:
                findings.add(_contradiction(proven, "answer_wrong", str(error)))
            most_seen = max(most_seen, proven.event.peer.seq)
        _check_tail(lane.lane, most_seen, other, findings)
        _check_skew(lane, other, findings)


def _prove(filed: FiledEvent, session: str, signer: bytes) -> ProvenEvent:
    event = check_signed_event(filed.event, filed.signature, signer, session=session, lane=filed.lane)
    body = None
    if filed.salt is not None and filed.body is not None:
        body = check_body(event, filed.salt, filed.body)
        check_fields(event, body)
    return ProvenEvent(filed.line, event, event_hash(filed.event), body)


def _bad(filed: FiledEvent, code: str, text: str) -> Finding:
    try:
        seq = parse_event(filed.event).seq
    except PeerError:
        return Finding(Severity.CONTRADICTION, code, text, filed.line, filed.lane)
    return Finding(Severity.CONTRADICTION, code, text, filed.line, filed.lane, seq)


def _contradiction(proven: ProvenEvent, code: str, text: str) -> Finding:
    return proven.finding(Severity.CONTRADICTION, code, text)


def _check_gap(lane: str, before: ProvenEvent | None, proven: ProvenEvent, findings: Findings) -> None:
    first_missing = before.event.seq + 1 if before else 0
    if proven.event.seq > first_missing:
        text = f"Events {first_missing} to {proven.event.seq - 1} of the {PARTY[lane]} are missing."
        findings.add(proven.finding(Severity.MISSING, "events_missing", text))


def _check_successor(before: ProvenEvent, proven: ProvenEvent, findings: Findings) -> None:
    earlier, later = before.event, proven.event
    if later.seq == earlier.seq + 1 and later.prev != before.hash:
        findings.add(_contradiction(proven, "chain_broken", "The event does not follow the one before it."))
    if later.log != earlier.log:
        findings.add(_contradiction(proven, "log_differs", "The event names another log than the one before it."))
    if later.mono_ms < earlier.mono_ms:
        findings.add(_contradiction(proven, "clock_backwards", "The clock that can only go forward went backwards."))
    if later.peer.seq < earlier.peer.seq:
        findings.add(_contradiction(proven, "link_backwards", "The event has seen less than the one before it."))
    if earlier.type is EventType.SESSION_SEAL:
        findings.add(_contradiction(proven, "after_seal", "The event comes after the seal."))


def _check_link(proven: ProvenEvent, other: ProvenLane, findings: Findings) -> None:
    link = proven.event.peer
    named = other.events.get(link.seq)
    if named is None:
        return
    if named.hash != link.hash:
        findings.add(_contradiction(proven, "link_broken", "The event has seen another event than the other side has."))
    elif named.event.peer.seq >= proven.event.seq:
        findings.add(_contradiction(proven, "link_circular", "The event and the one it has seen each come first."))


def _check_tail(lane: str, most_seen: int, other: ProvenLane, findings: Findings) -> None:
    """Compare the newest event seen from `lane` with the end of the other lane."""
    last = other.last
    if most_seen == NO_EVENT or (last and most_seen <= last.event.seq):
        return
    if other.seal:
        text = f"The {PARTY[lane]} has seen an event after the seal of the {PARTY[other.lane]}."
        findings.add(_contradiction(other.seal, "seen_after_seal", text))
    else:
        text = f"The {PARTY[lane]} has seen event {most_seen} of the {PARTY[other.lane]}, which is missing at the end."
        findings.add(Finding(Severity.MISSING, "tail_missing", text, lane=other.lane, seq=most_seen))


def _check_withheld(lane: ProvenLane, findings: Findings) -> None:
    withheld = [proven for proven in lane.events.values() if proven.body is None]
    if withheld:
        text = f"{len(withheld)} of {len(lane.events)} details of the {PARTY[lane.lane]}'s events are withheld."
        findings.add(withheld[0].finding(Severity.MISSING, "bodies_withheld", text))


def _check_wall_clock(lane: ProvenLane, findings: Findings) -> None:
    before: Event | None = None
    for proven in lane.events.values():
        event = proven.event
        if before and abs((event.t_ms - before.t_ms) - (event.mono_ms - before.mono_ms)) > MAX_SKEW_MS:
            text = f"The clock of the {PARTY[lane.lane]}'s computer was changed, or the computer slept, before this."
            findings.add(proven.finding(Severity.NOTICE, "clock_changed", text))
        before = event


def _check_skew(lane: ProvenLane, other: ProvenLane, findings: Findings) -> None:
    """An event cannot happen before one it has seen: where the times say so, the two clocks disagree."""
    worst, worst_ms = None, MAX_SKEW_MS
    for proven in lane.events.values():
        named = other.events.get(proven.event.peer.seq)
        if named and named.event.t_ms - proven.event.t_ms > worst_ms:
            worst, worst_ms = proven, named.event.t_ms - proven.event.t_ms
    if worst:
        text = f"The two computers' clocks disagree by at least {worst_ms // 1000} seconds."
        findings.add(worst.finding(Severity.NOTICE, "clock_skew", text))
