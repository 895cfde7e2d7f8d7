"""`deskside-relay serve`: open the data folder, listen, say so, and stop cleanly when asked."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import uvicorn
from litestar import Litestar

from protocol.errors import EnvironmentFault
from protocol.transport.event_loop import new_event_loop
from relay.accounts.proof_key import say_if_uncertified
from relay.clock import Clock
from relay.config import ServeSettings, check_servable, public_origin, stun_address, ways_offered
from relay.connectivity.offers import Ways
from relay.connectivity.stun import open_stun_socket
from relay.connectivity.turn import read_secret
from relay.logs import log_to_stderr
from relay.storage.migrate import open_data_folder

# A dead socket is noticed within interval + timeout.
PING_EVERY_S = 4.0
PONG_WITHIN_S = 4.0

# Above the 16 KiB of the protocol, so that a frame that is too long can be refused in words before it is cut off.
_LARGEST_FRAME_BYTES = 64 * 1024
_FINISH_WITHIN_S = 5
_TRUSTED_PROXIES = ["127.0.0.1", "::1"]

_log = logging.getLogger(__name__)

BuildApp = Callable[[ServeSettings, str, Ways, socket.socket | None], Litestar]


class _AnnouncingServer(uvicorn.Server):
    """Says on stdout, once, that it can be reached."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, then announce it."""
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._announcement + "\n")
            sys.stdout.flush()


def serve(settings: ServeSettings, build: BuildApp, clock: Clock) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code.

    Raises:
        NotServable: the settings would send passwords in clear.
        EnvironmentFault: the data folder, an address or the TURN secret cannot be used.
    """
    check_servable(settings)
    log_to_stderr()
    open_data_folder(settings.data_dir, clock())
    say_if_uncertified(settings.data_dir, clock)
    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    origin = public_origin(settings, port)
    secret = read_secret(settings.turn_secret_file) if settings.turn_secret_file is not None else ""
    stun_socket = _open_stun(settings)
    stun_port = stun_socket.getsockname()[1] if stun_socket is not None else 0
    app = build(settings, origin, ways_offered(settings, origin, stun_port=stun_port, turn_secret=secret), stun_socket)
    announcement = (
        f"Deskside relay ready at {origin} (listening on {settings.host} port {port}, data in {settings.data_dir}, "
        "stop with Ctrl+C)"
    )
    return run_app(app, settings, listener, announcement)


def run_app(app: Litestar, settings: ServeSettings, listener: socket.socket, announcement: str) -> int:
    """Serve `app` on `listener` until SIGTERM or SIGINT, saying `announcement` when ready; return the exit code."""
    server = _AnnouncingServer(_uvicorn_config(app, settings), announcement)
    # uvicorn stops cleanly on the first signal and then raises it again for whoever handled it before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(server.serve(sockets=[listener]))
    return 0 if server.started else 1


def _uvicorn_config(app: Litestar, settings: ServeSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=_LARGEST_FRAME_BYTES,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
        ws_per_message_deflate=False,
        proxy_headers=settings.behind_proxy,
        forwarded_allow_ips=[*_TRUSTED_PROXIES, *settings.trusted_proxies],
        timeout_graceful_shutdown=_FINISH_WITHIN_S,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port` (0: any free one).

    Raises:
        EnvironmentFault: the address cannot be used (`address_unusable`).
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise EnvironmentFault(
            f"{host}:{port}: {error}",
            code="address_unusable",
            user_text=f"The relay cannot listen on {host} port {port}: {error.strerror}.",
        ) from error
    listener.set_inheritable(False)
    return listener


def _open_stun(settings: ServeSettings) -> socket.socket | None:
    """Return the socket STUN is answered on; None when it shall not be, or unasked cannot be."""
    address = stun_address(settings)
    if address is None:
        return None
    try:
        return open_stun_socket(*address)
    except EnvironmentFault as error:
        if settings.stun_port is not None:
            raise
        _log.warning("STUN is not answered: %s", error)
        return None


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
