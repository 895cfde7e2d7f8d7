"""Records that belong together: a session, and those in which colleagues joined it (docs/protocol.md, section 3.2).

Each record verifies alone; here is what one says about another, and whether two of them agree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.audit.events import CUSTOMER, TECHNICIAN, EventType
from protocol.audit.findings import Finding, Findings, Severity
from protocol.audit.proven_events import ProvenEvent, ProvenLane

_SHARED = ("certificate_sha256", "customer_key", "ticket")
"""What the opening of a record says that another record may say, too."""


@dataclass(frozen=True)
class JoinedSession:
    """A colleague's session, as the record of the session that was joined names it (hex). `left`: it says they left."""

    session: str
    certificate_sha256: str
    left: bool


def joins(lanes: Mapping[str, ProvenLane]) -> str:
    """Return the session this one joins, 32 hex digits; empty when it is not a colleague's, or is not known."""
    return str(_opening(lanes).get("joins", ""))


def joined_sessions(lanes: Mapping[str, ProvenLane]) -> tuple[JoinedSession, ...]:
    """Return the sessions of everybody who joined, as the customer's lane (else the technician's) names them."""
    lane = lanes.get(CUSTOMER)
    if lane is None or not lane.has(EventType.COLLEAGUE_JOINED):
        lane = lanes.get(TECHNICIAN)
    events = list(lane.events.values()) if lane is not None else []
    left = {_text(each, "session") for each in events if each.event.type is EventType.COLLEAGUE_LEFT}
    return tuple(
        JoinedSession(_text(each, "session"), _text(each, "certificate_sha256"), _text(each, "session") in left)
        for each in events
        if each.event.type is EventType.COLLEAGUE_JOINED and each.body is not None
    )


def check_colleagues(lanes: Mapping[str, ProvenLane], findings: Findings) -> None:
    """Check that in the customer's own lane nobody joined who was not allowed to."""
    allowed: set[int] = set()
    known = True
    before = -1
    for proven in lanes[CUSTOMER].events.values():
        known = known and proven.event.seq == before + 1
        before = proven.event.seq
        if proven.event.type is EventType.COLLEAGUE_ALLOWED:
            allowed.add(proven.event.req)
        elif proven.event.type is EventType.COLLEAGUE_JOINED and known and proven.event.req not in allowed:
            text = "A colleague joined whom the customer had not allowed to."
            findings.add(proven.finding(Severity.CONTRADICTION, "without_consent", text))


@dataclass(frozen=True)
class Ties:
    """What one record says that concerns others; empty where it is withheld or missing."""

    session: str
    joins: str
    joined: tuple[JoinedSession, ...]
    certificate_sha256: str
    customer_key: str
    ticket: str
    tells_all: bool
    """Nobody who joined can be missing from it: lane C is whole, and withholds no name of a colleague."""


def ties_of(session: str, lanes: Mapping[str, ProvenLane]) -> Ties:
    """Return what the record of `session` says about others: little enough to keep for many."""
    opening = _opening(lanes)
    certificate, customer, ticket = (str(opening.get(name, "")) for name in _SHARED)
    joined = joined_sessions(lanes)
    return Ties(session, joins(lanes), joined, certificate, customer, ticket, _tells_all(lanes.get(CUSTOMER)))


def check_together(records: Iterable[Ties]) -> tuple[Finding, ...]:
    """Return where records that belong together do not agree; one whose other half is not there is passed over."""
    known = {ties.session: ties for ties in records}
    findings: list[Finding] = []
    for ties in known.values():
        if ties.joins in known:
            findings += _compare(known[ties.joins], ties)
        for named in ties.joined:
            joining = known.get(named.session)
            if joining is not None and joining.customer_key and joining.joins != ties.session:
                text = "The record does not say that it joins the session that names it."
                findings.append(_differs("joins_differs", text, named.session))
    return tuple(findings)


def _compare(ties: Ties, joining: Ties) -> list[Finding]:
    findings: list[Finding] = []
    named = next((each for each in ties.joined if each.session == joining.session), None)
    if named is None:
        if ties.tells_all:  # else the name may be in what is withheld or missing
            text = "The session it joins does not name this one."
            findings.append(_differs("not_joined", text, joining.session))
    elif joining.certificate_sha256 and named.certificate_sha256 != joining.certificate_sha256:
        text = "The session it joins names another colleague."
        findings.append(_differs("colleague_differs", text, joining.session))
    if ties.customer_key and joining.customer_key and ties.customer_key != joining.customer_key:
        text = "It is of another customer than the session it joins."
        findings.append(_differs("customer_differs", text, joining.session))
    if ties.ticket and joining.ticket and ties.ticket != joining.ticket:
        text = "It is about another ticket than the session it joins."
        findings.append(_differs("ticket_differs", text, joining.session))
    return findings


def _differs(code: str, text: str, session: str) -> Finding:
    return Finding(Severity.CONTRADICTION, code, text, session=session)


def _tells_all(lane: ProvenLane | None) -> bool:
    if lane is None or lane.seal is None or not lane.is_whole:
        return False
    joined = [each for each in lane.events.values() if each.event.type is EventType.COLLEAGUE_JOINED]
    return all(each.body is not None for each in joined)


def _opening(lanes: Mapping[str, ProvenLane]) -> Mapping[str, object]:
    for name in (CUSTOMER, TECHNICIAN):
        opening = lanes[name].events.get(0) if name in lanes else None
        if opening is not None and opening.body is not None:
            return opening.body
    return {}


def _text(proven: ProvenEvent, name: str) -> str:
    return str(proven.body.get(name, "")) if proven.body is not None else ""
