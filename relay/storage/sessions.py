"""Sessions and their mailboxes on disk."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages.relay_api import SessionSummary, TicketState
from relay.clock import iso_utc
from relay.signaling.mailbox import MailboxRecord, Side, may_be_claimed
from relay.storage.engine import Database
from relay.storage.recordings_schema import recordings_held
from relay.storage.review_index import index_opened
from relay.storage.schema import (
    AccountRow,
    DeviceRow,
    EventRow,
    MailboxRow,
    OrganisationRow,
    SessionRow,
    TicketRow,
)
from relay.storage.ticket_rows import add_note, find_ticket, not_found
from relay.tickets.sessions import CertifiedDevice, Invitation, check_certified, organisation_missing
from relay.tickets.states import check_takes_sessions
from relay.tickets.way_in import Stage, stage_of


@dataclass(frozen=True)
class SessionOwner:
    """Whose session it is."""

    session: str
    technician_id: str


@dataclass(frozen=True)
class InvitationDetails:
    """What the join page says about a session that waits for its customer."""

    ticket: str
    subject: str
    technician: str
    organisation: str
    root_key: bytes


class SessionStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self,
        number: str,
        person_id: str,
        reason: str,
        invite: Callable[[Callable[[str], bool]], Invitation],
        now_ms: int,
    ) -> tuple[Invitation, str]:
        """Open a session of `person_id` on the ticket; return its invitation and the ticket's subject.

        `invite` makes the invitation; it is given a question it asks of a spoken route: is it free?

        Raises:
            PeerError: `not_found`, `ticket_closed`, `organisation_missing`, `device_not_certified`.
        """
        async with self._database.writing() as session:
            ticket = await find_ticket(session, number)
            check_takes_sessions(TicketState(ticket.state))
            if await session.get(OrganisationRow, 1) is None:
                raise organisation_missing()
            device = check_certified(await _certified_device(session, person_id), now_ms)
            taken = set(
                await session.scalars(select(MailboxRow.spoken_route).where(MailboxRow.spoken_ends_at_ms > now_ms))
            )
            invitation = invite(lambda route: route not in taken)
            opened = SessionRow(
                id=invitation.session,
                ticket_number=number,
                account_id=person_id,
                certificate=device.certificate,
                reason=reason,
                state="waiting",
                opened_at_ms=now_ms,
            )
            session.add(opened)
            # Without an ORM relationship SQLAlchemy does not know that the mailbox needs its session first.
            await session.flush()
            session.add(_mailbox_row(invitation))
            await index_opened(session, opened, ticket)
            add_note(
                session,
                ticket,
                kind="session",
                text=f"Session {invitation.session} opened: {reason}",
                person_id=person_id,
                now_ms=now_ms,
            )
            return invitation, ticket.subject

    async def owner(self, session_id: str) -> SessionOwner:
        """Return whose session it is.

        Raises:
            PeerError: there is no such session (`not_found`).
        """
        async with self._database.reading() as session:
            row = await session.get(SessionRow, session_id)
        if row is None:
            raise not_found("There is no session with this id.")
        return SessionOwner(row.id, row.account_id)

    async def invitation_details(self, route: str, now_ms: int) -> InvitationDetails | None:
        """Return what the join page of the link `route` shows; None when the route cannot be joined any more."""
        query = (
            select(MailboxRow, TicketRow, AccountRow, OrganisationRow)
            .join(SessionRow, SessionRow.id == MailboxRow.session_id)
            .join(TicketRow, TicketRow.number == SessionRow.ticket_number)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .join(OrganisationRow, OrganisationRow.id == 1)
            .where(MailboxRow.route == route)
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
        if found is None or not may_be_claimed(_record(found[0]), spoken=False, now_ms=now_ms):
            return None
        _, ticket, account, organisation = found
        return InvitationDetails(
            ticket.number, ticket.subject, account.display_name, organisation.name, organisation.root_key
        )

    async def stage(self, route: str, now_ms: int) -> Stage | None:
        """Return how far the session of the link `route` has come; None when there is nothing to tell."""
        query = (
            select(MailboxRow, SessionRow.state)
            .join(SessionRow, SessionRow.id == MailboxRow.session_id)
            .where(MailboxRow.route == route)
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
        return None if found is None else stage_of(_record(found[0]), found[1], now_ms)


class MailboxStore:
    """What survives a restart of the relay: who may come back to which mailbox. One transaction per method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, route: str, *, spoken: bool, customer_token: bytes, now_ms: int) -> MailboxRecord | None:
        """Give the customer's side of the route's mailbox to the holder of the token; None when it is not open."""
        matches = MailboxRow.spoken_route == route if spoken else MailboxRow.route == route
        async with self._database.writing() as session:
            # Spoken routes are used again; only the newest holder of one can be open.
            newest_first = select(MailboxRow).where(matches).order_by(MailboxRow.spoken_ends_at_ms.desc()).limit(1)
            row = await session.scalar(newest_first)
            if row is None or not may_be_claimed(_record(row), spoken=spoken, now_ms=now_ms):
                return None
            row.customer_token = customer_token
            return _record(row)

    async def find(self, mailbox: bytes) -> MailboxRecord | None:
        """Return the mailbox."""
        return await self._find(MailboxRow.mailbox == mailbox)

    async def of_session(self, session_id: str) -> MailboxRecord | None:
        """Return the mailbox of the session."""
        return await self._find(MailboxRow.session_id == session_id)

    async def of_route(self, route: str) -> MailboxRecord | None:
        """Return the mailbox of the link `route`."""
        return await self._find(MailboxRow.route == route)

    async def leave(self, mailbox: bytes, side: Side, now_ms: int) -> None:
        """Remember that the party of `side` is done; with nobody left to come, the mailbox is closed."""
        async with self._database.writing() as session:
            row = await session.get_one(MailboxRow, mailbox)
            if side is Side.CUSTOMER:
                row.customer_left = True
            else:
                row.technician_left = True
            if row.technician_left and (row.customer_left or row.customer_token is None):
                await _close(session, row, now_ms)

    async def close(self, mailbox: bytes, now_ms: int) -> None:
        """End the mailbox: its tokens are worth nothing any more, except to store events."""
        async with self._database.writing() as session:
            await _close(session, await session.get_one(MailboxRow, mailbox), now_ms)

    async def close_expired(self, now_ms: int) -> tuple[bytes, ...]:
        """Close every mailbox that has lived its time and return which."""
        query = select(MailboxRow).where(MailboxRow.closed_at_ms.is_(None), MailboxRow.link_ends_at_ms <= now_ms)
        async with self._database.reading() as session:
            if not any(_record(row).is_over(now_ms) for row in await session.scalars(query)):
                return ()
        async with self._database.writing() as session:
            rows = [row for row in await session.scalars(query) if _record(row).is_over(now_ms)]
            for row in rows:
                await _close(session, row, now_ms)
            return tuple(row.mailbox for row in rows)

    async def _find(self, condition: ColumnElement[bool]) -> MailboxRecord | None:
        async with self._database.reading() as session:
            row = await session.scalar(select(MailboxRow).where(condition))
        return None if row is None else _record(row)


async def sessions_of_ticket(session: AsyncSession, number: str) -> tuple[SessionSummary, ...]:
    """Return the sessions of a ticket, oldest first."""
    counted = (
        select(EventRow.session_id, EventRow.lane, func.count().label("events"))
        .join(SessionRow, SessionRow.id == EventRow.session_id)
        .where(SessionRow.ticket_number == number)
        .group_by(EventRow.session_id, EventRow.lane)
    )
    counts = {(owner, lane): events for owner, lane, events in await session.execute(counted)}
    rows = await session.execute(
        select(SessionRow, AccountRow.display_name)
        .join(AccountRow, AccountRow.id == SessionRow.account_id)
        .where(SessionRow.ticket_number == number)
        .order_by(SessionRow.opened_at_ms, SessionRow.id)
    )
    found = [(row, technician) for row, technician in rows]
    recordings = await recordings_held(session, tuple(row.id for row, _ in found))
    return tuple(
        SessionSummary(
            session=row.id,
            technician=technician,
            reason=row.reason,
            state=row.state,
            opened_at=iso_utc(row.opened_at_ms),
            ended_at="" if row.ended_at_ms is None else iso_utc(row.ended_at_ms),
            customer_events=counts.get((row.id, Side.CUSTOMER.value), 0),
            technician_events=counts.get((row.id, Side.TECHNICIAN.value), 0),
            recordings=recordings.get(row.id, 0),
        )
        for row, technician in found
    )


async def _certified_device(session: AsyncSession, person_id: str) -> CertifiedDevice | None:
    row = await session.scalar(
        select(DeviceRow).where(DeviceRow.account_id == person_id, DeviceRow.replaced_at_ms.is_(None))
    )
    if row is None or row.certificate is None or row.not_before_ms is None or row.not_after_ms is None:
        return None
    return CertifiedDevice(row.certificate, row.not_before_ms, row.not_after_ms)


async def _close(session: AsyncSession, row: MailboxRow, now_ms: int) -> None:
    row.closed_at_ms = row.closed_at_ms or now_ms
    owner = await session.get_one(SessionRow, row.session_id)
    if owner.state == "waiting":
        owner.state, owner.ended_at_ms = "expired", now_ms


def _mailbox_row(invitation: Invitation) -> MailboxRow:
    return MailboxRow(
        mailbox=invitation.mailbox,
        session_id=invitation.session,
        route=invitation.route,
        spoken_route=invitation.spoken_route or None,
        link_ends_at_ms=invitation.link_ends_at_ms,
        spoken_ends_at_ms=invitation.spoken_ends_at_ms,
        technician_token=invitation.technician_token,
        technician_left=False,
        customer_left=False,
    )


def _record(row: MailboxRow) -> MailboxRecord:
    return MailboxRecord(
        mailbox=row.mailbox,
        session=row.session_id,
        link_ends_at_ms=row.link_ends_at_ms,
        spoken_ends_at_ms=row.spoken_ends_at_ms,
        technician_token=row.technician_token,
        customer_token=row.customer_token,
        technician_left=bool(row.technician_left),
        customer_left=bool(row.customer_left),
        closed=row.closed_at_ms is not None,
    )
