"""`deskside-relay export`: sessions with their proofs as one file (`.dsaudit`), bodies withheld; noted in the log."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from protocol.audit.export.manifest import FORMAT
from protocol.audit.export.writing import BundledLog, BundleWriter
from protocol.audit.log.certificate import read_log_certificate
from protocol.audit.log.note import print_note
from protocol.audit.log.policy import Policy
from protocol.errors import PeerError
from protocol.ids import parse_session_id, parse_ticket_number
from relay.audit.bundle_export import EXPORTER, StoredSession, bundled_session
from relay.clock import Clock
from relay.commands.new_file import new_file, note_export
from relay.commands.terminal import write_line
from relay.log.receipts import ReceiptDesk
from relay.storage.engine import Database
from relay.storage.events import EventStore
from relay.storage.log import LogStore, SignedHead
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.storage.review_sessions import ReviewStore
from relay.storage.tickets import TicketStore
from relay.tickets.sessions import organisation_missing


def export_sessions(data_dir: Path, clock: Clock, *, session: str | None, ticket: str | None, out: Path) -> int:
    """Write the export of one session, or of every session of a ticket, to the new file `out`, and note that it was.

    Raises:
        PeerError: no such session or ticket, or a ticket without sessions.
        LocalError: more than fits into one export (`bundle_too_large`).
        EnvironmentFault: the file exists or cannot be written.
    """
    path = open_data_folder(data_dir, clock())
    with new_file(out) as file:
        asyncio.run(_with_database(path, clock, session, ticket, file))
    write_line(f"Wrote {out}. Check it with: deskside-verify {out}")
    return 0


async def _with_database(path: Path, clock: Clock, session: str | None, ticket: str | None, file: BinaryIO) -> None:
    database = Database(path)
    try:
        wanted = [parse_session_id(session)] if session is not None else await _sessions_of(database, ticket or "")
        await _export(database, clock, wanted, file)
        await note_export(database, clock, sessions=wanted, file=file, file_format=FORMAT)
    finally:
        await database.close()


async def _export(database: Database, clock: Clock, wanted: Sequence[str], file: BinaryIO) -> None:
    """Write the export to `file`; only one session is in memory at a time."""
    organisation = await OrganisationStore(database).get()
    if organisation is None:
        raise organisation_missing()
    desk, log = ReceiptDesk(LogStore(database), clock=clock), await _log(database, clock)
    with BundleWriter(exporter=EXPORTER, created_ms=clock(), log=log) as writer:
        for session in sorted(wanted):
            stored = await _stored(database, desk, session)
            writer.add(bundled_session(stored, organisation.root_key, provable=log is not None))
        writer.finish(file)


async def _sessions_of(database: Database, ticket: str) -> list[str]:
    found = await TicketStore(database).get(parse_ticket_number(ticket))
    if not found.sessions:
        text = "There was no session on this ticket."
        raise PeerError(f"no session on {found.number}", code="not_found", user_text=text)
    return [one.session for one in found.sessions]


async def _stored(database: Database, desk: ReceiptDesk, session: str) -> StoredSession:
    whole = await ReviewStore(database).whole(session)
    return StoredSession(
        record=await EventStore(database).record(session),
        proofs=await desk.proofs(session),
        signatures=whole.signatures,
        erasures=tuple(erasure.document for erasure in whole.erasures),
    )


async def _log(database: Database, clock: Clock) -> BundledLog | None:
    """Return the log's certificate and newest checkpoint; None while the organisation vouches for no log."""
    store = LogStore(database)
    certificate = await store.certificate(clock())
    if certificate is None:
        return None
    origins = await store.origins()
    heads = await store.newest_heads(origins[-1]) if origins else []
    policy = read_log_certificate(certificate).witnesses
    return BundledLog(certificate, _printed(heads[0], policy) if heads else None)


def _printed(head: SignedHead, policy: Policy) -> bytes:
    cosigned = [line for witness in policy.witnesses for line in head.cosignatures if line.is_by(witness.key)]
    return print_note(head.checkpoint.text, (*head.signatures, *cosigned))
