"""The receipt a customer keeps: the records of everybody who was in the session, with their proofs, as one export.

Runs off the network thread once nothing is recorded any more. Each file is there whole, or not at all.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from customer_client.session.identity import VerifiedTechnician
from protocol.audit.record_file import Manifest, filed_event, write_record
from protocol.transport.record_keeper import RecordKeeper

if TYPE_CHECKING:
    from protocol.audit.export.writing import BundledSession


@dataclass(frozen=True)
class Attended:
    """One technician's session, and its record."""

    technician: VerifiedTechnician
    keeper: RecordKeeper


def write_receipt(sessions: Sequence[Attended], customer_key: bytes, path: Path) -> None:
    """Write the records of `sessions` to `path`; those in which nothing was recorded have none.

    Raises:
        OSError: the disk refuses.
        DesksideError: there is no record, or one of them is not whole.
    """
    # Imported here: few people save a receipt, and everybody would hold what writes it in memory.
    from protocol.audit.export.writing import BundledLog, BundleWriter, ExportedBy

    certificates = [each.keeper.receipts.certificate for each in sessions]
    log = next((BundledLog(certificate) for certificate in certificates if certificate), None)
    offset = datetime.now().astimezone().utcoffset()
    writer = BundleWriter(
        exporter=ExportedBy("The customer", "customer"),
        created_ms=time.time_ns() // 1_000_000,
        log=log,
        utc_offset_min=0 if offset is None else round(offset.total_seconds() / 60),
    )
    with writer, _whole_file(path) as file:
        for each in sessions:
            if each.keeper.record.own_events:
                writer.add(_bundled(each, customer_key))
        writer.finish(file)


def write_whole(path: Path, data: bytes) -> None:
    """Write `data` to `path`.

    Raises:
        OSError: the disk refuses.
    """
    with _whole_file(path) as file:
        file.write(data)


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _bundled(attended: Attended, customer_key: bytes) -> "BundledSession":
    from protocol.audit.export.writing import BundledSession

    technician, record = attended.technician, attended.keeper.record
    held = (*record.own_events, *record.peer_events)
    manifest = Manifest(
        session=record.session,
        organisation_key=technician.certificate.root_key,
        technician_certificate=technician.certificate_bytes,
        customer_key=customer_key,
    )
    data = write_record(manifest, [filed_event(item.recorded) for item in held])
    return BundledSession(data, proofs=attended.keeper.receipts.kept)
