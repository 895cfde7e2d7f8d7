"""`deskside-relay export`: sessions with their proofs as one file (`.dsaudit`), bodies withheld."""

import asyncio
from pathlib import Path

from protocol.audit.export.writing import BundledLog
from protocol.audit.log.certificate import read_log_certificate
from protocol.audit.log.note import print_note
from protocol.audit.log.policy import Policy
from protocol.errors import EnvironmentFault, PeerError
from protocol.ids import parse_session_id, parse_ticket_number
from relay.audit.bundle_export import StoredSession, bundle_file
from relay.clock import Clock
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
    """Write the export of one session, or of every session of a ticket, to the new file `out`.

    Raises:
        PeerError: no such session or ticket, or a ticket without sessions.
        EnvironmentFault: the file exists or cannot be written.
    """
    content = asyncio.run(_with_database(open_data_folder(data_dir, clock()), clock, session, ticket))
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise EnvironmentFault(
            f"{out}: {error}", code="file_unusable", user_text=f"{out} cannot be written: {error.strerror}."
        ) from error
    write_line(f"Wrote {out}. Check it with: deskside-verify {out}")
    return 0


async def _with_database(path: Path, clock: Clock, session: str | None, ticket: str | None) -> bytes:
    database = Database(path)
    try:
        return await _export(database, clock, session, ticket)
    finally:
        await database.close()


async def _export(database: Database, clock: Clock, session: str | None, ticket: str | None) -> bytes:
    organisation = await OrganisationStore(database).get()
    if organisation is None:
        raise organisation_missing()
    wanted = [parse_session_id(session)] if session is not None else await _sessions_of(database, ticket or "")
    desk = ReceiptDesk(LogStore(database), clock=clock)
    stored = [await _stored(database, desk, one) for one in wanted]
    return bundle_file(stored, organisation.root_key, await _log(database, clock), clock())


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
