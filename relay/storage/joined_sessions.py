"""Invitations of colleagues on disk, and the sessions opened for them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.colleague_api import ColleagueInvitation, NewColleague
from protocol.messages.relay_api import TicketState
from relay.clock import iso_utc
from relay.storage.engine import Database
from relay.storage.joined_schema import JoinedSessionRow
from relay.storage.review_index import index_opened
from relay.storage.schema import AccountRow, DeviceRow, MailboxRow, SessionRow, TicketRow
from relay.storage.ticket_rows import add_note, find_ticket, not_found
from relay.tickets.joining import check_may_come, check_may_invite
from relay.tickets.sessions import Invitation
from relay.tickets.states import check_takes_sessions


@dataclass(frozen=True)
class OpenedForColleague:
    """What an invited colleague needs of the session that was opened for them."""

    session: str
    ticket: str
    subject: str
    reason: str
    mailbox: bytes
    expires_at_ms: int


class JoinedSessionStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(
        self, joins: str, person_id: str, new: NewColleague, invitation: Invitation, now_ms: int
    ) -> Invitation:
        """Open a session for the holder of `new.certificate`, who may join `joins`; return `invitation`.

        Raises:
            PeerError: `not_found`, `ticket_closed`, and see `check_may_invite`.
        """
        async with self._database.writing() as session:
            joined = await session.get(SessionRow, joins)
            if joined is None:
                raise not_found("There is no session with this id.")
            ticket = await find_ticket(session, joined.ticket_number)
            check_takes_sessions(TicketState(ticket.state))
            colleague = check_may_invite(
                joined.state,
                person_id,
                joined.account_id,
                await _holder(session, new.certificate, now_ms),
                await _waiting(session, joins, now_ms),
            )
            opened = SessionRow(
                id=invitation.session,
                ticket_number=joined.ticket_number,
                account_id=colleague,
                certificate=new.certificate,
                reason=joined.reason,
                state="waiting",
                opened_at_ms=now_ms,
            )
            session.add(opened)
            await session.flush()
            await index_opened(session, opened, ticket)
            session.add(_mailbox(invitation))
            session.add(
                JoinedSessionRow(
                    session_id=invitation.session,
                    joins=joins,
                    invited_by=person_id,
                    purpose=new.purpose.value,
                    invitation=new.invitation,
                    expires_at_ms=invitation.link_ends_at_ms,
                )
            )
            name = await session.scalar(select(AccountRow.display_name).where(AccountRow.id == colleague))
            text = f"{name} was invited to session {joins}, as session {invitation.session}."
            add_note(session, ticket, kind="session", text=text, person_id=person_id, now_ms=now_ms)
        return invitation

    async def waiting_for(self, person_id: str, now_ms: int) -> tuple[ColleagueInvitation, ...]:
        """Return the invitations that wait for this person, newest first."""
        query = (
            select(JoinedSessionRow, SessionRow, TicketRow.subject, AccountRow.display_name)
            .join(SessionRow, SessionRow.id == JoinedSessionRow.session_id)
            .join(TicketRow, TicketRow.number == SessionRow.ticket_number)
            .join(AccountRow, AccountRow.id == JoinedSessionRow.invited_by)
            .join(MailboxRow, MailboxRow.session_id == JoinedSessionRow.session_id)
            .where(
                SessionRow.account_id == person_id,
                SessionRow.state == "waiting",
                JoinedSessionRow.expires_at_ms > now_ms,
                # A customer who is not waiting any more makes an invitation worthless.
                MailboxRow.customer_left == 0,
                MailboxRow.closed_at_ms.is_(None),
            )
            .order_by(SessionRow.opened_at_ms.desc(), SessionRow.id)
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        return tuple(
            ColleagueInvitation(
                session=row.session_id,
                joins=row.joins,
                ticket=owner.ticket_number,
                subject=subject,
                technician=inviter,
                purpose=ColleaguePurpose(row.purpose),
                invitation=row.invitation,
                expires_at=iso_utc(row.expires_at_ms),
            )
            for row, owner, subject, inviter in found
        )

    async def withdraw(self, joins: str, session_id: str, person_id: str, now_ms: int) -> None:
        """End the invitation to `joins` for which `session_id` was opened; one that is over or was used stays so.

        Raises:
            PeerError: this person has made no such invitation (`not_found`).
        """
        async with self._database.writing() as session:
            row = await session.get(JoinedSessionRow, session_id)
            owner = await session.get(SessionRow, session_id)
            if row is None or owner is None or (row.joins, row.invited_by) != (joins, person_id):
                raise not_found("There is no such invitation of yours.")
            if owner.state != "waiting" or row.expires_at_ms <= now_ms:
                return
            row.expires_at_ms = now_ms
            ticket = await find_ticket(session, owner.ticket_number)
            name = await session.scalar(select(AccountRow.display_name).where(AccountRow.id == owner.account_id))
            text = f"The invitation of {name} to session {joins} was withdrawn."
            add_note(session, ticket, kind="session", text=text, person_id=person_id, now_ms=now_ms)

    async def come(self, session_id: str, person_id: str, token_hash: bytes, now_ms: int) -> OpenedForColleague:
        """Give the technician's side of the session's mailbox to the invited person's token.

        Raises:
            PeerError: nothing of the kind waits for this person (`not_found`), or it is over (`invitation_expired`).
        """
        async with self._database.writing() as session:
            row = await session.get(JoinedSessionRow, session_id)
            owner = await session.get(SessionRow, session_id)
            if row is None or owner is None or owner.account_id != person_id:
                raise not_found("There is no such invitation for you.")
            mailbox = await session.scalar(select(MailboxRow).where(MailboxRow.session_id == session_id))
            if mailbox is None:
                raise not_found("There is no such invitation for you.")
            gone = bool(mailbox.customer_left) or mailbox.closed_at_ms is not None
            check_may_come(owner.state, row.expires_at_ms, now_ms, customer_gone=gone)
            mailbox.technician_token = token_hash
            ticket = await find_ticket(session, owner.ticket_number)
            return OpenedForColleague(
                owner.id, ticket.number, ticket.subject, owner.reason, mailbox.mailbox, row.expires_at_ms
            )


async def _holder(session: AsyncSession, certificate: bytes, now_ms: int) -> str | None:
    """Return whose current device has this certificate, None when nobody's or when it is not valid now."""
    holder: str | None = await session.scalar(
        select(DeviceRow.account_id)
        .join(AccountRow, AccountRow.id == DeviceRow.account_id)
        .where(
            DeviceRow.certificate == certificate,
            DeviceRow.replaced_at_ms.is_(None),
            AccountRow.disabled_at_ms.is_(None),
            DeviceRow.not_before_ms <= now_ms,
            DeviceRow.not_after_ms > now_ms,
        )
    )
    return holder


async def _waiting(session: AsyncSession, joins: str, now_ms: int) -> int:
    query = (
        select(func.count())
        .select_from(JoinedSessionRow)
        .join(SessionRow, SessionRow.id == JoinedSessionRow.session_id)
        .where(
            JoinedSessionRow.joins == joins,
            SessionRow.state == "waiting",
            JoinedSessionRow.expires_at_ms > now_ms,
        )
    )
    return await session.scalar(query) or 0


def _mailbox(invitation: Invitation) -> MailboxRow:
    return MailboxRow(
        mailbox=invitation.mailbox,
        session_id=invitation.session,
        route=invitation.route,
        spoken_route=None,
        link_ends_at_ms=invitation.link_ends_at_ms,
        spoken_ends_at_ms=0,
        technician_token=invitation.technician_token,
        technician_left=False,
        customer_left=False,
    )
