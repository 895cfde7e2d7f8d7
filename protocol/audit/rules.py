"""The verifier's second half: does the history keep the rules of openings, consent and seals?"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.audit.bodies import CapabilityGranted, CapabilityNamed, CustomerOpening, Seal, check_openings, read_body
from protocol.audit.events import CUSTOMER, LANES, NO_EVENT, TECHNICIAN, EventType, other_lane
from protocol.audit.findings import Finding, Findings, Severity
from protocol.audit.proven_events import PARTY, ProvenEvent, ProvenLane
from protocol.audit.record_file import Manifest
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.pairing.certificates import TechnicianCertificate

EXPIRY_SLACK_MS = 1000
"""An act is checked a moment before it is written down."""

_NEEDS = {
    EventType.CONTROL_TAKE: Capability.CONTROL,
    EventType.DIAG_SENT: Capability.DIAGNOSTICS,
    EventType.RECORDING_START: Capability.RECORDING,
}
_NEEDS_AT_CUSTOMER = {
    EventType.CLIPBOARD_SENT: Capability.CLIPBOARD_TO_TECHNICIAN,
    EventType.CLIPBOARD_RECEIVED: Capability.CLIPBOARD_TO_CUSTOMER,
    EventType.FILE_ACCEPTED: Capability.FILES_TO_CUSTOMER,
    EventType.FILE_RECEIVED: Capability.FILES_TO_CUSTOMER,
}
"""Judged where it is enforced: a technician's push may have crossed the customer's revocation, and was then dropped."""


def check_who_opened(
    lanes: Mapping[str, ProvenLane], manifest: Manifest, certificate: TechnicianCertificate, findings: Findings
) -> None:
    """Check that both openings, the manifest and the certificate speak of the same session and people."""
    openings = {lane: lanes[lane].events[0] for lane in LANES if 0 in lanes[lane].events}
    first = [next(iter(lane.events.values())) for lane in lanes.values() if lane.events]
    if len({proven.event.log for proven in first}) > 1:
        findings.add(_contradiction(first[-1], "log_differs", "The two sides name different logs."))
    bodies = {lane: proven.body for lane, proven in openings.items() if proven.body is not None}
    try:
        check_openings(bodies, manifest.customer_key)
    except PeerError as error:
        findings.add(_contradiction(openings[next(iter(bodies))], error.code, str(error)))
    fingerprint = hashlib.sha256(manifest.technician_certificate).hexdigest()
    for lane, body in bodies.items():
        if body.get("certificate_sha256") != fingerprint:
            text = "The session was opened under another technician certificate than the file holds."
            findings.add(_contradiction(openings[lane], "certificate_differs", text))
    if CUSTOMER in bodies:
        _check_names(openings[CUSTOMER], read_body(CustomerOpening, bodies[CUSTOMER]), certificate, findings)


def check_consent(lanes: Mapping[str, ProvenLane], findings: Findings) -> None:
    """Check that every privileged act lies inside a live consent, as the customer's own lane tells it.

    The technician's acts are judged by what they had seen of the customer's lane, so that a revocation still on its way
    makes nobody a liar.
    """
    state, before, states = LiveConsent(), NO_EVENT, {NO_EVENT: LiveConsent()}
    for proven in lanes[CUSTOMER].events.values():
        if proven.event.seq != before + 1:
            state = LiveConsent(state.live, uncertain=True)
        _check_act(proven, state, proven.event.mono_ms, findings)
        state, before = state.after(proven), proven.event.seq
        states[before] = state
    for proven in lanes[TECHNICIAN].events.values():
        _check_act(proven, states.get(proven.event.peer.seq, LiveConsent(uncertain=True)), None, findings)


def check_seals(lanes: Mapping[str, ProvenLane], findings: Findings) -> None:
    """Check that both lanes are sealed, and that the seals name the right ends of both."""
    stated: dict[str, Seal] = {}
    for lane in lanes.values():
        seal = lane.seal
        if seal is None and lane.events:
            text = f"The part of the {PARTY[lane.lane]} is not sealed: something may be missing at its end."
            findings.add(Finding(Severity.MISSING, "seal_missing", text, lane=lane.lane))
        if seal and seal.body is not None:
            stated[lane.lane] = read_body(Seal, seal.body)
            _check_own_end(seal, stated[lane.lane], findings)
            _check_other_end(seal, stated[lane.lane], lanes[other_lane(lane.lane)], findings)
    if len(stated) == len(LANES) and stated[CUSTOMER].heads != stated[TECHNICIAN].heads:
        _add_difference(lanes, findings)


@dataclass(frozen=True)
class LiveConsent:
    """What the customer allows at one point of its lane: capability -> monotonic ms it ends at (None: no end).

    `uncertain`: a missing event or a withheld body may have granted more.
    """

    live: Mapping[Capability, int | None] | None = None
    uncertain: bool = False

    def allows(self, capability: Capability, mono_ms: int | None) -> bool:
        """Return whether `capability` may be used at `mono_ms` of C's clock (None: at some moment from here on)."""
        if self.uncertain:
            return True
        live = self.live or {}
        if capability not in live:
            return False
        end = live[capability]
        return end is None or mono_ms is None or mono_ms <= end + EXPIRY_SLACK_MS

    def after(self, proven: ProvenEvent) -> "LiveConsent":
        """Return what is allowed once this event of lane C has happened."""
        live = dict(self.live or {})
        if proven.event.type in (EventType.SESSION_END, EventType.SESSION_SEAL):
            return LiveConsent()
        if proven.event.type is EventType.CONSENT_GRANT:
            if proven.body is None:
                return LiveConsent(live, uncertain=True)
            granted = read_body(CapabilityGranted, proven.body)
            lasts_ms = granted.expires_in_s * 1000
            live[granted.capability] = proven.event.mono_ms + lasts_ms if lasts_ms else None
        if proven.event.type is EventType.CONSENT_REVOKE and proven.body is not None:
            live.pop(read_body(CapabilityNamed, proven.body).capability, None)
        return LiveConsent(live, self.uncertain)


def _check_act(proven: ProvenEvent, consent: LiveConsent, mono_ms: int | None, findings: Findings) -> None:
    needed = _NEEDS.get(proven.event.type)
    if needed is None and proven.event.lane == CUSTOMER:
        needed = _NEEDS_AT_CUSTOMER.get(proven.event.type)
    if _gives_a_wanted_file(proven):
        needed = Capability.FILES_TO_TECHNICIAN
    if proven.event.type is EventType.CAPABILITY_USE and proven.body is not None:
        needed = read_body(CapabilityNamed, proven.body).capability
    if needed is not None and not consent.allows(needed, mono_ms):
        text = f"{proven.event.type.value} happened without a live consent to {needed.value}."
        findings.add(_contradiction(proven, "without_consent", text))


def _gives_a_wanted_file(proven: ProvenEvent) -> bool:
    """Whether the customer offers a file that was asked for; one they offer by themselves needs no permission."""
    offered = proven.event.type is EventType.FILE_OFFERED and proven.event.lane == CUSTOMER
    return offered and proven.body is not None and bool(proven.body.get("asked"))


def _check_names(
    proven: ProvenEvent, opening: CustomerOpening, certificate: TechnicianCertificate, findings: Findings
) -> None:
    names = {unicodedata.normalize("NFC", name) for name in (certificate.name, certificate.technician_id)}
    if (
        opening.organisation != unicodedata.normalize("NFC", certificate.organisation)
        or opening.technician not in names
    ):
        text = "The customer was shown other names than the technician's certificate holds."
        findings.add(_contradiction(proven, "names_differ", text))


def _check_own_end(seal: ProvenEvent, stated: Seal, findings: Findings) -> None:
    if stated.claim(seal.event.lane) != (seal.event.seq, seal.event.prev):
        findings.add(_contradiction(seal, "seal_wrong", "The seal does not name the end of its own lane."))


def _check_other_end(seal: ProvenEvent, stated: Seal, other: ProvenLane, findings: Findings) -> None:
    count, head = stated.claim(other.lane)
    named = other.events.get(count - 1)
    if named is not None and named.hash != head:
        findings.add(_contradiction(seal, "seal_wrong", "The seal names another event than the other side wrote."))
    if named is not None or count == 0 or (other.last and count <= other.last.event.seq):
        return
    if other.seal:
        findings.add(_contradiction(seal, "seal_wrong", "The seal counts events the other side never wrote."))
    else:
        text = f"The seal counts {count} events of the {PARTY[other.lane]}; the last of them are missing."
        findings.add(seal.finding(Severity.MISSING, "tail_missing", text))


def _add_difference(lanes: Mapping[str, ProvenLane], findings: Findings) -> None:
    seal = lanes[TECHNICIAN].seal or lanes[CUSTOMER].seal
    if seal is None:
        return
    if any(lane.has(EventType.PEER_LOST) or not lane.is_whole for lane in lanes.values()):
        text = "The connection was lost at the end: each side sealed what it knew, not what the other side knew."
        findings.add(seal.finding(Severity.MISSING, "sealed_alone", text))
    else:
        findings.add(_contradiction(seal, "seals_differ", "The two seals state different ends of the session."))


def _contradiction(proven: ProvenEvent, code: str, text: str) -> Finding:
    return proven.finding(Severity.CONTRADICTION, code, text)
