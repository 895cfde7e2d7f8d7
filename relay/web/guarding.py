"""What stands before every route: who is asking, is the body what it should be, which headers go back.

Every route names its action (`opt=doing(Action.READ_TICKETS)`), and the table of permissions says whose it is.
Everything needs a token unless its route says `opt=PUBLIC` or `opt=WITH_A_SESSION_TOKEN`: a forgotten mark closes a
route, never opens one.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp, Message, Scope

from relay.accounts.people import Person
from relay.accounts.permissions import Action, check_may
from relay.accounts.sign_in import SignInDesk
from relay.accounts.tokens import token_invalid
from relay.web.errors import strictly_checked
from relay.web.sessions_of import SessionAccess

AnyConnection = ASGIConnection[Any, Any, Any, Any]
_log = logging.getLogger(__name__)

PUBLIC: dict[str, Any] = {"public": True, "action": Action.WITHOUT_SIGNING_IN}
WITH_A_SESSION_TOKEN: dict[str, Any] = {"public": True, "action": Action.WITH_A_SESSION_TOKEN}
SMALL_BODY_BYTES = 64 * 1024
LARGE_BODY_BYTES = 1536 * 1024
"""An attachment of 1 MiB in base64, and its JSON."""

_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class BearerTokens(AbstractAuthenticationMiddleware):
    """Finds the person behind `Authorization: Bearer`; `request.user` is a `Person`, `request.auth` the token."""

    def __init__(self, app: ASGIApp, desk: SignInDesk) -> None:
        # The mailbox proves its right with its first frame; nothing secret is in its URL or a header.
        super().__init__(app, exclude_from_auth_key="public", exclude_http_methods=[], scopes={ScopeType.HTTP})
        self._desk = desk

    async def authenticate_request(self, connection: AnyConnection) -> AuthenticationResult:
        """Return who is asking.

        Raises:
            PeerError: `token_invalid` or `token_expired`.
        """
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise token_invalid("no bearer token")
        return AuthenticationResult(user=await self._desk.identify(token), auth=token)


def doing(action: Action) -> dict[str, Any]:
    """Return what a route says about itself: whoever uses it does `action`."""
    return {"action": action}


def guard(access: SessionAccess) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """Return the check that stands before every route: may whoever asks do this, and with this session?

    A route that names no action is closed to everybody. It raises PeerError: `permission_denied`, `not_found`.
    """

    async def check(connection: AnyConnection, handler: BaseRouteHandler) -> None:
        action, person = handler.opt.get("action"), connection.scope.get("user")
        action = action if isinstance(action, Action) else None
        check_may(person if isinstance(person, Person) else None, action)
        session = connection.scope.get("path_params", {}).get("session")
        if isinstance(person, Person) and action is not None and isinstance(session, str):
            await access.require(person, action, session)

    return check


async def check_body(request: Request[Any, Any, Any]) -> None:
    """Check the JSON body against what the route takes, before the framework converts anything.

    Raises:
        PeerError: `invalid_request`.
    """
    field = request.route_handler.parsed_fn_signature.parameters.get("data")
    if field is not None:
        strictly_checked(await request.body(), field.annotation)


def response_headers(*, is_https: bool) -> Any:
    """Return the hook that gives every answer its security headers and writes the access log.

    The log has the route's pattern, never the path: paths carry routes and ids.
    """

    async def finish(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        if is_https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if not scope["path"].startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        _log.info(
            "answered",
            extra={
                "method": scope.get("method", ""),
                "route": scope.get("path_template") or "-",
                "status": message["status"],
            },
        )

    return finish
