"""What the ticket and the session store both do to a ticket inside a transaction of theirs."""

from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from relay.storage.schema import NoteRow, TicketRow


def not_found(sentence: str) -> PeerError:
    """Return the error for something that is not there."""
    return PeerError("not there", code="not_found", user_text=sentence)


async def find_ticket(session: AsyncSession, number: str) -> TicketRow:
    """Return the ticket.

    Raises:
        PeerError: there is none (`not_found`).
    """
    row = await session.get(TicketRow, number)
    if row is None:
        raise not_found("There is no ticket with this number.")
    return row


def add_note(session: AsyncSession, ticket: TicketRow, *, kind: str, text: str, person_id: str, now_ms: int) -> NoteRow:
    """Add a note to `ticket` and mark the ticket as changed."""
    note = NoteRow(ticket_number=ticket.number, at_ms=now_ms, author_id=person_id, kind=kind, text=text)
    session.add(note)
    ticket.updated_at_ms = now_ms
    return note
