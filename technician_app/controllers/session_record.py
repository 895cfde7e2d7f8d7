"""The technician's side of a session's record: opened with the customer's decision, exported as a file afterwards."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from protocol.audit.events import log_name
from protocol.audit.record_file import Manifest, filed_event, write_record
from protocol.audit.session_record import SessionRecord
from protocol.errors import EnvironmentFault
from protocol.messages.relay_api import OpenedSession, Organisation
from protocol.pairing.commands import Decided
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.record_keeper import RecordKeeper
from technician_app.controllers.profile import DeviceKeys
from technician_app.controllers.record_deposit import RecordDeposit
from technician_app.controllers.session_export import EXPORT_SUFFIX, LogProofs, session_export


@dataclass(frozen=True)
class RecordFacts:
    """What a session's record is made from: who, where and under which keys.

    `next_session_number` counts this device's sessions; the number is on disk before it is returned.
    """

    opened: OpenedSession
    organisation: Organisation
    certificate: bytes
    keys: DeviceKeys
    relay_url: str
    folder: Path
    next_session_number: Callable[[], int]


def open_record(facts: RecordFacts, decided: Decided, mailbox: MailboxClient) -> RecordKeeper:
    """Return the keeper of a new record, its journal in the session's folder; `mailbox` is the way to the relay.

    Raises:
        EnvironmentFault: the disk refuses.
    """
    log = log_name(bytes.fromhex(facts.organisation.root_id), datetime.now(UTC).year)
    record = SessionRecord(
        session=facts.opened.session,
        lane="T",
        own_key=facts.keys.signing,
        peer_key=decided.customer_key,
        log=log,
        entropy=secrets.token_bytes,
        session_number=facts.next_session_number(),
    )
    header = JournalHeader(
        session=facts.opened.session,
        lane="T",
        ticket=facts.opened.ticket,
        log=log,
        relay=facts.relay_url,
        record_key=decided.keys.record,
        organisation_key=facts.organisation.root_key,
        technician_certificate=facts.certificate,
        customer_key=decided.customer_key,
    )
    return RecordKeeper(
        record=record,
        journal=Journal(facts.folder, header),
        record_key=decided.keys.record,
        signers={"C": decided.customer_key, "T": facts.keys.signing_public},
        store=mailbox.store,
        receipts=mailbox.receipts,
        root_id=bytes.fromhex(facts.organisation.root_id),
    )


def deposit_of(facts: RecordFacts, decided: Decided) -> RecordDeposit:
    """Return the deposit of the record key: for the organisation's auditors, and for this device."""
    return RecordDeposit(
        session=facts.opened.session,
        record_key=decided.keys.record,
        organisation_key=facts.organisation.root_key,
        certificate=facts.certificate,
        folder=facts.folder,
    )


def export_record(
    facts: RecordFacts, record: SessionRecord, customer_key: bytes, path: Path, proofs: LogProofs
) -> None:
    """Write the record file of `record` to `path`; what stood there is replaced at once or not at all.

    A path that ends with `.dsaudit` gets the export with `proofs` and a report instead.

    Raises:
        EnvironmentFault: the file cannot be written (`export_failed`).
    """
    manifest = Manifest(
        session=facts.opened.session,
        organisation_key=facts.organisation.root_key,
        technician_certificate=facts.certificate,
        customer_key=customer_key,
    )
    held = (*record.own_events, *record.peer_events)
    data = write_record(manifest, [filed_event(item.recorded) for item in held])
    if path.suffix == EXPORT_SUFFIX:
        data = session_export(data, proofs, facts.certificate, facts.keys)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EnvironmentFault(
            f"{path}: {error}",
            code="export_failed",
            user_text=f"The record could not be written there: {error.strerror or error}.",
        ) from error
