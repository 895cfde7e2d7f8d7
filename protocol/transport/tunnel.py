"""The relay's tunnel as a way for ICE: datagrams that travel through one WebSocket to the other side's tunnel.

Runs on the network thread. An endpoint of the tunnel stands where a UDP socket would; its address is not one of any
network (`ADDRESS`), and its transport in the SDP is `WSS`, so that no other program ever sends a packet to it.
"""

import asyncio
import logging
import random
import secrets
import socket as sockets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from protocol.errors import PeerError
from protocol.messages.signaling import AttachMailbox, TunnelOpened, decode_from_relay, encode_frame
from protocol.transport.hop_pump import HopPump
from protocol.transport.sure_closing import surely_closed
from protocol.transport.tasks import cancelled, create_task
from protocol.tunnel import MAX_FRAME_BYTES, MAX_PAYLOAD_BYTES, datagram_frame, parse_datagram

ADDRESS = "100::1"
"""Of every endpoint of every tunnel: from the block that routers discard (RFC 6666)."""

TRANSPORT = "wss"
"""In place of `udp` in a candidate."""

_UNSENT_BYTES = 16 * 1024
"""What the operating system may hold back on its own; the hop's window bounds what waits anywhere."""

_PING_S = 10.0
_PONG_WHEN_HURRIED_S = 1.5
_OPEN_TIMEOUT_S = 4.0
_CLOSE_TIMEOUT_S, _CLOSE_WITHIN_S = 1.0, 2.0
_PAUSES_S = (0.3, 0.6, 1.0, 2.0)

Address = tuple[str, int]
Protocol = TypeVar("Protocol", bound=asyncio.DatagramProtocol)

_log = logging.getLogger(__name__)


def proxy_allowed(url: str) -> bool:
    """Return whether a proxy of the environment may be used for `url`: never for this computer itself."""
    return urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost")


class TunnelEndpoint(asyncio.DatagramTransport):
    """A port of the tunnel, for a protocol that expects a UDP socket."""

    def __init__(self, tunnel: "Tunnel", port: int, protocol: asyncio.DatagramProtocol) -> None:
        super().__init__({"sockname": (ADDRESS, port)})
        self._tunnel = tunnel
        self._protocol = protocol
        self._closing = False
        self.port = port

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a datagram (at most 1500 bytes) to a port of the other side's tunnel; it may be lost."""
        if not self._closing and addr[0] == ADDRESS and 0 < len(data) <= MAX_PAYLOAD_BYTES:
            self._tunnel.send(datagram_frame(addr[1], self.port, bytes(data)))

    def arrived(self, data: bytes, from_port: int) -> None:
        """Hand a datagram to the protocol."""
        self._protocol.datagram_received(data, (ADDRESS, from_port))

    def is_closing(self) -> bool:
        """Whether the port is given up."""
        return self._closing

    def abort(self) -> None:
        """Give the port up."""
        self.close()

    def close(self) -> None:
        """Give the port up; the tunnel is closed with its last one."""
        if not self._closing:
            self._closing = True
            self._tunnel.give_up(self)
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)


class Tunnel:
    """This side's WebSocket to the relay's tunnel; it is open while an endpoint is, and comes back after a drop."""

    def __init__(self, url: str, seat: AttachMailbox) -> None:
        self._url = url
        self._seat = seat
        self._endpoints: dict[int, TunnelEndpoint] = {}
        self._socket: ClientConnection | None = None
        self._pump: HopPump | None = None
        self._open = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._failures = 0

    async def endpoint(self, protocol_factory: Callable[[], Protocol]) -> tuple[TunnelEndpoint, Protocol]:
        """Return a new port and the protocol that uses it, as soon as the relay has opened the tunnel.

        It waits as long as it takes; cancel it to give up.
        """
        protocol = protocol_factory()
        port = next(port for port in iter(lambda: 1 + secrets.randbelow(65535), 0) if port not in self._endpoints)
        endpoint = TunnelEndpoint(self, port, protocol)
        protocol.connection_made(endpoint)
        self._endpoints[port] = endpoint
        if self._running is None or self._running.done():
            self._running = create_task(self._stay_open(), name="tunnel")
        try:
            await self._open.wait()
        except BaseException:
            endpoint.close()
            raise
        return endpoint, protocol

    def send(self, frame: bytes) -> None:
        """Send a datagram's frame, or lose it while the tunnel is not open."""
        if self._pump is not None:
            self._pump.offer(frame)

    def hurry(self) -> None:
        """Nothing is heard of the other side: a connection that does not answer at once is made anew."""
        if self._socket is not None:
            create_task(_abort_unless_it_answers(self._socket), name="check the tunnel")

    def give_up(self, endpoint: TunnelEndpoint) -> None:
        """The endpoint is closed."""
        self._endpoints.pop(endpoint.port, None)
        if not self._endpoints and self._running is not None:
            self._running.cancel()
            self._leaving = self._running
            self._running = self._pump = self._socket = None
            self._open.clear()

    async def close(self) -> None:
        """Close every endpoint and the connection to the relay."""
        for endpoint in list(self._endpoints.values()):
            endpoint.close()
        if self._leaving is not None:
            await cancelled(self._leaving, patience_s=_CLOSE_WITHIN_S)

    async def _stay_open(self) -> None:
        while True:
            try:
                await self._one_connection()
            except (OSError, WebSocketException, TimeoutError, PeerError) as error:
                _log.info("tunnel: %s", error or type(error).__name__)
            pause = _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
            self._failures += 1
            await asyncio.sleep(pause * random.uniform(0.7, 1.3))  # noqa: S311

    async def _one_connection(self) -> None:
        connecting = connect(
            self._url,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            open_timeout=_OPEN_TIMEOUT_S,
            close_timeout=_CLOSE_TIMEOUT_S,
            write_limit=_UNSENT_BYTES,
            proxy=True if proxy_allowed(self._url) else None,
        )
        async with surely_closed(connecting) as socket:
            _keep_little_unsent(socket)
            await socket.send(encode_frame(self._seat))
            answer = await socket.recv(decode=False)
            if not isinstance(decode_from_relay(answer), TunnelOpened):
                raise PeerError("the relay did not open the tunnel", code="tunnel_refused")
            await self._carry(socket)

    async def _carry(self, socket: ClientConnection) -> None:
        self._pump = pump = HopPump(lambda frame: socket.send(frame))
        self._socket = socket
        writer = create_task(_write_until_broken(pump), name="tunnel writer")
        self._failures = 0
        self._open.set()
        try:
            while True:
                datagram = pump.received(await socket.recv(decode=False))
                if datagram is not None:
                    self._deliver(datagram)
        finally:
            if self._pump is pump:
                self._pump = self._socket = None
                self._open.clear()
            writer.cancel()
            hop = pump.hop
            _log.info("tunnel: %d sent, %d dropped, %d received", hop.offered, hop.dropped, hop.delivered)

    def _deliver(self, frame: bytes) -> None:
        to_port, from_port, payload = parse_datagram(frame)
        endpoint = self._endpoints.get(to_port)
        if endpoint is not None:
            endpoint.arrived(payload, from_port)


async def _write_until_broken(pump: HopPump) -> None:
    try:
        await pump.run()
    except (OSError, WebSocketException):
        return  # the reader hears of it, too


async def _abort_unless_it_answers(socket: ClientConnection) -> None:
    try:
        async with asyncio.timeout(_PONG_WHEN_HURRIED_S):
            await (await socket.ping())
    except (TimeoutError, WebSocketException, OSError):
        _log.info("the tunnel does not answer; opening it again")
        socket.transport.abort()


def _keep_little_unsent(socket: ClientConnection) -> None:
    raw = socket.transport.get_extra_info("socket")
    if raw is not None and hasattr(sockets, "TCP_NOTSENT_LOWAT"):
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
