"""What may be asked of the ticket list: filters, one sort field, one page. Pure."""

from dataclasses import dataclass

import msgspec

from protocol.errors import PeerError
from protocol.messages.relay_api import Priority, TicketState, TicketSummary

MAX_PAGE_SIZE = 200
MAX_PAGE = 1_000_000
SORT_FIELDS = tuple(field.name for field in msgspec.structs.fields(TicketSummary))


@dataclass(frozen=True)
class TicketQuery:
    """Tickets whose number, subject, customer or description contain `text`, in this order, page by page from 1."""

    text: str
    state: TicketState | None
    priority: Priority | None
    sort_field: str
    descending: bool
    page: int
    page_size: int


def parse_sort(sort: str) -> tuple[str, bool]:
    """Return the field of `sort` and whether it is descending (a `-` before the field).

    Raises:
        PeerError: not a field of the list (`invalid_request`).
    """
    field = sort.removeprefix("-")
    if field not in SORT_FIELDS:
        raise PeerError(
            "unknown sort field",
            code="invalid_request",
            user_text=f"sort: the list can be sorted by {', '.join(SORT_FIELDS)}.",
        )
    return field, sort.startswith("-")
