"""Tickets, their notes and their attachments."""

from typing import Annotated, Any

from litestar import Request, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from protocol.ids import parse_ticket_number
from protocol.messages.relay_api import (
    Attachment,
    AttachmentContent,
    NewAttachment,
    NewNote,
    NewTicket,
    Note,
    Priority,
    StateChange,
    Ticket,
    TicketPage,
    TicketState,
)
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.clock import Clock
from relay.storage.tickets import TicketStore
from relay.tickets.listing import MAX_PAGE, MAX_PAGE_SIZE, TicketQuery, parse_sort
from relay.web.guarding import LARGE_BODY_BYTES, doing

_READ, _CHANGE = doing(Action.READ_TICKETS), doing(Action.CHANGE_TICKETS)
_SQLITE_LARGEST_ID = 2**63 - 1

# `state` as the name of an argument belongs to the framework.
WantedState = Annotated[TicketState | None, QueryParameter(name="state")]
Search = Annotated[str, QueryParameter(max_length=200)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)]
PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]
AttachmentId = Annotated[int, PathParameter(ge=1, le=_SQLITE_LARGEST_ID)]


def ticket_routes(tickets: TicketStore, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the routes of tickets and notes."""

    @post("/api/v1/tickets", status_code=201, opt=_CHANGE, summary="Make a ticket", tags=["tickets"])
    async def create(request: Request[Person, str, Any], data: JSONBody[NewTicket]) -> Ticket:
        return await tickets.get(await tickets.create(data, request.user.id, clock()))

    @get("/api/v1/tickets", opt=_READ, summary="Find tickets", tags=["tickets"])
    async def page(
        q: Search = "",
        in_state: WantedState = None,
        priority: FromQuery[Priority | None] = None,
        sort: FromQuery[str] = "-updated_at",
        page: PageNumber = 1,
        page_size: PageSize = 50,
    ) -> TicketPage:
        field, descending = parse_sort(sort)
        return await tickets.page(TicketQuery(q.strip(), in_state, priority, field, descending, page, page_size))

    @get("/api/v1/tickets/{number:str}", opt=_READ, summary="A whole ticket", tags=["tickets"])
    async def show(number: FromPath[str]) -> Ticket:
        return await tickets.get(parse_ticket_number(number))

    @post("/api/v1/tickets/{number:str}/notes", status_code=201, opt=_CHANGE, summary="Add a note", tags=["tickets"])
    async def add_note(request: Request[Person, str, Any], number: FromPath[str], data: JSONBody[NewNote]) -> Note:
        return await tickets.add_note(parse_ticket_number(number), data.text, request.user.id, clock())

    @put("/api/v1/tickets/{number:str}/state", opt=_CHANGE, summary="Change the state", tags=["tickets"])
    async def change_state(
        request: Request[Person, str, Any], number: FromPath[str], data: JSONBody[StateChange]
    ) -> Ticket:
        canonical = parse_ticket_number(number)
        await tickets.change_state(canonical, data.state, request.user.id, clock())
        return await tickets.get(canonical)

    return [create, page, show, add_note, change_state]


def attachment_routes(tickets: TicketStore, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the routes of attachments; what they hold is sealed, the relay cannot read it."""

    @post(
        "/api/v1/tickets/{number:str}/attachments",
        status_code=201,
        opt=_CHANGE,
        request_max_body_size=LARGE_BODY_BYTES,
        summary="Add a sealed attachment",
        tags=["tickets"],
    )
    async def attach(
        request: Request[Person, str, Any], number: FromPath[str], data: JSONBody[NewAttachment]
    ) -> Attachment:
        return await tickets.add_attachment(parse_ticket_number(number), data, request.user.id, clock())

    @get(
        "/api/v1/tickets/{number:str}/attachments/{attachment_id:int}",
        opt=doing(Action.READ_ATTACHMENTS),
        summary="A sealed attachment",
        tags=["tickets"],
    )
    async def show_attachment(number: FromPath[str], attachment_id: AttachmentId) -> AttachmentContent:
        return await tickets.attachment(parse_ticket_number(number), attachment_id)

    return [attach, show_attachment]
