"""What a peer connection may use to reach the other side, and how one side of a session keeps it fresh.

Runs on the network thread. Everything comes from the relay the person chose; nobody else is ever asked.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiortc.rtcicetransport import parse_stun_turn_uri

from protocol.messages.signaling import AttachMailbox, ConnectivityOffered
from protocol.transport.tunnel import Tunnel

ANSWERED_WITHIN_S = 2.0
_STALE_BEFORE_END_S = 60.0


@dataclass(frozen=True)
class TurnServer:
    """One way to a TURN server, with credentials that are good for a few minutes."""

    host: str
    port: int
    transport: str
    tls: bool
    username: str
    password: str


@dataclass(frozen=True)
class Connectivity:
    """The ways there are beside the direct one. `stun` is (host, port).

    `relay_only`: use no direct way at all, so that neither side learns the other's address.
    """

    stun: tuple[str, int] | None = None
    turn: tuple[TurnServer, ...] = ()
    tunnel: Tunnel | None = None
    relay_only: bool = False


class Reachability:
    """What the relay offers one side. `ask` requests it afresh; it arrives at `offered`.

    `tunnel_url` is the WebSocket address of the relay's tunnel.
    """

    def __init__(self, tunnel_url: str, *, ask: Callable[[], None]) -> None:
        self._tunnel_url = tunnel_url
        self._ask = ask
        self._offer = ConnectivityOffered()
        self._stale_at = float("-inf")
        self._arrived = asyncio.Event()
        self._tunnel: Tunnel | None = None

    def offered(self, offer: ConnectivityOffered, seat: AttachMailbox) -> None:
        """Take an offer; `seat` is what this side proves its place in the mailbox with."""
        now = asyncio.get_running_loop().time()
        self._offer = offer
        self._stale_at = now + offer.turn_lives_s - _STALE_BEFORE_END_S if offer.turn else float("inf")
        if offer.tunnel and self._tunnel is None:
            self._tunnel = Tunnel(self._tunnel_url, seat)
        self._arrived.set()

    def refresh(self) -> None:
        """Ask for a fresh offer: the last one is too old for another connection."""
        self._arrived.clear()
        self._ask()

    def hurry(self) -> None:
        """The other side is not heard: get ready for another connection."""
        self.refresh()
        if self._tunnel is not None:
            self._tunnel.hurry()

    async def ready(self) -> Connectivity:
        """Return what there is, fresh; wait up to 2 s for the relay when it is not."""
        if asyncio.get_running_loop().time() >= self._stale_at:
            self.refresh()
            try:
                async with asyncio.timeout(ANSWERED_WITHIN_S):
                    await self._arrived.wait()
            except TimeoutError:
                pass  # a relay that is away just now; the direct way may do
        return self.current()

    def current(self) -> Connectivity:
        """Return what there is now."""
        offer = self._offer
        stun = parse_stun_turn_uri(offer.stun[0]) if offer.stun else None
        turn = (_turn_server(url, offer) for url in offer.turn)
        return Connectivity(
            stun=(stun["host"], stun["port"]) if stun else None,
            # aioice knows TLS over TCP only; asked for it over UDP, it would go without
            turn=tuple(server for server in turn if server.transport == "tcp" or not server.tls),
            tunnel=self._tunnel if offer.tunnel else None,
        )

    async def close(self) -> None:
        """The session is over."""
        if self._tunnel is not None:
            await self._tunnel.close()


def _turn_server(url: str, offer: ConnectivityOffered) -> TurnServer:
    parts = parse_stun_turn_uri(url)
    return TurnServer(
        host=parts["host"],
        port=parts["port"],
        transport=parts["transport"],
        tls=parts["scheme"] == "turns",
        username=offer.turn_username,
        password=offer.turn_password,
    )
