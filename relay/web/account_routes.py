"""Signing in and out, and who am I."""

from typing import Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from protocol.messages.relay_api import Account, Credentials, SignedIn
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.accounts.sign_in import SignInDesk
from relay.web.guarding import PUBLIC, doing


def account_routes(desk: SignInDesk) -> list[HTTPRouteHandler]:
    """Return the routes of this family."""

    @post("/api/v1/sign-in", status_code=200, opt=PUBLIC, security=[{}], summary="Sign in", tags=["accounts"])
    async def sign_in(request: Request[Any, Any, Any], data: JSONBody[Credentials]) -> SignedIn:
        address = request.client.host if request.client else "unknown"
        return await desk.sign_in(data, address)

    @post(
        "/api/v1/sign-out",
        status_code=204,
        opt=doing(Action.KNOW_MYSELF),
        summary="Make this token worthless",
        tags=["accounts"],
    )
    async def sign_out(request: Request[Person, str, Any]) -> None:
        await desk.sign_out(request.auth)

    @get("/api/v1/me", opt=doing(Action.KNOW_MYSELF), summary="Who this token belongs to", tags=["accounts"])
    async def me(request: Request[Person, str, Any]) -> Account:
        return request.user.as_account()

    return [sign_in, sign_out, me]
