"""Writing an export: sessions with their proofs and signatures become one file; equal input gives equal bytes.

Pure: the time is an argument. Nothing is hidden from an export because it looks wrong: it is examined, and its report
says what was found.
"""

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.export import layout
from protocol.audit.export.container import write_container
from protocol.audit.export.examine import SessionFiles, examine_session
from protocol.audit.export.log_trust import SeenHeads, trusted_log
from protocol.audit.export.manifest import BundleManifest, Exporter, Role, encode_manifest, file_entry, sign_manifest
from protocol.audit.export.reading import certificates_in
from protocol.audit.export.report_csv import csv_heading, csv_lines
from protocol.audit.export.report_html import html_page, html_section
from protocol.audit.export.verifier_file import verifier_file
from protocol.audit.findings import Findings
from protocol.audit.record_file import manifest_of
from protocol.errors import LocalError
from protocol.pairing.certificates import root_id


@dataclass(frozen=True)
class BundledSession:
    """One session to export: its record file, proofs of the log (tlog-proof files), signature documents, erasures."""

    record: bytes
    proofs: tuple[bytes, ...] = ()
    signatures: tuple[bytes, ...] = ()
    erasures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class BundledLog:
    """The certificate of the organisation's log, and its newest checkpoint with every signature (None: none known)."""

    certificate: bytes
    checkpoint: bytes | None = None


@dataclass(frozen=True)
class ExportedBy:
    """Who exports. With a certificate and its key the export is signed, and `name` must be the certificate's."""

    name: str
    role: Role
    certificate: bytes | None = None
    key: Ed25519PrivateKey | None = None


def write_bundle(
    file: BinaryIO,
    sessions: Iterable[BundledSession],
    *,
    exporter: ExportedBy,
    created_ms: int,
    log: BundledLog | None = None,
    utc_offset_min: int = 0,
) -> None:
    """Write an export to `file`. `created_ms` is Unix time, `utc_offset_min` the local time reports show beside UTC.

    Raises:
        LocalError: no session, one twice, sessions of several organisations, a certificate without a key, or more than
            fits (`bundle_too_large`).
        PeerError: something is no record file, or the log's certificate is not one of this organisation.
    """
    if (exporter.certificate is None) != (exporter.key is None):
        raise LocalError("an exporter with a key has a certificate, and one without has none")
    members: dict[str, bytes] = {layout.VERIFIER: verifier_file()}
    prepared = _sessions(sessions)
    root_key = manifest_of(prepared[0].record).organisation_key
    members[layout.ROOT_KEY] = root_key
    if log is not None:
        members[layout.LOG_CERTIFICATE] = log.certificate
        if log.checkpoint is not None:
            members[layout.CHECKPOINT] = log.checkpoint
    for files in prepared:
        members |= _members_of(files, root_key)
    fingerprint = None
    if exporter.certificate is not None:
        fingerprint = hashlib.sha256(exporter.certificate).hexdigest()
        members[layout.certificate_name(fingerprint)] = exporter.certificate
    members |= _reports(prepared, root_key, log, exporter, created_ms, utc_offset_min)
    manifest = encode_manifest(
        BundleManifest(
            format="deskside.audit/1",
            created_ms=created_ms,
            utc_offset_min=utc_offset_min,
            exporter=Exporter(exporter.name, exporter.role, fingerprint),
            root_key=root_key.hex(),
            sessions=tuple(files.session for files in prepared),
            files=tuple(file_entry(name, members[name]) for name in sorted(members)),
        )
    )
    members[layout.MANIFEST] = manifest
    if exporter.key is not None:
        members[layout.MANIFEST_SIGNATURE] = sign_manifest(exporter.key, manifest)
    write_container(members, file)


def bundle_bytes(
    sessions: Iterable[BundledSession],
    *,
    exporter: ExportedBy,
    created_ms: int,
    log: BundledLog | None = None,
    utc_offset_min: int = 0,
) -> bytes:
    """Return the export `write_bundle` writes.

    Raises:
        LocalError: as `write_bundle`.
        PeerError: as `write_bundle`.
    """
    file = io.BytesIO()
    write_bundle(file, sessions, exporter=exporter, created_ms=created_ms, log=log, utc_offset_min=utc_offset_min)
    return file.getvalue()


def _sessions(sessions: Iterable[BundledSession]) -> list[SessionFiles]:
    """Return the sessions by id, their proofs and signatures in the order given."""
    prepared = {}
    for one in sessions:
        session = manifest_of(one.record).session
        most = max(len(one.proofs), len(one.signatures), len(one.erasures))
        if session in prepared or most > layout.MOST_PER_SESSION:
            raise LocalError(f"session {session} twice, or with {most} files of a kind")
        prepared[session] = SessionFiles(
            session=session,
            record=one.record,
            proofs={layout.proof_name(session, number): proof for number, proof in enumerate(one.proofs)},
            signatures={layout.signature_name(session, number): each for number, each in enumerate(one.signatures)},
            erasures={layout.erasure_name(session, number): each for number, each in enumerate(one.erasures)},
        )
    if not prepared:
        raise LocalError("an export of no session")
    return [prepared[session] for session in sorted(prepared)]


def _members_of(files: SessionFiles, root_key: bytes) -> Mapping[str, bytes]:
    if manifest_of(files.record).organisation_key != root_key:
        raise LocalError("an export of several organisations' sessions")
    members = {layout.events_name(files.session): files.record, **files.proofs, **files.signatures, **files.erasures}
    for certificate in certificates_in(files):
        members[layout.certificate_name(hashlib.sha256(certificate).hexdigest())] = certificate
    return members


def _reports(
    prepared: list[SessionFiles],
    root_key: bytes,
    log: BundledLog | None,
    exporter: ExportedBy,
    created_ms: int,
    utc_offset_min: int,
) -> Mapping[str, bytes]:
    organisation = root_id(root_key)
    trusted = trusted_log(log.certificate, organisation) if log is not None else None
    seen, sections, table = SeenHeads(), list[str](), [csv_heading()]
    for files in prepared:
        findings = Findings()
        one = examine_session(files, root_id=organisation, log=trusted, seen=seen, findings=findings)
        sections.append(html_section(one, findings.in_order(), utc_offset_min))
        table.append(csv_lines(one, utc_offset_min))
    html = html_page(
        sections,
        exported_by=exporter.name,
        role=exporter.role,
        signed=exporter.key is not None,
        created_ms=created_ms,
        utc_offset_min=utc_offset_min,
    )
    return {layout.REPORT_HTML: html, layout.REPORT_CSV: "".join(table).encode()}
