"""What stands before every route: who is asking, is the body what it should be, which headers go back.

Everything needs a token unless its route says `opt={"public": True}`: a forgotten mark closes a route, never opens one.
"""

import logging
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp, Message, Scope

from relay.accounts.sign_in import SignInDesk
from relay.accounts.tokens import token_invalid
from relay.web.errors import strictly_checked

_log = logging.getLogger(__name__)

PUBLIC = {"public": True}
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

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Return who is asking.

        Raises:
            PeerError: `token_invalid` or `token_expired`.
        """
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise token_invalid("no bearer token")
        return AuthenticationResult(user=await self._desk.identify(token), auth=token)


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
            headers[name] = value
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
