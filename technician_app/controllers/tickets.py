"""The ticket list and the open ticket, read from and changed at the relay. Network thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocol.errors import DesksideError
from protocol.messages.relay_api import (
    NewSession,
    NewTicket,
    OpenedSession,
    Priority,
    Ticket,
    TicketState,
    TicketSummary,
)
from technician_app.controllers.relay_api import RelayApi

PAGE_SIZE = 50
SIGN_IN_AGAIN = frozenset({"token_invalid", "token_expired"})
"""Codes after which only signing in again helps; these are raised even where other problems are published."""


@dataclass(frozen=True)
class TicketQuery:
    """What the list shows. `sort` is a TicketSummary field, `-` before it for descending; `page` counts from 1."""

    text: str = ""
    state: TicketState | None = None
    priority: Priority | None = None
    sort: str = "-updated_at"
    page: int = 1


@dataclass(frozen=True)
class TicketListViewState:
    """The ticket list: `rows` of page `query.page` out of `page_count` pages with `total` tickets."""

    query: TicketQuery = TicketQuery()
    rows: tuple[TicketSummary, ...] = ()
    total: int = 0
    page_count: int = 1
    loading: bool = False
    problem: str = ""


@dataclass(frozen=True)
class TicketViewState:
    """The ticket page. `ticket` is None while none is open or the first answer is on its way."""

    number: str = ""
    ticket: Ticket | None = None
    loading: bool = False
    problem: str = ""


class TicketsController:
    """Keeps the list and one open ticket; publishes a frozen state at every change.

    Questions that show something (`search`, `refresh`, `open`) publish a `problem` and raise only PeerErrors of
    SIGN_IN_AGAIN. Changes (`create`, `add_note`, `change_state`, `open_session`) raise DesksideError, for the
    dialog that asked.
    """

    def __init__(
        self,
        *,
        relay: Callable[[], RelayApi],
        publish_list: Callable[[TicketListViewState], None],
        publish_ticket: Callable[[TicketViewState], None],
    ) -> None:
        self._relay = relay
        self._publish_list = publish_list
        self._publish_ticket = publish_ticket
        self._list = TicketListViewState()
        self._ticket = TicketViewState()
        self._asked = 0

    async def search(self, query: TicketQuery) -> None:
        """Show the tickets of `query`. When a newer question was asked meanwhile, the older answer is dropped."""
        self._asked += 1
        asked = self._asked
        self._show_list(replace(self._list, query=query, loading=True))
        try:
            page = await self._relay().tickets(
                text=query.text,
                state=query.state,
                priority=query.priority,
                sort=query.sort,
                page=query.page,
                page_size=PAGE_SIZE,
            )
        except DesksideError as error:
            if asked == self._asked:
                self._show_list(replace(self._list, loading=False, problem=error.user_text))
            if error.code in SIGN_IN_AGAIN:
                raise
            return
        if asked == self._asked:
            pages = max(1, -(-page.total // max(1, page.page_size)))
            self._show_list(TicketListViewState(query, page.tickets, page.total, pages))

    async def refresh(self) -> None:
        """Read the list and the open ticket again."""
        await self.search(self._list.query)
        if self._ticket.number:
            await self.open(self._ticket.number)

    async def open(self, number: str) -> None:
        """Show the ticket `number`."""
        known = self._ticket.ticket if self._ticket.number == number else None
        self._show_ticket(TicketViewState(number, known, loading=True))
        try:
            ticket = await self._relay().ticket(number)
        except DesksideError as error:
            if self._ticket.number == number:
                self._show_ticket(replace(self._ticket, loading=False, problem=error.user_text))
            if error.code in SIGN_IN_AGAIN:
                raise
            return
        if self._ticket.number == number:
            self._show_ticket(TicketViewState(number, ticket))

    async def show_again(self, number: str) -> None:
        """Read the list again, and the ticket `number` when it is the open one."""
        await self.search(self._list.query)
        if self._ticket.number == number:
            await self.open(number)

    async def create(self, new: NewTicket) -> Ticket:
        """Create a ticket, open it and read the list again."""
        ticket = await self._relay().create_ticket(new)
        self._show_ticket(TicketViewState(ticket.number, ticket))
        await self.search(replace(self._list.query, page=1))
        return ticket

    async def add_note(self, number: str, text: str) -> None:
        """Add a note, then show the ticket and the list anew."""
        await self._relay().add_note(number, text)
        await self.open(number)
        await self.search(self._list.query)

    async def change_state(self, number: str, state: TicketState) -> None:
        """Change the ticket's state, then show the ticket and the list anew."""
        ticket = await self._relay().change_state(number, state)
        if self._ticket.number == number:
            self._show_ticket(TicketViewState(number, ticket))
        await self.search(self._list.query)

    async def open_session(self, number: str, new: NewSession) -> OpenedSession:
        """Open a session on the ticket, show the ticket anew and return what the session needs."""
        opened = await self._relay().open_session(number, new)
        await self.open(number)
        return opened

    async def forget(self) -> None:
        """Show nothing: somebody signed out."""
        self._asked += 1
        self._show_list(TicketListViewState())
        self._show_ticket(TicketViewState())

    def _show_list(self, state: TicketListViewState) -> None:
        self._list = state
        self._publish_list(state)

    def _show_ticket(self, state: TicketViewState) -> None:
        self._ticket = state
        self._publish_ticket(state)
