"""A session as it came from the relay or from a file, verified here and explained. Pure, no clock; may take seconds.

Nothing the relay says about a session is believed: verdict, lanes and proofs come from the bytes and the pinned root.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.audit.events import CUSTOMER, parse_event
from protocol.audit.export.examine import ExaminedSession, SessionFiles, examine_session
from protocol.audit.export.layout import erasure_name, proof_name, signature_name
from protocol.audit.export.log_trust import SeenHeads, TrustedLog, trusted_log
from protocol.audit.findings import Finding, Findings, Severity, Verdict
from protocol.audit.log.leaf import BatchLeaf
from protocol.audit.log.proof import ProvenLeaf
from protocol.audit.record_file import FiledEvent, Manifest, RecordMalformed, read_record, write_record
from protocol.audit.sealed_body import open_sealed_body
from protocol.audit.timeline import describe
from protocol.errors import PeerError
from protocol.messages.review_api import ReviewedEvent, ReviewedSession

_NO_KEY = bytes(32)


@dataclass(frozen=True)
class Evidence:
    """One session's files, what they prove, and every finding. `readable`: details could be opened.

    `filed` has the signed bytes of each event by lane and seq.
    """

    files: SessionFiles
    examined: ExaminedSession
    findings: tuple[Finding, ...]
    verdict: Verdict
    log_certificate: bytes
    readable: bool
    filed: Mapping[tuple[str, int], FiledEvent] = field(repr=False)

    @property
    def session(self) -> str:
        """The session id."""
        return self.files.session

    def covering(self, lane: str, seq: int) -> ProvenLeaf | None:
        """Return the leaf of the log that fixes this event: the first whose batch reaches it."""
        reaching = [
            one
            for one in self.examined.proven
            if isinstance(one.leaf, BatchLeaf) and one.leaf.lane == lane and one.leaf.first <= seq < one.leaf.end
        ]
        return min(reaching, key=lambda one: (not one.witnessed, one.index), default=None)


def evidence_of(reviewed: ReviewedSession, *, root_id: bytes, record_key: bytes | None) -> Evidence:
    """Return what the relay's answer proves to whoever trusts the root `root_id` (32 bytes).

    With the session's `record_key` its details are opened; one that does not open is a finding.
    """
    findings = Findings()
    session = reviewed.found.session
    events = tuple(_filed(one, record_key, session, findings) for one in reviewed.events)
    customer = next((one.signer for one in reviewed.events if one.lane == CUSTOMER), _NO_KEY)
    manifest = Manifest(session, reviewed.organisation_key, reviewed.technician_certificate, customer)
    log = _log(reviewed.log_certificate, root_id, findings)
    # without a certificate of its log nothing tells the organisation's receipts from anybody's
    receipts = reviewed.receipts if log is not None else ()
    files = SessionFiles(
        session=session,
        record=write_record(manifest, events),
        proofs={proof_name(session, number): each for number, each in enumerate(receipts)},
        signatures={signature_name(session, number): each for number, each in enumerate(reviewed.signatures)},
        erasures={erasure_name(session, number): each.document for number, each in enumerate(reviewed.erasures)},
    )
    certificate = reviewed.log_certificate if log is not None else b""
    return evidence_of_files(files, root_id=root_id, log=log, findings=findings, log_certificate=certificate)


def evidence_of_files(
    files: SessionFiles,
    *,
    root_id: bytes,
    log: TrustedLog | None,
    findings: Findings,
    seen: SeenHeads | None = None,
    log_certificate: bytes = b"",
) -> Evidence:
    """Return what the files about one session prove. `seen` is shared by all sessions of one export."""
    examined = examine_session(files, root_id=root_id, log=log, seen=seen or SeenHeads(), findings=findings)
    try:
        events = read_record(files.record).events
    except RecordMalformed:
        events = ()  # a finding of the verifier names the line
    filed = {}
    for each in events:
        try:
            filed[each.lane, parse_event(each.event).seq] = each
        except PeerError:
            continue  # likewise
    readable = any(each.body is not None for each in events)
    return Evidence(files, examined, findings.in_order(), findings.verdict, log_certificate, readable, filed)


def _filed(one: ReviewedEvent, record_key: bytes | None, session: str, findings: Findings) -> FiledEvent:
    if record_key is None or not one.sealed_body:
        return FiledEvent(one.lane, one.event, one.signature)
    seq = parse_event(one.event).seq
    try:
        salt, body = open_sealed_body(record_key, one.sealed_body, one.event, one.lane, seq)
    except PeerError as error:
        text = "The details of this event do not open with the session's key: what the relay holds was changed."
        findings.add(Finding(Severity.CONTRADICTION, error.code, text, lane=one.lane, seq=seq, session=session))
        return FiledEvent(one.lane, one.event, one.signature)
    return FiledEvent(one.lane, one.event, one.signature, salt, body)


def _log(certificate: bytes, root_id: bytes, findings: Findings) -> TrustedLog | None:
    if not certificate:
        return None
    try:
        return trusted_log(certificate, root_id)
    except PeerError as error:
        text = f"The certificate of the organisation's log does not hold: {error}."
        findings.add(Finding(Severity.CONTRADICTION, error.code, text))
        return None


@dataclass(frozen=True)
class EventProof:
    """Everything that proves one event, in (name, value) rows as a reviewer copies them. `holds`: its form is proven.

    `summary` says the same in one plain sentence. `in_log`: the log proves it, and enough witnesses have seen that.
    """

    title: str
    summary: str
    holds: bool
    in_log: bool
    rows: tuple[tuple[str, str], ...]

    @property
    def as_text(self) -> str:
        """The rows as text, one a line."""
        return "\n".join([self.title, *(f"{name}: {value}" for name, value in self.rows)])


def proof_of(evidence: Evidence, lane: str, seq: int) -> EventProof | None:
    """Return what proves event `seq` of `lane`; None when it is not there."""
    filed = evidence.filed.get((lane, seq))
    if filed is None:
        return None
    event = parse_event(filed.event)
    proven_lane = evidence.examined.verification.lanes.get(lane)
    proven = proven_lane.events.get(seq) if proven_lane else None
    rows = [
        ("Event", f"{lane} {seq}, {event.type.value}"),
        ("What it says", describe(proven) if proven else "not read: it does not hold"),
        ("Bytes", f"{len(filed.event)}"),
        ("SHA-256 of the bytes", hashlib.sha256(filed.event).hexdigest()),
        ("Hash in the chain", proven.hash if proven else "does not hold"),
        ("Hash of the event before", event.prev),
        ("Newest event seen of the other side", f"{event.peer.seq} {event.peer.hash}"),
        ("Commitment to the details", event.body.commit),
        ("Signature (Ed25519)", filed.signature.hex()),
        ("Signing key, by its hash", event.actor),
        ("Log named by the event", event.log),
    ]
    leaf = evidence.covering(lane, seq)
    rows += _log_rows(leaf)
    return EventProof(
        title=f"Event {lane} {seq} of session {evidence.session}",
        summary=_summary(evidence, proven is not None, leaf, lane, seq),
        holds=proven is not None,
        in_log=leaf is not None and leaf.witnessed,
        rows=tuple(rows),
    )


def _log_rows(leaf: ProvenLeaf | None) -> list[tuple[str, str]]:
    if leaf is None:
        return [("In the log", "no proof")]
    rows = [
        ("Log", leaf.checkpoint.origin),
        ("Index in the tree", f"{leaf.index} of {leaf.checkpoint.size}"),
        ("Checkpoint's root", leaf.checkpoint.root.hex()),
    ]
    witnesses = ", ".join(each.witness for each in leaf.cosigned) or "nobody"
    return [*rows, ("Cosigned by", witnesses)]


def _summary(evidence: Evidence, holds: bool, leaf: ProvenLeaf | None, lane: str, seq: int) -> str:
    wrong = [each for each in evidence.findings if (each.lane, each.seq) == (lane, seq)]
    bad = next((each for each in wrong if each.severity is Severity.CONTRADICTION), None)
    if bad is not None or not holds:
        return f"Not proven: {bad.text if bad else 'its signature or form does not hold.'}"
    signed = "Signature and bytes hold"
    if leaf is None:
        return f"{signed}. No proof of the organisation's log covers it."
    if leaf.witnessed:
        return f"{signed}. It stands in the organisation's log, and enough witnesses have confirmed that."
    return f"{signed}. It stands in the organisation's log; not enough witnesses have confirmed that."
