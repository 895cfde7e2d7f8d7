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
from protocol.messages.signaling import StoredEvent
from protocol.pairing.commands import Decided
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.record_keeper import RecordKeeper
from technician_app.controllers.profile import DeviceKeys


@dataclass(frozen=True)
class RecordFacts:
    """What a session's record is made from: who, where and under which keys."""

    opened: OpenedSession
    organisation: Organisation
    certificate: bytes
    keys: DeviceKeys
    relay_url: str
    folder: Path


def open_record(facts: RecordFacts, decided: Decided, store: Callable[[tuple[StoredEvent, ...]], bool]) -> RecordKeeper:
    """Return the keeper of a new record, its journal in the session's folder.

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
        store=store,
    )


def export_record(facts: RecordFacts, record: SessionRecord, customer_key: bytes, path: Path) -> None:
    """Write the record file of `record` to `path`; what stood there is replaced at once or not at all.

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
