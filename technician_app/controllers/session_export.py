"""A session as one file with its proofs and a report (`.dsaudit`), signed by this technician's device."""

import time
from dataclasses import dataclass
from datetime import datetime

from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, bundle_bytes
from protocol.pairing.certificates import read_certificate
from protocol.transport.receipts import Receipts
from technician_app.controllers.profile import DeviceKeys

EXPORT_SUFFIX = ".dsaudit"


@dataclass(frozen=True)
class LogProofs:
    """The log's certificate (empty: none came) and the receipts that hold, as they are at one moment."""

    certificate: bytes
    receipts: tuple[bytes, ...]


def proofs_of(receipts: Receipts) -> LogProofs:
    """Return what the log has proven of a session so far. Network thread: receipts still come."""
    return LogProofs(receipts.certificate, receipts.kept)


def session_export(record: bytes, proofs: LogProofs, certificate: bytes, keys: DeviceKeys) -> bytes:
    """Return the export of a record file; unsigned when the technician's certificate is not valid any more.

    Raises:
        PeerError: the log's certificate is not one of this organisation.
        LocalError: the session is too large for an export.
    """
    now_s = time.time()
    who = read_certificate(certificate)
    valid = who.not_before <= now_s <= who.not_after
    offset = datetime.now().astimezone().utcoffset()
    return bundle_bytes(
        [BundledSession(record, proofs.receipts if proofs.certificate else ())],
        exporter=ExportedBy(who.name, "technician", certificate if valid else None, keys.signing if valid else None),
        created_ms=int(now_s * 1000),
        log=BundledLog(proofs.certificate) if proofs.certificate else None,
        utc_offset_min=int(offset.total_seconds() // 60) if offset else 0,
    )
