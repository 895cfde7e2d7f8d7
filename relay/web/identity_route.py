"""Whose relay is this? Answered to everybody: a customer's program made for any organisation asks before it begins."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from protocol.messages.relay_api import RelayIdentity
from protocol.pairing.certificates import root_id
from protocol.version import PROTOCOL_VERSION
from relay.storage.organisation import OrganisationStore
from relay.tickets.sessions import organisation_missing
from relay.web.guarding import PUBLIC


def identity_route(organisation: OrganisationStore) -> HTTPRouteHandler:
    """Return the route that names the relay's organisation, and the protocol it speaks."""

    @get("/api/v1/identity", opt=PUBLIC, security=[{}], summary="Whose relay this is", tags=["organisation"])
    async def identity() -> RelayIdentity:
        found = await organisation.get()
        if found is None:
            raise organisation_missing()
        return RelayIdentity(found.name, root_id(found.root_key).hex(), PROTOCOL_VERSION)

    return identity
