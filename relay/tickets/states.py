"""Which state a ticket may go to from which. Pure; a table."""

from protocol.errors import PeerError
from protocol.messages.relay_api import TicketState

_NEXT = {
    TicketState.NEW: {TicketState.OPEN, TicketState.PENDING, TicketState.SOLVED, TicketState.CLOSED},
    TicketState.OPEN: {TicketState.PENDING, TicketState.SOLVED, TicketState.CLOSED},
    TicketState.PENDING: {TicketState.OPEN, TicketState.SOLVED, TicketState.CLOSED},
    TicketState.SOLVED: {TicketState.OPEN, TicketState.CLOSED},
    TicketState.CLOSED: set[TicketState](),
}

TAKES_SESSIONS = frozenset({TicketState.NEW, TicketState.OPEN, TicketState.PENDING})


def check_change(current: TicketState, wanted: TicketState) -> bool:
    """Return whether `wanted` is a change at all; asking for the present state is none.

    Raises:
        PeerError: `ticket_closed` (a closed ticket stays closed) or `invalid_request` (no way from here to there).
    """
    if wanted is current:
        return False
    if current is TicketState.CLOSED:
        raise ticket_closed("A closed ticket stays closed. Please make a new one.")
    if wanted not in _NEXT[current]:
        raise PeerError(
            f"{current.value} -> {wanted.value}",
            code="invalid_request",
            user_text=f"A ticket cannot go from {current.value} to {wanted.value}.",
        )
    return True


def check_takes_sessions(state: TicketState) -> None:
    """Check that a session may be opened on a ticket in `state`.

    Raises:
        PeerError: solved or closed (`ticket_closed`).
    """
    if state not in TAKES_SESSIONS:
        raise ticket_closed(f"This ticket is {state.value}. Open it again before you start a session.")


def check_takes_additions(state: TicketState) -> None:
    """Check that notes and attachments may be added to a ticket in `state`.

    Raises:
        PeerError: closed (`ticket_closed`).
    """
    if state is TicketState.CLOSED:
        raise ticket_closed("A closed ticket takes no more notes or attachments. Please make a new ticket.")


def ticket_closed(sentence: str) -> PeerError:
    """Return the error for an act the state of the ticket forbids; `sentence` tells the technician what to do."""
    return PeerError("the ticket's state forbids it", code="ticket_closed", user_text=sentence)
