"""Inviting a colleague to a session, taking that back, and coming when invited."""

import secrets
from dataclasses import replace
from typing import Any

from litestar import Request, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from protocol.errors import PeerError
from protocol.ids import parse_session_id
from protocol.messages.colleague_api import AwaitedColleague, ColleagueInvitations, JoinedSession, NewColleague
from protocol.messages.relay_api import OpenedSession
from protocol.pairing.route import write_route
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.accounts.tokens import TOKEN_BYTES, token_hash, token_text
from relay.clock import Clock, iso_utc
from relay.storage.joined_sessions import JoinedSessionStore, OpenedForColleague
from relay.tickets.inviting import InvitationMaker
from relay.tickets.joining import INVITATION_LIFE_MS
from relay.web.guarding import doing


def colleague_routes(joined: JoinedSessionStore, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the routes of this family."""

    @post(
        "/api/v1/sessions/{session:str}/colleagues",
        status_code=201,
        opt=doing(Action.JOIN_SESSION),
        summary="Invite a colleague to the session",
        tags=["sessions"],
    )
    async def invite(
        request: Request[Person, str, Any], session: FromPath[str], data: JSONBody[NewColleague]
    ) -> AwaitedColleague:
        now_ms = clock()
        maker = InvitationMaker.begin(secrets.token_bytes, now_ms=now_ms, spoken=False)
        made = replace(maker.invite(lambda _route: True), link_ends_at_ms=now_ms + INVITATION_LIFE_MS)
        opened = await joined.invite(_session(session), request.user.id, data, made, now_ms)
        return AwaitedColleague(opened.session, write_route(opened.route), iso_utc(opened.link_ends_at_ms))

    @delete(
        "/api/v1/sessions/{session:str}/colleagues/{colleague:str}",
        opt=doing(Action.JOIN_SESSION),
        summary="Take an invitation back",
        tags=["sessions"],
    )
    async def withdraw(request: Request[Person, str, Any], session: FromPath[str], colleague: FromPath[str]) -> None:
        await joined.withdraw(_session(session), _session(colleague), request.user.id, clock())

    @get(
        "/api/v1/invitations",
        opt=doing(Action.JOIN_SESSION),
        summary="Invitations that wait for whoever asks",
        tags=["sessions"],
    )
    async def invitations(request: Request[Person, str, Any]) -> ColleagueInvitations:
        return ColleagueInvitations(await joined.waiting_for(request.user.id, clock()))

    @post(
        "/api/v1/invitations/{session:str}/join",
        status_code=200,
        opt=doing(Action.JOIN_SESSION),
        summary="Come when invited",
        tags=["sessions"],
    )
    async def join(request: Request[Person, str, Any], session: FromPath[str]) -> JoinedSession:
        token = token_text(secrets.token_bytes(TOKEN_BYTES))
        opened = await joined.come(_session(session), request.user.id, token_hash(token), clock())
        return _for_colleague(opened, token)

    return [invite, withdraw, invitations, join]


def _for_colleague(opened: OpenedForColleague, token: str) -> JoinedSession:
    """Return what a colleague needs; there is no route, because the customer has it."""
    return JoinedSession(
        OpenedSession(
            session=opened.session,
            ticket=opened.ticket,
            subject=opened.subject,
            reason=opened.reason,
            route="",
            link="",
            spoken_route="",
            mailbox=opened.mailbox,
            token=token,
            expires_at=iso_utc(opened.expires_at_ms),
        )
    )


def _session(text: str) -> str:
    try:
        return parse_session_id(text)
    except PeerError as error:
        raise PeerError(str(error), code="not_found", user_text="There is no session with this id.") from error
