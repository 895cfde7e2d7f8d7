"""Tickets, their notes and their attachments on disk."""

import hashlib
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.ids import ticket_number
from protocol.messages.relay_api import (
    Attachment,
    AttachmentContent,
    NewAttachment,
    NewTicket,
    Note,
    Priority,
    SessionSummary,
    SurveyAnswer,
    Ticket,
    TicketPage,
    TicketState,
    TicketSummary,
)
from relay.clock import iso_utc, utc_year
from relay.storage.engine import Database
from relay.storage.feedback import surveys_of_ticket
from relay.storage.schema import AccountRow, AttachmentRow, NoteRow, SessionRow, TicketRow
from relay.storage.sessions import sessions_of_ticket
from relay.storage.ticket_rows import add_note, find_ticket, not_found
from relay.tickets.listing import TicketQuery
from relay.tickets.states import check_change, check_takes_additions

# Sorting by meaning, not by the alphabet.
_STATE_ORDER = {state.value: rank for rank, state in enumerate(TicketState)}
_PRIORITY_ORDER = {priority.value: rank for rank, priority in enumerate(Priority)}

_ATTACHMENTS = (
    select(AttachmentRow, AccountRow.display_name)
    .join(AccountRow, AccountRow.id == AttachmentRow.author_id)
    .order_by(AttachmentRow.id)
)


class TicketStore:
    """Every method is one transaction; `person_id` is the account that acts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewTicket, person_id: str, now_ms: int) -> str:
        """Keep a new ticket and return its number: the next of its UTC year, without gaps."""
        year = utc_year(now_ms)
        async with self._database.writing() as session:
            newest = await session.scalar(select(func.max(TicketRow.ordinal)).where(TicketRow.year == year))
            ordinal = (newest or 0) + 1
            row = TicketRow(
                number=ticket_number(year, ordinal),
                year=year,
                ordinal=ordinal,
                subject=new.subject,
                customer=new.customer,
                description=new.description,
                state=TicketState.NEW.value,
                priority=new.priority.value,
                created_at_ms=now_ms,
                updated_at_ms=now_ms,
                created_by=person_id,
            )
            session.add(row)
            return row.number

    async def get(self, number: str) -> Ticket:
        """Return the whole ticket.

        Raises:
            PeerError: there is none (`not_found`).
        """
        async with self._database.reading() as session:
            row = await find_ticket(session, number)
            creator = await session.get_one(AccountRow, row.created_by)
            notes = await session.execute(
                select(NoteRow, AccountRow.display_name)
                .join(AccountRow, AccountRow.id == NoteRow.author_id)
                .where(NoteRow.ticket_number == number)
                .order_by(NoteRow.id)
            )
            attachments = await session.execute(_ATTACHMENTS.where(AttachmentRow.ticket_number == number))
            return _whole_ticket(
                row,
                creator.display_name,
                notes=tuple(_note(note, author) for note, author in notes),
                attachments=tuple(_attachment(attachment, author) for attachment, author in attachments),
                sessions=await sessions_of_ticket(session, number),
                surveys=await surveys_of_ticket(session, number),
            )

    async def page(self, query: TicketQuery) -> TicketPage:
        """Return one page of the tickets that match."""
        matching = select(TicketRow).where(*_conditions(query))
        column = _sort_column(query.sort_field)
        ordered = matching.order_by(column.desc() if query.descending else column.asc(), TicketRow.number)
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(matching.subquery()))
            rows = await session.scalars(ordered.offset((query.page - 1) * query.page_size).limit(query.page_size))
            tickets = tuple(_summary(row) for row in rows)
        return TicketPage(tickets=tickets, total=total or 0, page=query.page, page_size=query.page_size)

    async def add_note(self, number: str, text: str, person_id: str, now_ms: int) -> Note:
        """Keep a note.

        Raises:
            PeerError: `not_found`, `ticket_closed`.
        """
        async with self._database.writing() as session:
            ticket = await find_ticket(session, number)
            check_takes_additions(TicketState(ticket.state))
            note = add_note(session, ticket, kind="note", text=text, person_id=person_id, now_ms=now_ms)
            await session.flush()
            author = await session.get_one(AccountRow, person_id)
            return _note(note, author.display_name)

    async def change_state(self, number: str, wanted: TicketState, person_id: str, now_ms: int) -> None:
        """Bring the ticket to the state and leave a note of kind `state`; the present state changes nothing.

        Raises:
            PeerError: `not_found`, `ticket_closed`, `invalid_request`.
        """
        async with self._database.writing() as session:
            ticket = await find_ticket(session, number)
            if not check_change(TicketState(ticket.state), wanted):
                return
            text = f"State changed from {ticket.state} to {wanted.value}."
            ticket.state = wanted.value
            add_note(session, ticket, kind="state", text=text, person_id=person_id, now_ms=now_ms)

    async def add_attachment(self, number: str, new: NewAttachment, person_id: str, now_ms: int) -> Attachment:
        """Keep an attachment, whatever it holds.

        Raises:
            PeerError: `not_found` (also: the session it names is none of this ticket), `ticket_closed`.
        """
        async with self._database.writing() as session:
            ticket = await find_ticket(session, number)
            check_takes_additions(TicketState(ticket.state))
            if new.session:
                await _check_session(session, new.session, number)
            row = AttachmentRow(
                ticket_number=number,
                session_id=new.session or None,
                at_ms=now_ms,
                author_id=person_id,
                kind=new.kind,
                name=new.name,
                size_bytes=len(new.content),
                sha256=hashlib.sha256(new.content).digest(),
                content=new.content,
            )
            session.add(row)
            ticket.updated_at_ms = now_ms
            await session.flush()
            author = await session.get_one(AccountRow, person_id)
            return _attachment(row, author.display_name)

    async def attachment(self, number: str, attachment_id: int) -> AttachmentContent:
        """Return an attachment of this ticket with its content.

        Raises:
            PeerError: `not_found`.
        """
        query = _ATTACHMENTS.where(AttachmentRow.ticket_number == number, AttachmentRow.id == attachment_id)
        async with self._database.reading() as session:
            found = (await session.execute(query)).one_or_none()
            if found is None:
                raise not_found("There is no such attachment on this ticket.")
            content = await session.scalar(select(AttachmentRow.content).where(AttachmentRow.id == attachment_id))
        return AttachmentContent(attachment=_attachment(found[0], found[1]), content=content or b"")


async def _check_session(session: AsyncSession, session_id: str, number: str) -> None:
    row = await session.get(SessionRow, session_id)
    if row is None or row.ticket_number != number:
        raise not_found("There is no such session on this ticket.")


def _conditions(query: TicketQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.text:
        searched = (TicketRow.number, TicketRow.subject, TicketRow.customer, TicketRow.description)
        conditions.append(or_(*(column.icontains(query.text, autoescape=True) for column in searched)))
    if query.state is not None:
        conditions.append(TicketRow.state == query.state.value)
    if query.priority is not None:
        conditions.append(TicketRow.priority == query.priority.value)
    return conditions


def _sort_column(field: str) -> ColumnElement[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        "number": TicketRow.number.expression,
        "subject": func.lower(TicketRow.subject),
        "customer": func.lower(TicketRow.customer),
        "state": case(_STATE_ORDER, value=TicketRow.state),
        "priority": case(_PRIORITY_ORDER, value=TicketRow.priority),
        "created_at": TicketRow.created_at_ms.expression,
        "updated_at": TicketRow.updated_at_ms.expression,
    }
    return columns[field]


def _whole_ticket(
    row: TicketRow,
    created_by: str,
    *,
    notes: tuple[Note, ...],
    attachments: tuple[Attachment, ...],
    sessions: tuple[SessionSummary, ...],
    surveys: tuple[SurveyAnswer, ...],
) -> Ticket:
    return Ticket(
        number=row.number,
        subject=row.subject,
        customer=row.customer,
        description=row.description,
        state=TicketState(row.state),
        priority=Priority(row.priority),
        created_at=iso_utc(row.created_at_ms),
        updated_at=iso_utc(row.updated_at_ms),
        created_by=created_by,
        notes=notes,
        attachments=attachments,
        sessions=sessions,
        surveys=surveys,
    )


def _summary(row: TicketRow) -> TicketSummary:
    return TicketSummary(
        number=row.number,
        subject=row.subject,
        customer=row.customer,
        state=TicketState(row.state),
        priority=Priority(row.priority),
        created_at=iso_utc(row.created_at_ms),
        updated_at=iso_utc(row.updated_at_ms),
    )


def _note(row: NoteRow, author: str) -> Note:
    return Note(id=row.id, at=iso_utc(row.at_ms), author=author, kind=row.kind, text=row.text)


def _attachment(row: AttachmentRow, author: str) -> Attachment:
    return Attachment(
        id=row.id,
        at=iso_utc(row.at_ms),
        author=author,
        kind=row.kind,
        name=row.name,
        size_bytes=row.size_bytes,
        sha256=row.sha256.hex(),
    )
