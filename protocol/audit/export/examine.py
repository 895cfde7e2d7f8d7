"""One session of an export: its record, what the log and witnesses say about it, who signed it, what was erased."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import msgspec

from protocol.audit.canonical import decode_canonical
from protocol.audit.events import LANES
from protocol.audit.export.layout import events_name
from protocol.audit.export.log_trust import SeenHeads, TrustedLog
from protocol.audit.findings import Finding, Findings, Severity
from protocol.audit.log.leaf import ActLeaf, BatchLeaf
from protocol.audit.log.proof import ProvenLeaf
from protocol.audit.proven_events import PARTY
from protocol.audit.signatures import ElectronicSignature, fingerprint_of_file, verify_signature
from protocol.audit.verify import Verification, verify_record
from protocol.errors import PeerError

MAX_ERASURE_BYTES = 16 * 1024


@dataclass(frozen=True)
class SessionFiles:
    """The files of an export about one session. The others are by their names inside the export."""

    session: str
    record: bytes
    proofs: Mapping[str, bytes]
    signatures: Mapping[str, bytes]
    erasures: Mapping[str, bytes]


class ErasureStated(msgspec.Struct, frozen=True):
    """What was erased of a session: when (UTC), by whom, on which legal basis, what; more may follow."""

    kind: Literal["erasure"]
    sid: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
    at: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    basis: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    scope: Annotated[str, msgspec.Meta(max_length=200)] = ""


@dataclass(frozen=True)
class ExaminedSession:
    """What is known about one session. `proven` are the leaves about it that are surely in the log.

    `witnessed`: enough witnesses have seen the last event of each lane, and so all before it. Each erasure comes with
    whether the log proves it.
    """

    verification: Verification
    proven: tuple[ProvenLeaf, ...]
    witnessed: bool
    signatures: tuple[ElectronicSignature, ...]
    erasures: tuple[tuple[ErasureStated, bool], ...]

    @property
    def cosigned(self) -> Mapping[str, int]:
        """Who has cosigned a checkpoint of a proof, and when for the last time, in Unix seconds."""
        latest: dict[str, int] = {}
        for one in self.proven:
            for each in one.cosigned:
                latest[each.witness] = max(each.unix_s, latest.get(each.witness, 0))
        return latest


def examine_session(
    files: SessionFiles, *, root_id: bytes, log: TrustedLog | None, seen: SeenHeads, findings: Findings
) -> ExaminedSession:
    """Return everything that can be known about a session; what is wrong or missing goes to `findings`.

    `seen` is shared by all sessions of an export. Nothing is raised, whatever the bytes.
    """
    name = events_name(files.session)
    verification = verify_record(files.record, root_id=root_id)
    for found in verification.findings:
        findings.add(replace(found, file=name, session=files.session))
    if verification.session not in ("", files.session):
        _add(findings, Severity.CONTRADICTION, "record_elsewhere", "It is the record of another session.", name, files)
    proven = _proven(files, log, seen, findings)
    _check_batches(files.session, verification, proven, findings)
    return ExaminedSession(
        verification=verification,
        proven=proven,
        witnessed=_check_witnessed(files.session, verification, proven, findings),
        signatures=_signatures(files, root_id, findings),
        erasures=tuple(_erasures(files, proven, findings)),
    )


def _proven(files: SessionFiles, log: TrustedLog | None, seen: SeenHeads, findings: Findings) -> tuple[ProvenLeaf, ...]:
    proven = []
    for name, data in files.proofs.items():
        try:
            if log is None:
                raise PeerError("there is no certificate of a log to check it with", code="log_unknown")
            one = log.verify(data)
            if one.leaf.sid != files.session:
                raise PeerError("it is about another session", code="proof_elsewhere")
            seen.add(one)
            proven.append(one)
        except PeerError as error:
            text = f"A proof of the log does not hold: {error}."
            _add(findings, Severity.CONTRADICTION, error.code, text, name, files)
    return tuple(proven)


def _batches(proven: tuple[ProvenLeaf, ...]) -> list[tuple[BatchLeaf, bool]]:
    return [(one.leaf, one.witnessed) for one in proven if isinstance(one.leaf, BatchLeaf)]


def _check_batches(
    session: str, verification: Verification, proven: tuple[ProvenLeaf, ...], findings: Findings
) -> None:
    """Compare what the log holds with the events: another event is a contradiction, one that is not here a gap."""
    place = {"file": events_name(session), "session": session}
    for leaf, _ in _batches(proven):
        lane = verification.lanes.get(leaf.lane)
        held = lane.events.get(leaf.end - 1) if lane else None
        if held is not None and held.hash != leaf.head:
            text = "The log holds another event here than the one in this export."
            found = Finding(
                Severity.CONTRADICTION, "log_differs_here", text, held.line, leaf.lane, leaf.end - 1, **place
            )
            findings.add(found)
        elif held is None and leaf.end - 1 > (lane.last.event.seq if lane and lane.last else -1):
            text = f"The log knows events of the {PARTY[leaf.lane]} up to {leaf.end - 1}; they are not here."
            found = Finding(Severity.MISSING, "log_knows_more", text, None, leaf.lane, leaf.end - 1, **place)
            findings.add(found)


def _check_witnessed(
    session: str, verification: Verification, proven: tuple[ProvenLeaf, ...], findings: Findings
) -> bool:
    lasts = ((name, verification.lanes[name].last) for name in LANES if name in verification.lanes)
    ends = {(name, last.event.seq) for name, last in lasts if last is not None}
    if ends and ends <= {(leaf.lane, leaf.end - 1) for leaf, witnessed in _batches(proven) if witnessed}:
        return True
    logged = ends and ends <= {(leaf.lane, leaf.end - 1) for leaf, _ in _batches(proven)}
    how = "only the log itself" if logged else "no proof of the log"
    text = f"Not confirmed by enough witnesses up to its end: {how} vouches for it."
    found = Finding(Severity.UNWITNESSED, "unwitnessed", text, file=events_name(session), session=session)
    findings.add(found)
    return False


def _signatures(files: SessionFiles, root_id: bytes, findings: Findings) -> tuple[ElectronicSignature, ...]:
    if not files.signatures:
        return ()
    signatures = []
    try:
        fingerprint = fingerprint_of_file(files.record)
    except PeerError:
        fingerprint = ""  # reported with its line where the record was verified
    for name, data in files.signatures.items():
        try:
            signatures.append(verify_signature(data, root_id=root_id, session=files.session, record_sha256=fingerprint))
        except PeerError as error:
            text = f"An electronic signature does not hold: {error}."
            _add(findings, Severity.CONTRADICTION, error.code, text, name, files)
    return tuple(signatures)


def _erasures(
    files: SessionFiles, proven: tuple[ProvenLeaf, ...], findings: Findings
) -> Iterator[tuple[ErasureStated, bool]]:
    leaves = [one.leaf for one in proven if isinstance(one.leaf, ActLeaf)]
    logged = {leaf.document for leaf in leaves if leaf.kind == "erasure"}
    for name, data in files.erasures.items():
        try:
            stated = msgspec.convert(decode_canonical(data, MAX_ERASURE_BYTES), ErasureStated)
            if stated.sid != files.session:
                raise PeerError("it is about another session", code="erasure_elsewhere")
        except (PeerError, msgspec.ValidationError) as error:
            text = f"The statement of an erasure does not hold: {error}."
            _add(findings, Severity.CONTRADICTION, "erasure_malformed", text, name, files)
            continue
        known = hashlib.sha256(data).hexdigest() in logged
        text = f"Erased on {stated.at} by {stated.by} under: {stated.basis}."
        text += " The log proves it." if known else " No proof of the log says so."
        _add(findings, Severity.NOTICE if known else Severity.MISSING, "erased", text, name, files)
        yield stated, known


def _add(findings: Findings, severity: Severity, code: str, text: str, name: str, files: SessionFiles) -> None:
    findings.add(Finding(severity, code, text, file=name, session=files.session))
