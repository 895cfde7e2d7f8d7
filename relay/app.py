"""The relay, put together: the only place that knows every part. `main` is the `deskside-relay` command."""

import asyncio
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.middleware import DefineMiddleware

from protocol.errors import DesksideError
from protocol.transport.tasks import cancelled, create_task
from relay.accounts.proof_key import ProofDesk
from relay.accounts.rate_limits import JoinLimits
from relay.accounts.sign_in import SignInDesk
from relay.clock import Clock, system_clock
from relay.commands.arguments import command_line
from relay.commands.serve import serve
from relay.config import DEFAULT_JOINS_PER_MINUTE, ServeSettings
from relay.connectivity.offers import ONLY_THE_TUNNEL, ConnectivityDesk, Ways
from relay.connectivity.stun import StunServer
from relay.connectivity.tunnel_socket import tunnel_route
from relay.connectivity.tunnels import Tunnels
from relay.log.audit_log import AuditLog
from relay.log.keys import log_keys, log_name_for
from relay.review.erasing import ErasureDesk
from relay.review.housekeeping import Housekeeping
from relay.signaling.mailbox_socket import mailbox_route
from relay.signaling.switchboard import Switchboard
from relay.storage.accounts import AccountStore
from relay.storage.engine import DATABASE_FILE, Database
from relay.storage.events import EventStore
from relay.storage.feedback import FeedbackStore
from relay.storage.joined_sessions import JoinedSessionStore
from relay.storage.organisation import OrganisationStore
from relay.storage.recording_files import FOLDER as RECORDINGS
from relay.storage.recording_files import RecordingFolder
from relay.storage.recording_store import RecordingStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.sessions import MailboxStore, SessionStore
from relay.storage.tickets import TicketStore
from relay.web.account_routes import account_routes
from relay.web.client_files import CLIENT_FOLDER, ClientShelf
from relay.web.colleague_routes import colleague_routes
from relay.web.errors import HANDLERS
from relay.web.feedback_routes import feedback_routes
from relay.web.guarding import SMALL_BODY_BYTES, BearerTokens, check_body, guard, response_headers
from relay.web.health_route import health_route
from relay.web.identity_route import identity_route
from relay.web.join_page import Downloads, join_routes
from relay.web.log_routes import log_routes
from relay.web.openapi import openapi_config
from relay.web.organisation_routes import organisation_routes
from relay.web.recording_routes import recording_routes
from relay.web.review_routes import review_parts, review_routes
from relay.web.session_routes import record_routes, session_routes
from relay.web.sessions_of import SessionAccess
from relay.web.ticket_routes import attachment_routes, ticket_routes


@dataclass(frozen=True)
class RelayParts:
    """What a relay is built from. `data_dir` has a current database; `origin` is how people reach the relay.

    The files customers download are in `downloads` (without it in `client` in the data folder), signed by `publisher`
    (empty: not signed). `ways` is what parties are offered for reaching each other; on `stun_socket` the relay answers
    STUN.
    """

    data_dir: Path
    database_path: Path
    origin: str
    joins_per_minute: int = DEFAULT_JOINS_PER_MINUTE
    downloads: Path | None = None
    publisher: str = ""
    ways: Ways = ONLY_THE_TUNNEL
    stun_socket: socket.socket | None = None
    clock: Clock = system_clock
    entropy: Callable[[int], bytes] = secrets.token_bytes


def build_relay(parts: RelayParts) -> Litestar:
    """Return the relay as an ASGI application; it closes its database when it shuts down."""
    database = Database(parts.database_path)
    clock, origin = parts.clock, parts.origin
    desk = SignInDesk(AccountStore(database), clock=clock, entropy=parts.entropy)
    organisation = OrganisationStore(database)
    log = AuditLog(database, log_keys(parts.data_dir, log_name_for(origin)), clock=clock)
    tickets, sessions, events = TicketStore(database), SessionStore(database), EventStore(database, log.events_kept)
    recordings = RecordingStore(database, RecordingFolder(parts.data_dir / RECORDINGS))
    erasing = ErasureDesk(database, recordings, partial(log.events_kept, urgent=True))
    limits = JoinLimits(parts.joins_per_minute)
    tunnels = Tunnels()
    switchboard = Switchboard(
        MailboxStore(database),
        events,
        clock=clock,
        entropy=parts.entropy,
        limits=limits,
        desk=ConnectivityDesk(parts.ways, entropy=parts.entropy),
        tunnels=tunnels,
        receipts=log.receipts,
        organisation=organisation,
    )
    return Litestar(
        route_handlers=[
            *account_routes(desk),
            *organisation_routes(organisation, clock=clock),
            *ticket_routes(tickets, clock=clock),
            *attachment_routes(tickets, clock=clock),
            *session_routes(sessions, origin=origin, clock=clock),
            *colleague_routes(JoinedSessionStore(database), clock=clock),
            *record_routes(sessions, events, organisation, switchboard, ReviewActStore(database), clock=clock),
            *recording_routes(sessions, recordings, log_wanted=partial(log.events_kept, urgent=True), clock=clock),
            *join_routes(sessions, downloads=_downloads(parts), origin=origin, clock=clock),
            *log_routes(log, sessions),
            *feedback_routes(FeedbackStore(database), clock=clock),
            *review_routes(review_parts(database, desk, log, erasing, clock=clock)),
            health_route(),
            identity_route(organisation),
            mailbox_route(switchboard, ProofDesk(parts.data_dir, origin, clock=clock), origin),
            *([tunnel_route(switchboard, tunnels, origin)] if parts.ways.tunnel else []),
        ],
        middleware=[DefineMiddleware(BearerTokens, desk=desk)],
        guards=[guard(SessionAccess(sessions))],
        before_request=check_body,
        before_send=[response_headers(is_https=origin.startswith("https:"))],
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        request_max_body_size=SMALL_BODY_BYTES,
        lifespan=[_while_serving(database, switchboard, log, parts), _keeping_house(database, erasing, log, clock)],
        logging_config=None,
        # A configured debug page would show source and values to strangers.
        debug=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the `deskside-relay` command and return its exit code: 0 done, 1 refused or failed, 2 misused."""
    parser = command_line(lambda settings: serve(settings, _build_to_serve, system_clock), system_clock)
    chosen = parser.parse_args(arguments)
    try:
        exit_code: int = chosen.act(chosen)
        return exit_code
    except DesksideError as error:
        sys.stderr.write(f"deskside-relay: {error.user_text}\n")
        return 1


def _build_to_serve(settings: ServeSettings, origin: str, ways: Ways, stun_socket: socket.socket | None) -> Litestar:
    return build_relay(
        RelayParts(
            data_dir=settings.data_dir,
            database_path=settings.data_dir / DATABASE_FILE,
            origin=origin,
            joins_per_minute=settings.joins_per_minute,
            downloads=settings.downloads,
            publisher=settings.publisher,
            ways=ways,
            stun_socket=stun_socket,
        )
    )


def _downloads(parts: RelayParts) -> Downloads:
    return Downloads(ClientShelf(parts.downloads or parts.data_dir / CLIENT_FOLDER), parts.publisher)


def _while_serving(
    database: Database, switchboard: Switchboard, log: AuditLog, parts: RelayParts
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        tending = create_task(switchboard.tend(), name="mailbox tending")
        logging = create_task(log.run(), name="log")
        stun = None
        if parts.stun_socket is not None:
            loop = asyncio.get_running_loop()
            stun, _ = await loop.create_datagram_endpoint(lambda: StunServer(parts.clock), sock=parts.stun_socket)
        try:
            yield
        finally:
            tending.cancel()
            await cancelled(logging)
            if stun is not None:
                stun.close()
            await database.close()

    return lifespan


def _keeping_house(
    database: Database, erasing: ErasureDesk, log: AuditLog, clock: Clock
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    keeping = Housekeeping(database, erasing, clock=clock, log_wanted=partial(log.events_kept, urgent=True))

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        running = create_task(keeping.run(), name="housekeeping")
        try:
            yield
        finally:
            await cancelled(running)

    return lifespan


if __name__ == "__main__":
    sys.exit(main())
