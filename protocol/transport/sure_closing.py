"""A WebSocket that is closed when it is left, also when its orderly end is cut short. Runs on the network thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect


@asynccontextmanager
async def surely_closed(connecting: connect) -> AsyncIterator[ClientConnection]:
    """Connect; afterwards say good-bye and close. Whoever is cancelled meanwhile still leaves no connection open.

    Raises:
        OSError, WebSocketException, TimeoutError: what connecting raises.
    """
    socket: ClientConnection | None = None
    try:
        async with connecting as socket:
            yield socket
    finally:
        if socket is not None:
            socket.transport.abort()
