"""Opening a session on a ticket, its events, and its record file."""

import hashlib
import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from protocol.audit.record_file import FORMAT
from protocol.ids import parse_ticket_number
from protocol.messages.relay_api import DeliveredEvents, NewSession, OpenedSession, StoredCounts
from protocol.pairing.route import write_route
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.audit.record_export import record_file
from relay.clock import Clock, iso_utc
from relay.review.acts import By
from relay.signaling.switchboard import Switchboard
from relay.storage.events import EventStore
from relay.storage.organisation import OrganisationStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.sessions import SessionStore
from relay.tickets.inviting import InvitationMaker
from relay.tickets.sessions import organisation_missing
from relay.web.guarding import LARGE_BODY_BYTES, doing
from relay.web.sessions_of import SessionAccess


def session_routes(sessions: SessionStore, *, origin: str, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the route that opens sessions; links in its answer begin with `origin`."""

    @post(
        "/api/v1/tickets/{number:str}/sessions",
        status_code=201,
        opt=doing(Action.OPEN_SESSION),
        summary="Open a session",
        tags=["sessions"],
    )
    async def open_session(
        request: Request[Person, str, Any], number: FromPath[str], data: JSONBody[NewSession]
    ) -> OpenedSession:
        now_ms = clock()
        maker = InvitationMaker.begin(secrets.token_bytes, now_ms=now_ms, spoken=data.spoken)
        ticket = parse_ticket_number(number)
        invitation, subject = await sessions.open(ticket, request.user.id, data.reason, maker.invite, now_ms)
        written = write_route(invitation.route)
        return OpenedSession(
            session=invitation.session,
            ticket=ticket,
            subject=subject,
            reason=data.reason,
            route=written,
            link=f"{origin}/j/{written}",
            spoken_route=invitation.spoken_route,
            mailbox=invitation.mailbox,
            token=maker.token,
            expires_at=iso_utc(invitation.link_ends_at_ms),
        )

    return [open_session]


def record_routes(
    sessions: SessionStore,
    events: EventStore,
    organisation: OrganisationStore,
    switchboard: Switchboard,
    acts: ReviewActStore,
    *,
    clock: Clock,
) -> list[HTTPRouteHandler]:
    """Return the routes of the record; who takes somebody else's is noted."""
    access = SessionAccess(sessions)

    @post(
        "/api/v1/sessions/{session:str}/events",
        status_code=200,
        opt=doing(Action.DELIVER_EVENTS),
        request_max_body_size=LARGE_BODY_BYTES,
        summary="Deliver events of one lane, late or again",
        tags=["sessions"],
    )
    async def deliver(
        request: Request[Person, str, Any], session: FromPath[str], data: JSONBody[DeliveredEvents]
    ) -> StoredCounts:
        owned = await access.require(request.user, Action.DELIVER_EVENTS, session)
        counts = await events.keep(owned, data.events, clock())
        await switchboard.announce_delivery(owned, data.events[0].lane, counts)
        return counts

    @get(
        "/api/v1/sessions/{session:str}/record",
        opt=doing(Action.READ_RECORD),
        media_type="application/x-ndjson",
        summary="The record file, bodies withheld",
        tags=["sessions"],
    )
    async def record(request: Request[Person, str, Any], session: FromPath[str]) -> Response[bytes]:
        owner = await access.owner(request.user, Action.READ_RECORD, session)
        owned = owner.session
        found = await organisation.get()
        if found is None:
            raise organisation_missing()
        content = record_file(await events.record(owned), found.root_key)
        if request.user.id != owner.technician_id:
            sha256 = hashlib.sha256(content).hexdigest()
            await acts.exported(owned, By.person(request.user), FORMAT, sha256, clock())
        disposition = f'attachment; filename="deskside-{owned}.dsrecord"'
        return Response(content, media_type="application/x-ndjson", headers={"Content-Disposition": disposition})

    return [deliver, record]
