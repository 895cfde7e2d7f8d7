"""The offline verifier: is this record genuine, and is it complete? Needs the file and nothing else.

Pure, and independent of the present: a record verifies the same today and in ten years. Without a pinned `root_id` the
answer holds for whoever owns the organisation key in the file; the fingerprint must then be compared by a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from protocol.audit.events import CUSTOMER, LANES, TECHNICIAN, EventType, parse_event
from protocol.audit.findings import Finding, Findings, Severity, Verdict
from protocol.audit.joined_sessions import check_colleagues
from protocol.audit.proven_events import ProvenLane, check_chain, check_links, prove_events
from protocol.audit.record_file import Manifest, RecordFile, RecordMalformed, read_record
from protocol.audit.rules import check_consent, check_seals, check_who_opened
from protocol.audit.timeline import TimelineEntry, timeline
from protocol.errors import PeerError
from protocol.pairing import certificates


@dataclass(frozen=True)
class Verification:
    """The verdict and what it rests on. Texts come from the file: escape them (`timeline.visible`) before showing.

    Facts that could not be established are empty, 0 or None. `root_id` is SHA-256 of the organisation key in the file;
    `root_pinned` says whether the caller had named it. Times are Unix ms. `lanes`: the events that hold.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    session: str = ""
    ticket: str = ""
    organisation: str = ""
    technician: str = ""
    opened_ms: int | None = None
    ended_ms: int | None = None
    root_id: bytes = b""
    root_pinned: bool = False
    lanes: Mapping[str, ProvenLane] = field(default_factory=dict)

    @cached_property
    def timeline(self) -> tuple[TimelineEntry, ...]:
        """What happened, in words; made when it is asked for."""
        return timeline(self.lanes) if self.lanes else ()

    @property
    def first_bad(self) -> Finding | None:
        """The first thing in the file that cannot be true; None unless the verdict is INVALID."""
        return next((found for found in self.findings if found.severity is Severity.CONTRADICTION), None)


def verify_record(data: bytes, *, root_id: bytes | None = None) -> Verification:
    """Return the verdict about a record file and everything found; whatever the bytes, nothing is raised.

    `root_id` (32 bytes, SHA-256 of the organisation's root key) pins the organisation the record must come from.
    """
    findings = Findings()
    try:
        record = read_record(data)
    except RecordMalformed as error:
        findings.add(Finding(Severity.CONTRADICTION, error.code, str(error), error.line))
        return Verification(findings.verdict, findings.in_order())
    found_root = certificates.root_id(record.manifest.organisation_key)
    if root_id is not None and root_id != found_root:
        text = "The record comes from another organisation than the one you named."
        findings.add(Finding(Severity.CONTRADICTION, "root_differs", text, line=1))
    certificate = _check_certificate(record, found_root, findings)
    lanes = {lane: ProvenLane(lane) for lane in LANES}
    if certificate is not None:
        lanes = _check_events(record, certificate, found_root, findings)
    return _conclude(record.manifest, certificate, lanes, findings, found_root, root_id is not None)


def _check_certificate(
    record: RecordFile, found_root: bytes, findings: Findings
) -> certificates.TechnicianCertificate | None:
    """Return the technician's certificate when it was valid at the moment the record says the session began."""
    data = record.manifest.technician_certificate
    began_ms = _began_ms(record)
    try:
        began_s = certificates.read_certificate(data).not_before if began_ms is None else began_ms / 1000
        return certificates.verify_certificate(data, root_id=found_root, unix_now=began_s)
    except PeerError as error:
        findings.add(Finding(Severity.CONTRADICTION, error.code, f"The technician's certificate: {error}", line=1))
        return None


def _began_ms(record: RecordFile) -> int | None:
    """Return when the technician's lane begins (the customer's when there is none), Unix ms."""
    for lane in (TECHNICIAN, CUSTOMER):
        for filed in record.events:
            if filed.lane == lane:
                try:
                    return parse_event(filed.event).t_ms
                except PeerError:
                    break  # reported with its line when the events are proven
    return None


def _check_events(
    record: RecordFile, certificate: certificates.TechnicianCertificate, found_root: bytes, findings: Findings
) -> dict[str, ProvenLane]:
    """Check events, then the history they form, then its rules; each step rests on the one before it being sound."""
    signers = {CUSTOMER: record.manifest.customer_key, TECHNICIAN: certificate.signing_key}
    lanes = prove_events(record, signers, findings)
    if findings.verdict is not Verdict.INVALID:
        for lane in lanes.values():
            check_chain(lane, f"{found_root.hex()[:16]}/", findings)
        check_links(lanes, findings)
    if findings.verdict is not Verdict.INVALID:
        check_who_opened(lanes, record.manifest, certificate, findings)
        check_consent(lanes, findings)
        check_colleagues(lanes, findings)
        check_seals(lanes, findings)
    return lanes


def _conclude(
    manifest: Manifest,
    certificate: certificates.TechnicianCertificate | None,
    lanes: dict[str, ProvenLane],
    findings: Findings,
    found_root: bytes,
    pinned: bool,
) -> Verification:
    times = [proven.event.t_ms for lane in lanes.values() for proven in lane.events.values()]
    return Verification(
        verdict=findings.verdict,
        findings=findings.in_order(),
        session=manifest.session,
        ticket=_ticket(lanes),
        organisation=certificate.organisation if certificate else "",
        technician=certificate.name if certificate else "",
        opened_ms=min(times, default=None),
        ended_ms=max(times) if any(lane.has(EventType.SESSION_END) for lane in lanes.values()) else None,
        root_id=found_root,
        root_pinned=pinned,
        lanes=lanes,
    )


def _ticket(lanes: dict[str, ProvenLane]) -> str:
    for lane in lanes.values():
        opening = lane.events.get(0)
        if opening is not None and opening.body is not None:
            return str(opening.body.get("ticket", ""))
    return ""
