"""Is the relay up?"""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from relay.web.guarding import PUBLIC


def health_route() -> HTTPRouteHandler:
    """Return the route load balancers and installers ask."""

    @get("/api/v1/health", opt=PUBLIC, security=[{}], summary="Is the relay up", tags=["health"])
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return health
