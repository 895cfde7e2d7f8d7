"""Writing an export: sessions with their proofs and signatures become one file; equal input gives equal bytes.

Pure but for a temporary file (`spool`): the time is an argument. Nothing is hidden from an export because it looks
wrong: it is examined, and its report says what was found.
"""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.export import layout
from protocol.audit.export.container import bundle_too_large
from protocol.audit.export.examine import SessionFiles, examine_session
from protocol.audit.export.log_trust import SeenHeads, TrustedLog, trusted_log
from protocol.audit.export.manifest import BundleManifest, Exporter, Role, encode_manifest, sign_manifest
from protocol.audit.export.reading import certificates_in
from protocol.audit.export.report_csv import csv_heading, csv_lines
from protocol.audit.export.report_html import HTML_ENDING, html_beginning, html_section
from protocol.audit.export.spool import MemberSpool, Piece
from protocol.audit.export.verifier_file import verifier_file
from protocol.audit.findings import Findings
from protocol.audit.record_file import MAX_EVENTS, manifest_of
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


class BundleWriter:
    """Takes sessions one after the other, and writes the export at the end: only one session is in memory at a time.

    Close it, or use it in `with`. `created_ms` is Unix time, `utc_offset_min` the local time reports show beside UTC.
    """

    def __init__(
        self, *, exporter: ExportedBy, created_ms: int, log: BundledLog | None = None, utc_offset_min: int = 0
    ) -> None:
        """Raises LocalError for a certificate without a key, or a key without a certificate."""
        if (exporter.certificate is None) != (exporter.key is None):
            raise LocalError("an exporter with a key has a certificate, and one without has none")
        self._exporter, self._created_ms, self._log, self._utc_offset_min = exporter, created_ms, log, utc_offset_min
        self._root_key = b""
        self._trusted: TrustedLog | None = None
        self._seen = SeenHeads()
        self._events = 0
        self._sections: dict[str, tuple[Piece, Piece]] = {}
        self._spool = MemberSpool()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._spool.close()

    def add(self, session: BundledSession) -> None:
        """Take a session. Which comes first shows in nothing but where reports name a log that shows two histories.

        Raises:
            LocalError: it came before, is of another organisation, or makes the export larger than fits
                (`bundle_too_large`).
            PeerError: it is no record file, or the log's certificate is not one of this organisation.
        """
        manifest = manifest_of(session.record)
        self._begin(manifest.organisation_key)
        files = _files_of(manifest.session, session)
        self._events += max(0, session.record.count(b"\n") - 1)
        if self._events > MAX_EVENTS:
            raise bundle_too_large(f"more than {MAX_EVENTS} events")
        self._report(files)
        self._spool.add(layout.events_name(files.session), files.record)
        for name, data in (*files.proofs.items(), *files.signatures.items(), *files.erasures.items()):
            self._spool.add(name, data)
        for certificate in certificates_in(files):
            self._add_certificate(certificate)

    def finish(self, file: BinaryIO) -> None:
        """Write the export of everything that was added to `file`.

        Raises:
            LocalError: no session, or more than fits (`bundle_too_large`).
        """
        if not self._sections:
            raise LocalError("an export of no session")
        spool, exporter = self._spool, self._exporter
        spool.add(layout.VERIFIER, verifier_file())
        spool.add(layout.ROOT_KEY, self._root_key)
        if self._log is not None:
            spool.add(layout.LOG_CERTIFICATE, self._log.certificate)
            if self._log.checkpoint is not None:
                spool.add(layout.CHECKPOINT, self._log.checkpoint)
        fingerprint = None if exporter.certificate is None else self._add_certificate(exporter.certificate)
        self._add_reports()
        manifest = encode_manifest(
            BundleManifest(
                format="deskside.audit/1",
                created_ms=self._created_ms,
                utc_offset_min=self._utc_offset_min,
                exporter=Exporter(exporter.name, exporter.role, fingerprint),
                root_key=self._root_key.hex(),
                sessions=tuple(sorted(self._sections)),
                files=spool.entries(),
            )
        )
        spool.add(layout.MANIFEST, manifest)
        if exporter.key is not None:
            spool.add(layout.MANIFEST_SIGNATURE, sign_manifest(exporter.key, manifest))
        spool.write(file)

    def _begin(self, root_key: bytes) -> None:
        if not self._root_key:
            self._root_key = root_key
            self._trusted = trusted_log(self._log.certificate, root_id(root_key)) if self._log is not None else None
        elif root_key != self._root_key:
            raise LocalError("an export of several organisations' sessions")

    def _report(self, files: SessionFiles) -> None:
        """Examine a session and keep what the two reports say about it."""
        if files.session in self._sections:
            raise LocalError(f"session {files.session} twice")
        findings, organisation = Findings(), root_id(self._root_key)
        one = examine_session(files, root_id=organisation, log=self._trusted, seen=self._seen, findings=findings)
        section = html_section(one, findings.in_order(), self._utc_offset_min)
        lines = csv_lines(one, self._utc_offset_min)
        self._sections[files.session] = (self._spool.keep(section.encode()), self._spool.keep(lines.encode()))

    def _add_reports(self) -> None:
        beginning = html_beginning(
            len(self._sections),
            exported_by=self._exporter.name,
            role=self._exporter.role,
            signed=self._exporter.key is not None,
            created_ms=self._created_ms,
            utc_offset_min=self._utc_offset_min,
        )
        keep, parts = self._spool.keep, [self._sections[session] for session in sorted(self._sections)]
        page = [keep(beginning.encode()), *(section for section, _ in parts), keep(HTML_ENDING.encode())]
        self._spool.join(layout.REPORT_HTML, page)
        self._spool.join(layout.REPORT_CSV, [keep(csv_heading().encode()), *(lines for _, lines in parts)])

    def _add_certificate(self, certificate: bytes) -> str:
        """Add a technician's certificate unless it is there; return its hash."""
        fingerprint = hashlib.sha256(certificate).hexdigest()
        if layout.certificate_name(fingerprint) not in self._spool:
            self._spool.add(layout.certificate_name(fingerprint), certificate)
        return fingerprint


def write_bundle(
    file: BinaryIO,
    sessions: Iterable[BundledSession],
    *,
    exporter: ExportedBy,
    created_ms: int,
    log: BundledLog | None = None,
    utc_offset_min: int = 0,
) -> None:
    """Write an export of `sessions` to `file`, as `BundleWriter` does.

    Raises:
        LocalError: no session, one twice, sessions of several organisations, a certificate without a key, or more than
            fits (`bundle_too_large`).
        PeerError: something is no record file, or the log's certificate is not one of this organisation.
    """
    with BundleWriter(exporter=exporter, created_ms=created_ms, log=log, utc_offset_min=utc_offset_min) as writer:
        for session in sessions:
            writer.add(session)
        writer.finish(file)


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


def _files_of(session: str, one: BundledSession) -> SessionFiles:
    """Return the files about a session, proofs and signatures in the order given."""
    most = max(len(one.proofs), len(one.signatures), len(one.erasures))
    if most > layout.MOST_PER_SESSION:
        raise LocalError(f"session {session} with {most} files of a kind")
    return SessionFiles(
        session=session,
        record=one.record,
        proofs={layout.proof_name(session, number): proof for number, proof in enumerate(one.proofs)},
        signatures={layout.signature_name(session, number): each for number, each in enumerate(one.signatures)},
        erasures={layout.erasure_name(session, number): each for number, each in enumerate(one.erasures)},
    )
