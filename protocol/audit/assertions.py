"""Policy assertions: sentences that must hold for every session, judged from verified records alone. Pure.

An assertion that cannot be judged (a body is withheld or erased, a lane is missing) is neither kept nor broken: it is
`UNKNOWN`, and says which event hides the answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from protocol.audit.events import CUSTOMER, LANES, TECHNICIAN, EventType
from protocol.audit.findings import Findings
from protocol.audit.proven_events import PARTY, ProvenEvent, ProvenLane, prove_events
from protocol.audit.record_file import RecordFile, RecordMalformed, read_record
from protocol.audit.rules import LiveConsent
from protocol.audit.verify import Verification, verify_record
from protocol.errors import PeerError
from protocol.ids import parse_ticket_number
from protocol.messages.consent import Capability
from protocol.pairing.certificates import read_certificate

SUMMARY_SLACK_MS = 12_000
"""Input is counted every 10 s: the last count may stand this long after control ended."""

_LONG_AGO_MS = -(2**53)
_OPEN_STATES = frozenset({"new", "open", "pending"})


class Assertion(Enum):
    """What must hold. The value is the sentence a reviewer reads."""

    NO_FILE_WITHOUT_CONSENT = "no file left without consent"
    OPEN_TICKET = "every session has an open ticket"
    CONTROL_WITHIN_CONSENT = "control never outlived consent"
    SEALED_BY_BOTH = "every session is sealed by both"
    RECEIPT = "no session without a receipt"
    VERIFIED_TECHNICIAN = "no unverified technician"


class Outcome(Enum):
    """How an assertion stands for one session or for a selection."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    FAILS = "fails"


@dataclass(frozen=True)
class Breach:
    """Where an assertion does not hold, or cannot be judged. `lane` and `seq` name the event; None: no one event.

    `text` is a plain sentence; words from the record in it are escaped before they are shown (`timeline.visible`).
    """

    assertion: Assertion
    outcome: Outcome
    session: str
    text: str
    lane: str | None = None
    seq: int | None = None


@dataclass(frozen=True)
class AssertedSession:
    """A session with what is known about it beside its record. None: not known.

    `ticket_state` is the ticket's when the session was opened (empty: not known), `receipts` how many receipts of the
    log were verified.
    """

    verification: Verification
    lanes: Mapping[str, ProvenLane]
    ticket_state: str = ""
    receipts: int | None = None

    @property
    def session(self) -> str:
        """The session id."""
        return self.verification.session


def asserted_session(
    data: bytes, *, root_id: bytes, ticket_state: str = "", receipts: int | None = None
) -> AssertedSession:
    """Return the session of a record file, verified against the pinned `root_id` (32 bytes); nothing is raised.

    What does not verify fails the assertions that rest on it.
    """
    verification = verify_record(data, root_id=root_id)
    lanes = {lane: ProvenLane(lane) for lane in LANES}
    try:
        record = read_record(data)
        lanes = _proven(record)
    except (RecordMalformed, PeerError):
        return AssertedSession(verification, lanes, ticket_state, receipts)
    return AssertedSession(verification, lanes, ticket_state, receipts)


def check_assertions(
    sessions: Iterable[AssertedSession], assertions: Iterable[Assertion] = tuple(Assertion)
) -> tuple[Breach, ...]:
    """Return everything that does not hold or cannot be judged, session by session; empty when all hold."""
    wanted = tuple(assertions)
    return tuple(breach for one in sessions for assertion in wanted for breach in _judge(assertion, one))


def outcome(assertion: Assertion, breaches: Iterable[Breach]) -> Outcome:
    """Return how `assertion` stands after `check_assertions` over a selection."""
    found = {breach.outcome for breach in breaches if breach.assertion is assertion}
    return next((one for one in (Outcome.FAILS, Outcome.UNKNOWN) if one in found), Outcome.HOLDS)


def _judge(assertion: Assertion, one: AssertedSession) -> list[Breach]:
    """Return what is wrong; a record that contradicts itself proves nothing, so it fails whatever it is asked."""
    breaches = _CHECKS[assertion](one)
    bad = one.verification.first_bad
    if bad is None or any(breach.outcome is Outcome.FAILS for breach in breaches):
        return breaches
    text = f"The record is not genuine: {bad.text}"
    return [*breaches, Breach(assertion, Outcome.FAILS, one.session, text, bad.lane, bad.seq)]


def _no_file_without_consent(one: AssertedSession) -> list[Breach]:
    """Judge what left the customer's computer by the customer's own lane, the only one that was there."""
    say = _Saying(Assertion.NO_FILE_WITHOUT_CONSENT, one)
    customer = one.lanes[CUSTOMER]
    breaches: list[Breach] = []
    offers: dict[object, tuple[ProvenEvent, bool]] = {}
    for proven, consent in _customer_story(customer):
        if proven.event.type is EventType.FILE_OFFERED:
            offers[_file_of(proven)] = (proven, consent.allows(Capability.FILES_TO_TECHNICIAN, proven.event.mono_ms))
        if proven.event.type is not EventType.FILE_SENT:
            continue
        offer = offers.get(_file_of(proven))
        if proven.body is None or consent.uncertain:
            breaches.append(say.unknown("A file left; whether it was allowed is withheld or erased.", proven))
        elif offer is None:
            breaches.append(say.fails("A file left that the customer had not offered.", proven))
        elif offer[0].body is not None and offer[0].body.get("asked") and not offer[1]:
            breaches.append(say.fails("A file left that was asked for without a live consent to it.", proven))
    sent = {_file_of(proven) for proven in customer.events.values() if proven.event.type is EventType.FILE_SENT}
    for proven in one.lanes[TECHNICIAN].events.values():
        if proven.event.type is EventType.FILE_RECEIVED and proven.body is not None and _file_of(proven) not in sent:
            if not customer.events:
                breaches.append(say.unknown("A file arrived; the customer's part is missing.", proven))
            elif not any(item is None for item in sent):
                breaches.append(say.fails("A file arrived at the technician that the customer never sent.", proven))
    return breaches


def _open_ticket(one: AssertedSession) -> list[Breach]:
    say = _Saying(Assertion.OPEN_TICKET, one)
    if one.ticket_state and one.ticket_state not in _OPEN_STATES:
        return [say.fails(f"The ticket was {one.ticket_state} when the session was opened.", _opening(one))]
    openings = [lane.events[0] for lane in one.lanes.values() if 0 in lane.events]
    if not openings:
        return [say.fails("The session's openings are missing, and with them its ticket.")]
    for proven in openings:
        if proven.body is None:
            continue
        try:
            parse_ticket_number(str(proven.body.get("ticket", "")))
        except PeerError:
            return [say.fails("The session was opened without a ticket.", proven)]
    if all(proven.body is None for proven in openings):
        return [] if one.ticket_state else [say.unknown("The ticket is withheld or erased.", openings[0])]
    if not one.ticket_state:
        return [say.unknown("The session names a ticket; whether it was open then is not known here.", openings[0])]
    return []


def _control_within_consent(one: AssertedSession) -> list[Breach]:
    """Judge control where it is enforced: the customer's lane says when consent ended and when input still came."""
    say = _Saying(Assertion.CONTROL_WITHIN_CONSENT, one)
    breaches: list[Breach] = []
    last_live_ms = _LONG_AGO_MS
    for proven, consent in _customer_story(one.lanes[CUSTOMER]):
        now_ms = proven.event.mono_ms
        last_live_ms = max(last_live_ms, _control_lived_until(consent, now_ms))
        if proven.event.type is EventType.INPUT_SUMMARY:
            if consent.uncertain:
                breaches.append(say.unknown("Remote input was counted; what was allowed then is not known.", proven))
            elif now_ms - last_live_ms > SUMMARY_SLACK_MS:
                breaches.append(say.fails("Remote input was counted when no consent to control was live.", proven))
    for found in one.verification.findings:
        if found.code == "without_consent" and found.lane is not None and found.seq is not None:
            event = one.lanes[found.lane].events.get(found.seq)
            if event is not None and event.event.type is EventType.CONTROL_TAKE:
                breaches.append(say.fails("Control was taken without a live consent to it.", event))
    return breaches


def _sealed_by_both(one: AssertedSession) -> list[Breach]:
    say = _Saying(Assertion.SEALED_BY_BOTH, one)
    breaches = []
    for lane in one.lanes.values():
        if lane.seal is None:
            text = f"The {PARTY[lane.lane]}'s part of the record is not sealed."
            last = lane.last
            breaches.append(say.fails(text, last) if last else say.fails(text, lane=lane.lane))
    return breaches


def _receipt(one: AssertedSession) -> list[Breach]:
    say = _Saying(Assertion.RECEIPT, one)
    if one.receipts is None:
        return [say.unknown("Whether the log vouches for this session is not known here.")]
    return [] if one.receipts > 0 else [say.fails("The organisation's log has given no receipt for this session.")]


def _verified_technician(one: AssertedSession) -> list[Breach]:
    say = _Saying(Assertion.VERIFIED_TECHNICIAN, one)
    verification = one.verification
    if not verification.technician or not verification.root_pinned:
        return [say.fails("The technician's certificate does not come from your organisation.", _opening(one))]
    wrong = {"certificate_differs", "names_differ", "openings_differ", "root_differs"}
    for found in verification.findings:
        if found.code in wrong:
            return [say.fails(found.text, lane=found.lane, seq=found.seq)]
    return []


_CHECKS: Mapping[Assertion, Callable[[AssertedSession], list[Breach]]] = {
    Assertion.NO_FILE_WITHOUT_CONSENT: _no_file_without_consent,
    Assertion.OPEN_TICKET: _open_ticket,
    Assertion.CONTROL_WITHIN_CONSENT: _control_within_consent,
    Assertion.SEALED_BY_BOTH: _sealed_by_both,
    Assertion.RECEIPT: _receipt,
    Assertion.VERIFIED_TECHNICIAN: _verified_technician,
}


@dataclass(frozen=True)
class _Saying:
    """Makes the breaches of one assertion about one session."""

    assertion: Assertion
    one: AssertedSession

    def fails(
        self, text: str, proven: ProvenEvent | None = None, *, lane: str | None = None, seq: int | None = None
    ) -> Breach:
        if proven is not None:
            lane, seq = proven.event.lane, proven.event.seq
        return Breach(self.assertion, Outcome.FAILS, self.one.session, text, lane, seq)

    def unknown(self, text: str, proven: ProvenEvent | None = None) -> Breach:
        place = (None, None) if proven is None else (proven.event.lane, proven.event.seq)
        return Breach(self.assertion, Outcome.UNKNOWN, self.one.session, text, *place)


def _proven(record: RecordFile) -> dict[str, ProvenLane]:
    certificate = read_certificate(record.manifest.technician_certificate)
    signers = {CUSTOMER: record.manifest.customer_key, TECHNICIAN: certificate.signing_key}
    return prove_events(record, signers, Findings())


def _opening(one: AssertedSession) -> ProvenEvent | None:
    return one.lanes[TECHNICIAN].events.get(0) or one.lanes[CUSTOMER].events.get(0)


def _customer_story(lane: ProvenLane) -> Iterator[tuple[ProvenEvent, LiveConsent]]:
    """Yield every event of lane C with what was allowed when it happened; a missing event may have allowed more."""
    consent, expected = LiveConsent(), 0
    for seq, proven in lane.events.items():
        if seq != expected:
            consent = LiveConsent(consent.live, uncertain=True)
        yield proven, consent
        consent, expected = consent.after(proven), seq + 1


def _control_lived_until(consent: LiveConsent, now_ms: int) -> int:
    """Return the last moment up to `now_ms` at which control was allowed, long ago when it is not at all."""
    live = consent.live or {}
    if Capability.CONTROL not in live:
        return _LONG_AGO_MS
    end = live[Capability.CONTROL]
    return now_ms if end is None else min(now_ms, end)


def _file_of(proven: ProvenEvent) -> object:
    return None if proven.body is None else proven.body.get("sha256")
