"""One side of a mailbox, kept connected: joins or attaches, posts, stores events, comes back after a drop."""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.signaling import (
    MAX_FRAME_BYTES,
    AttachMailbox,
    FromRelay,
    JoinMailbox,
    LeaveMailbox,
    MailboxAttached,
    MailboxClaimed,
    PostBody,
    Refused,
    StoredEvent,
    StoreEvents,
    ToRelay,
    decode_from_relay,
    encode_frame,
)
from protocol.transport.tasks import create_task
from protocol.version import PROTOCOL_VERSION

FIRST_ATTEMPTS = 3
"""How often a relay that was never reached is tried before giving up."""

MAX_WAITING_BODIES = 32
_PING_S = 5.0
_OPEN_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 5.0

_log = logging.getLogger(__name__)


def mailbox_url(relay_url: str) -> str:
    """Return the WebSocket address of the relay at `relay_url` (http or https).

    Raises:
        EnvironmentFault: not an http or https address (`relay_address`).
    """
    parts = urlsplit(relay_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnvironmentFault(
            f"not a relay address: {relay_url!r}",
            code="relay_address",
            user_text="The address of the support server is not complete. It starts with https://",
        )
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws/mailbox"


def relay_origin(relay_url: str) -> str:
    """Return scheme, host and port of `relay_url`, as both sides put it into the pairing transcript."""
    parts = urlsplit(relay_url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


class MailboxClient:
    """Runs on the network thread. `received` gets every message of the relay, `connected_changed` true and false.

    A drop is healed by itself with the token the relay gave; bodies posted meanwhile are sent afterwards (at most 32).
    """

    def __init__(
        self,
        relay_url: str,
        first: JoinMailbox | AttachMailbox,
        *,
        received: Callable[[FromRelay], None],
        connected_changed: Callable[[bool], None],
    ) -> None:
        self._url = mailbox_url(relay_url)
        self._first = first
        self._received = received
        self._connected_changed = connected_changed
        self._socket: ClientConnection | None = None
        self._bodies: deque[bytes] = deque(maxlen=MAX_WAITING_BODIES)
        self._flush_wanted = asyncio.Event()
        self._outgoing: deque[ToRelay] = deque()
        self._closing = False

    async def run(self) -> None:
        """Stay connected until `close` or until the relay refuses (its Refused is handed to `received`).

        Raises:
            EnvironmentFault: the relay could not be reached at all (`relay_unreachable`).
        """
        failures = 0
        while not self._closing:
            try:
                if await self._one_connection():
                    return
                failures = 0
            except (OSError, WebSocketException, TimeoutError, PeerError) as error:
                failures += 1
                _log.info("relay connection: %s", error)
                if isinstance(self._first, JoinMailbox) and failures >= FIRST_ATTEMPTS:
                    raise EnvironmentFault(
                        str(error),
                        code="relay_unreachable",
                        user_text="The support server cannot be reached. Please check the internet connection.",
                    ) from error
            if not self._closing:
                await asyncio.sleep(min(_LONGEST_PAUSE_S, 0.3 * 2**failures) * random.uniform(0.7, 1.3))  # noqa: S311

    def post(self, body: bytes) -> None:
        """Hand `body` to the other party, now or when the relay is back."""
        self._bodies.append(body)
        self._flush_wanted.set()

    def store(self, events: tuple[StoredEvent, ...]) -> bool:
        """Ask the relay to keep `events`; return whether it is connected (if not, ask again once it is)."""
        if self._socket is None:
            return False
        self._outgoing.append(StoreEvents(events))
        self._flush_wanted.set()
        return True

    async def close(self) -> None:
        """Post what still waits, say good-bye to the relay and stop; takes at most a second."""
        self._closing = True
        socket, self._socket = self._socket, None
        if socket is not None:
            try:
                async with asyncio.timeout(1.0):
                    while self._bodies:
                        await socket.send(encode_frame(PostBody(self._bodies.popleft())))
                    await socket.send(encode_frame(LeaveMailbox()))
                    await socket.close()
            except (OSError, WebSocketException, TimeoutError):
                _log.info("the relay was gone before the good-bye")

    async def _one_connection(self) -> bool:
        """Connect once and serve until the drop; return whether the relay refused us for good."""
        local = urlsplit(self._url).hostname in ("127.0.0.1", "::1", "localhost")
        async with connect(
            self._url,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            open_timeout=_OPEN_TIMEOUT_S,
            close_timeout=1.0,
            proxy=None if local else True,
        ) as socket:
            await socket.send(encode_frame(self._first))
            answer = decode_from_relay(await self._binary(socket))
            if isinstance(answer, Refused):
                self._received(answer)
                return True
            if isinstance(answer, MailboxClaimed):
                self._first = AttachMailbox(answer.mailbox, answer.token, PROTOCOL_VERSION)
            elif not isinstance(answer, MailboxAttached):
                raise PeerError(f"the relay began with {type(answer).__name__}")
            self._socket = socket
            self._connected_changed(True)
            writer = create_task(self._write(socket), name="mailbox writer")
            try:
                self._received(answer)
                return await self._read(socket)
            finally:
                self._socket = None
                writer.cancel()
                self._connected_changed(False)

    async def _read(self, socket: ClientConnection) -> bool:
        while True:
            message = decode_from_relay(await self._binary(socket))
            self._received(message)
            if isinstance(message, Refused):
                return True

    async def _write(self, socket: ClientConnection) -> None:
        self._flush_wanted.set()
        while True:
            await self._flush_wanted.wait()
            self._flush_wanted.clear()
            try:
                while self._outgoing or self._bodies:
                    if self._outgoing:
                        await socket.send(encode_frame(self._outgoing.popleft()))
                    else:
                        await socket.send(encode_frame(PostBody(self._bodies.popleft())))
            except (OSError, WebSocketException):
                return

    async def _binary(self, socket: ClientConnection) -> bytes:
        data = await socket.recv()
        if isinstance(data, str):
            raise PeerError("the relay sent text", code="frame_malformed")
        return data
