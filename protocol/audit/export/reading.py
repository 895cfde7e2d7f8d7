"""Reading an export: its container, manifest and keys are checked, then its sessions come one after the other.

Pure but for reading the file it is given; nothing is unpacked to disk.
"""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from protocol.audit.export import layout
from protocol.audit.export.container import BundleMalformed, Container
from protocol.audit.export.examine import MAX_ERASURE_BYTES, SessionFiles
from protocol.audit.export.log_trust import SeenHeads, TrustedLog, trusted_log
from protocol.audit.export.manifest import MAX_MANIFEST_BYTES, check_manifest_signature, parse_manifest
from protocol.audit.log.certificate import MAX_LOG_CERTIFICATE_BYTES
from protocol.audit.log.note import MAX_NOTE_BYTES
from protocol.audit.log.proof import MAX_PROOF_BYTES
from protocol.audit.record_file import MAX_EVENTS, MAX_FILE_BYTES, manifest_of
from protocol.audit.signatures import MAX_SIGNATURE_BYTES, read_signature
from protocol.errors import PeerError
from protocol.pairing.certificates import MAX_CERTIFICATE_BYTES, TechnicianCertificate, verify_certificate

_KEY_BYTES = 32
_SIGNATURE_BYTES = 64
_UNLISTED = (layout.MANIFEST, layout.MANIFEST_SIGNATURE)


class Bundle:
    """An export whose files are the ones its manifest lists. `root_id` and `log` come from its keys, verified."""

    def __init__(self, file: BinaryIO) -> None:
        """Check container, manifest and keys; sessions are read with `session_files`.

        Raises:
            PeerError: `bundle_malformed`, or what is wrong with a certificate or signature of the keys.
        """
        self._container = Container(file)
        for name in self._container.names:
            if not layout.is_known(name):
                raise BundleMalformed("a file no export has", member=name)
        self._manifest_bytes = self.read(layout.MANIFEST, MAX_MANIFEST_BYTES)
        self.manifest = parse_manifest(self._manifest_bytes)
        self._check_files()
        root_key = self.read(layout.ROOT_KEY, _KEY_BYTES)
        if len(root_key) != _KEY_BYTES or root_key.hex() != self.manifest.root_key:
            raise BundleMalformed("not the key the manifest names", member=layout.ROOT_KEY)
        self.root_id = hashlib.sha256(root_key).digest()
        self._certificates = set(self._named("keys/technician-"))
        self.signer = self._verify_signer()
        self.log = self._read_log()

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return a file of the export.

        Raises:
            BundleMalformed: it is missing, longer than `max_bytes`, or its checksum does not fit.
        """
        return self._container.read(name, max_bytes)

    def session_files(self) -> Iterator[SessionFiles]:
        """Yield the files about each session, one session after the other.

        Raises:
            BundleMalformed: a file is too long, or there are more than 1,000,000 events.
        """
        events = 0
        for session in self.manifest.sessions:
            record = self.read(layout.events_name(session), MAX_FILE_BYTES)
            events += max(0, record.count(b"\n") - 1)
            if events > MAX_EVENTS:
                raise BundleMalformed(f"more than {MAX_EVENTS} events")
            yield SessionFiles(
                session=session,
                record=record,
                proofs={name: self.read(name, MAX_PROOF_BYTES) for name in self._named(f"proofs/{session}")},
                signatures={
                    name: self.read(name, MAX_SIGNATURE_BYTES) for name in self._named(f"signatures/{session}")
                },
                erasures={name: self.read(name, MAX_ERASURE_BYTES) for name in self._named(f"erasures/{session}")},
            )

    def check_certificates(self, needed: set[str]) -> None:
        """Check that the certificates in `keys` are those with the hashes `needed` and the exporter's, and no others.

        Raises:
            BundleMalformed: they are not.
        """
        own = self.manifest.exporter.certificate_sha256
        names = {layout.certificate_name(sha256) for sha256 in needed | ({own} if own else set())}
        if names != self._certificates:
            raise BundleMalformed("other technicians' certificates than the export needs")

    def check_checkpoint(self, seen: SeenHeads) -> None:
        """Check that the newest checkpoint holds and is not older than any proof.

        Raises:
            PeerError: it does not hold, or it contradicts a proof.
        """
        if layout.CHECKPOINT not in self._container:
            return
        if self.log is None:
            raise BundleMalformed("there is no certificate of a log to check it with", member=layout.CHECKPOINT)
        seen.check_newest(self.log.verify_checkpoint(self.read(layout.CHECKPOINT, MAX_NOTE_BYTES)))

    def _named(self, beginning: str) -> tuple[str, ...]:
        return self._container.beginning_with(beginning)

    def _check_files(self) -> None:
        listed = {entry.name: entry for entry in self.manifest.files}
        if list(listed) != [name for name in self._container.names if name not in _UNLISTED]:
            raise BundleMalformed("it lists other files than there are", member=layout.MANIFEST)
        if not layout.ALWAYS.issubset(self._container.names):
            raise BundleMalformed("a file every export has is missing")
        for entry in self.manifest.files:
            if self._container.size(entry.name) != entry.size_bytes:
                raise BundleMalformed("not the file the manifest lists", member=entry.name)
            if self._container.sha256(entry.name) != entry.sha256:
                raise BundleMalformed("not the file the manifest lists", member=entry.name)
        events = tuple(sorted(layout.session_of(name) for name in listed if name.startswith("events/")))
        about = {layout.session_of(name) for name in listed} - {""}
        if self.manifest.sessions != events or not about.issubset(events):
            raise BundleMalformed("it lists other sessions than there are", member=layout.MANIFEST)

    def _verify_signer(self) -> str:
        exporter = self.manifest.exporter
        if (exporter.certificate_sha256 is None) == (layout.MANIFEST_SIGNATURE in self._container):
            raise BundleMalformed("signed by nobody, or by somebody unnamed", member=layout.MANIFEST)
        if exporter.certificate_sha256 is None:
            return ""
        certificate = self._certificate(exporter.certificate_sha256)
        signature = self.read(layout.MANIFEST_SIGNATURE, _SIGNATURE_BYTES)
        check_manifest_signature(self._manifest_bytes, signature, certificate.signing_key)
        if certificate.name != exporter.name:
            raise BundleMalformed("the exporter is somebody else than who signed", member=layout.MANIFEST)
        return certificate.name

    def _certificate(self, sha256: str) -> TechnicianCertificate:
        data = self.read(layout.certificate_name(sha256), MAX_CERTIFICATE_BYTES)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BundleMalformed("it has another hash than its name", member=layout.certificate_name(sha256))
        return verify_certificate(data, root_id=self.root_id, unix_now=self.manifest.created_ms / 1000)

    def _read_log(self) -> TrustedLog | None:
        if layout.LOG_CERTIFICATE not in self._container:
            return None
        return trusted_log(self.read(layout.LOG_CERTIFICATE, MAX_LOG_CERTIFICATE_BYTES), self.root_id)


def certificates_of(files: SessionFiles) -> set[str]:
    """Return the hashes of the certificates the record and the electronic signatures of a session rest on."""
    return {hashlib.sha256(data).hexdigest() for data in certificates_in(files)}


def certificates_in(files: SessionFiles) -> Iterator[bytes]:
    """Yield the certificates a session's record and electronic signatures rest on; what is malformed has none."""
    # What is malformed is reported where it is verified.
    with suppress(PeerError):
        yield manifest_of(files.record).technician_certificate
    for data in files.signatures.values():
        with suppress(PeerError):
            yield base64.b64decode(read_signature(data).certificate)
