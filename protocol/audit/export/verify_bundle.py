"""Deskside's own verifier of an export: is everything in it genuine, complete and witnessed?

Pure but for reading the file it is given; nothing is unpacked to disk. `verifier` is a second implementation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from protocol.audit.export import layout
from protocol.audit.export.container import BundleMalformed
from protocol.audit.export.examine import ExaminedSession, examine_session
from protocol.audit.export.log_trust import SeenHeads
from protocol.audit.export.manifest import BundleManifest
from protocol.audit.export.reading import Bundle, certificates_of
from protocol.audit.findings import Finding, Findings, Severity, Verdict
from protocol.audit.joined_sessions import Ties, check_together, ties_of
from protocol.errors import PeerError


@dataclass(frozen=True)
class SessionResult:
    """What an export shows about one session. Texts come from the export: escape them before showing."""

    session: str
    ticket: str
    organisation: str
    technician: str
    opened_ms: int | None
    ended_ms: int | None
    events: int
    witnessed: bool
    signatures: tuple[str, ...]


@dataclass(frozen=True)
class BundleVerification:
    """The verdict about an export and what it rests on. `manifest` is None when it could not be read.

    `signer` is who signed the export, empty for nobody; `root_id` (32 bytes) the organisation, empty when not known.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    sessions: tuple[SessionResult, ...] = ()
    manifest: BundleManifest | None = None
    signer: str = ""
    root_id: bytes = b""
    root_pinned: bool = False

    @property
    def first_bad(self) -> Finding | None:
        """The first thing that cannot be true; None unless the verdict is INVALID."""
        return next((found for found in self.findings if found.severity is Severity.CONTRADICTION), None)


def verify_bundle(file: BinaryIO, *, root_id: bytes | None = None) -> BundleVerification:
    """Return the verdict about the export in `file` and everything found; whatever the bytes, nothing is raised.

    `root_id` (32 bytes, SHA-256 of the organisation's root key) pins the organisation the export must come from.

    Raises:
        OSError: the file cannot be read.
    """
    findings = Findings()
    try:
        bundle = Bundle(file)
    except PeerError as error:
        findings.add(_contradiction(error))
        return BundleVerification(findings.verdict, findings.in_order())
    if root_id is not None and root_id != bundle.root_id:
        text = "The export comes from another organisation than the one you named."
        findings.add(Finding(Severity.CONTRADICTION, "root_differs", text, file=layout.ROOT_KEY))
    if not bundle.signer:
        text = "Nobody signed this export: trust what is printed here rather than its report.html and report.csv."
        findings.add(Finding(Severity.NOTICE, "export_unsigned", text, file=layout.MANIFEST))
    results = []
    try:
        for result in _examined(bundle, findings):
            results.append(result)
    except PeerError as error:
        findings.add(_contradiction(error))
    return BundleVerification(
        verdict=findings.verdict,
        findings=findings.in_order(),
        sessions=tuple(results),
        manifest=bundle.manifest,
        signer=bundle.signer,
        root_id=bundle.root_id,
        root_pinned=root_id is not None,
    )


def _examined(bundle: Bundle, findings: Findings) -> Iterator[SessionResult]:
    """Yield what is found about each session; only one is in memory at a time."""
    seen, needed, ties = SeenHeads(), set[str](), list[Ties]()
    for files in bundle.session_files():
        examined = examine_session(files, root_id=bundle.root_id, log=bundle.log, seen=seen, findings=findings)
        needed |= certificates_of(files)
        ties.append(ties_of(files.session, examined.verification.lanes))
        yield _result(files.session, examined)
    for finding in check_together(ties):
        findings.add(finding)
    bundle.check_certificates(needed)
    bundle.check_checkpoint(seen)


def _result(session: str, examined: ExaminedSession) -> SessionResult:
    found = examined.verification
    return SessionResult(
        session=session,
        ticket=found.ticket,
        organisation=found.organisation,
        technician=found.technician,
        opened_ms=found.opened_ms,
        ended_ms=found.ended_ms,
        events=sum(len(lane.events) for lane in found.lanes.values()),
        witnessed=examined.witnessed,
        signatures=tuple(f"{each.name} ({each.meaning.value})" for each in examined.signatures),
    )


def _contradiction(error: PeerError) -> Finding:
    member = error.member if isinstance(error, BundleMalformed) else ""
    return Finding(Severity.CONTRADICTION, error.code, str(error), file=member)
