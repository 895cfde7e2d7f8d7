"""Whole sessions as reviewers get them: one consistent view of everything that is kept."""

from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages.relay_api import Attachment
from protocol.messages.review_api import FoundSession, ReviewedEvent, ReviewedSession, SessionCare
from relay.clock import iso_utc
from relay.storage.engine import Database
from relay.storage.joined_schema import JoinedSessionRow
from relay.storage.review_acts import done_to
from relay.storage.review_index import found_sessions
from relay.storage.review_keys import deposited_keys, review_certificates
from relay.storage.review_schema import EventBodyRow, SignatureRow
from relay.storage.schema import AccountRow, AttachmentRow, EventRow, OrganisationRow, SessionRow
from relay.storage.ticket_rows import not_found
from relay.tickets.sessions import organisation_missing


@dataclass(frozen=True)
class SignedState:
    """What a signature on a session is checked against: the events held, the technician's certificate, the root key."""

    events: tuple[ReviewedEvent, ...]
    technician_certificate: bytes
    organisation_key: bytes


class ReviewStore:
    """Every method is one consistent view of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def whole(self, session_id: str) -> ReviewedSession:
        """Return everything kept of a session, without receipts: the log makes those.

        Raises:
            PeerError: `not_found`, `organisation_missing`.
        """
        async with self._database.reading() as session:
            row, found = await self._find(session, session_id)
            done = await done_to(session, session_id)
            return ReviewedSession(
                found=found,
                organisation_key=await _root_key(session),
                technician_certificate=row.certificate,
                events=await _events(session, session_id),
                keys=await deposited_keys(session, session_id),
                review_certificates=await review_certificates(session),
                receipts=(),
                log_certificate=b"",
                attachments=await _attachments(session, session_id),
                signatures=await _signatures(session, session_id),
                holds=done.holds,
                erasures=done.erasures,
                acts=done.acts,
                joined=await _joined(session, session_id),
            )

    async def care(self, session_id: str) -> SessionCare:
        """Return what was done with a session after it ended.

        Raises:
            PeerError: `not_found`.
        """
        async with self._database.reading() as session:
            _, found = await self._find(session, session_id)
            done = await done_to(session, session_id)
            return SessionCare(found, done.holds, done.erasures, done.acts)

    async def signed_state(self, session_id: str) -> SignedState:
        """Return what a signature on the session is checked against.

        Raises:
            PeerError: `not_found`, `organisation_missing`.
        """
        async with self._database.reading() as session:
            row, _ = await self._find(session, session_id)
            return SignedState(await _events(session, session_id), row.certificate, await _root_key(session))

    async def _find(self, session: AsyncSession, session_id: str) -> tuple[SessionRow, FoundSession]:
        row = await session.get(SessionRow, session_id)
        if row is None:
            raise not_found("There is no session with this id.")
        return row, (await found_sessions(session, [session_id]))[0]


async def _root_key(session: AsyncSession) -> bytes:
    organisation = await session.get(OrganisationRow, 1)
    if organisation is None:
        raise organisation_missing()
    return organisation.root_key


async def _events(session: AsyncSession, session_id: str) -> tuple[ReviewedEvent, ...]:
    same = and_(
        EventBodyRow.session_id == EventRow.session_id,
        EventBodyRow.lane == EventRow.lane,
        EventBodyRow.seq == EventRow.seq,
    )
    query = (
        select(EventRow, EventBodyRow.sealed_body)
        .outerjoin(EventBodyRow, same)
        .where(EventRow.session_id == session_id)
        .order_by(EventRow.lane, EventRow.seq)
    )
    return tuple(
        ReviewedEvent(row.lane, row.event, row.signature, row.signer, body or b"")
        for row, body in await session.execute(query)
    )


async def _attachments(session: AsyncSession, session_id: str) -> tuple[Attachment, ...]:
    query = (
        select(AttachmentRow, AccountRow.display_name)
        .join(AccountRow, AccountRow.id == AttachmentRow.author_id)
        .where(AttachmentRow.session_id == session_id)
        .order_by(AttachmentRow.id)
    )
    return tuple(
        Attachment(row.id, iso_utc(row.at_ms), author, row.kind, row.name, row.size_bytes, row.sha256.hex())
        for row, author in await session.execute(query)
    )


async def _signatures(session: AsyncSession, session_id: str) -> tuple[bytes, ...]:
    query = select(SignatureRow.document).where(SignatureRow.session_id == session_id).order_by(SignatureRow.id)
    return tuple(await session.scalars(query))


async def _joined(session: AsyncSession, session_id: str) -> tuple[str, ...]:
    query = select(JoinedSessionRow.session_id).where(JoinedSessionRow.joins == session_id).order_by("session_id")
    return tuple(await session.scalars(query))
