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
    ConnectivityOffered,
    ConnectivityWanted,
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
from protocol.relay_proof import ExpectedRelay
from protocol.transport.connectivity import Reachability
from protocol.transport.guards import host_addresses
from protocol.transport.receipts import Receipts
from protocol.transport.relay_check import as_untrusted, is_no_relay, require_proof
from protocol.transport.relay_faults import is_lasting, relay_fault
from protocol.transport.sure_closing import surely_closed
from protocol.transport.tasks import create_task
from protocol.transport.tunnel import proxy_allowed
from protocol.version import PROTOCOL_VERSION

FIRST_ATTEMPTS = 3
"""How often a relay that was never reached is tried before giving up."""

MAX_WAITING_BODIES = 32
_PING_S = 5.0
_OPEN_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 5.0
_PAUSE_AFTER_DROP_S = 2.0
_HURRIED_PAUSE_S = 0.5
_HURRIED_OPEN_TIMEOUTS_S = (3.0, 3.0, 6.0)
_HURRIED_PONG_S = 1.5
"""While the other party is not heard, the relay is how to find it again: a dead connection to it is noticed sooner."""

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
    With the root id of an `organisation` (32 bytes) nothing is said to a relay that does not prove to be its; until
    `parties_met` that is the end for whoever joins or is `strict`.
    """

    def __init__(
        self,
        relay_url: str,
        first: JoinMailbox | AttachMailbox,
        *,
        received: Callable[[FromRelay], None],
        connected_changed: Callable[[bool], None],
        organisation: bytes = b"",
        strict: bool = False,
    ) -> None:
        self._expected = ExpectedRelay(relay_origin(relay_url), organisation) if organisation else None
        self._strict = strict or isinstance(first, JoinMailbox)
        self._url = mailbox_url(relay_url)
        self._first = first
        self._received = received
        self._connected_changed = connected_changed
        self._socket: ClientConnection | None = None
        self._bodies: deque[bytes] = deque(maxlen=MAX_WAITING_BODIES)
        self._flush_wanted = asyncio.Event()
        self._outgoing: deque[ToRelay] = deque()
        self._closing = False
        self._hurried = False
        self.receipts = Receipts()
        """What the relay says about its log."""
        self.ways = Reachability(self._url.removesuffix("mailbox") + "tunnel", ask=self._ask_for_ways)
        """What the relay offers for reaching the other party."""
        self._failures = 0
        self._wake = asyncio.Event()

    def hurry(self, wanted: bool) -> None:
        """Say whether it matters now that the relay can be reached: see whether it answers, and come back sooner."""
        begins, self._hurried = wanted and not self._hurried, wanted
        if begins:
            self._wake.set()
            self.ways.hurry()
            create_task(self._see_whether_it_answers(), name="check the relay")

    @property
    def right(self) -> AttachMailbox | None:
        """What this party attaches with when it comes back; None before the relay has given it."""
        return self._first if isinstance(self._first, AttachMailbox) else None

    def parties_met(self) -> None:
        """The two parties are bound to each other and need the relay for nothing but its service: from now on whoever
        answers in its place is told nothing and the relay looked for again; until now that is the end."""
        self._strict = False

    def _ask_for_ways(self) -> None:
        if self._socket is not None:  # else the relay tells them by itself as soon as it is back
            self._outgoing.append(ConnectivityWanted())
            self._flush_wanted.set()

    def _hand_over(self, message: FromRelay) -> None:
        if self.receipts.take(message):
            return
        if not isinstance(message, ConnectivityOffered):
            self._received(message)
        elif isinstance(self._first, AttachMailbox):
            self.ways.offered(message, self._first)

    async def run(self) -> None:
        """Stay connected until `close` or until the relay refuses (its Refused is handed to `received`).

        Raises:
            EnvironmentFault: the relay could not be reached at all (the codes of `relay_fault`), or what answers in its
                place has no TLS certificate for it (`relay_untrusted`).
            RelayNotProven: what answers in its place is not the organisation's relay.
        """
        while not self._closing:
            try:
                if await self._one_connection():
                    return
            except (OSError, WebSocketException, TimeoutError, PeerError, ImportError) as error:
                if self._strict and is_no_relay(error):
                    raise as_untrusted(error) from error
                self._failures += 1
                _log.info("relay connection: %s", error)
                tried_enough = self._failures >= FIRST_ATTEMPTS or is_lasting(error)
                if isinstance(self._first, JoinMailbox) and tried_enough:
                    raise relay_fault(error, self._url) from error
            if not self._closing:
                await self._pause()

    async def _pause(self) -> None:
        """Wait before the next attempt; a wish to hurry cuts it short.

        After a drop anything up to 2 s: a relay that was restarted is not overrun by everybody at once.
        """
        pause = min(_LONGEST_PAUSE_S, 0.3 * 2**self._failures) * random.uniform(0.7, 1.3)  # noqa: S311
        if self._hurried:
            pause = min(_HURRIED_PAUSE_S, 0.15 * self._failures)
        elif self._failures == 1:
            pause = random.uniform(0.1, _PAUSE_AFTER_DROP_S)  # noqa: S311
        self._wake.clear()
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _see_whether_it_answers(self) -> None:
        while self._hurried and not self._closing:
            await self._see_whether_it_answers_once()
            await asyncio.sleep(_HURRIED_PONG_S)

    async def _see_whether_it_answers_once(self) -> None:
        socket = self._socket
        if socket is not None and not await _answers(socket):
            _log.info("the relay does not answer; connecting again")
            socket.transport.abort()

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
        """Post what still waits, say good-bye to the relay and stop; takes at most three seconds."""
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
        await self.ways.close()

    async def _one_connection(self) -> bool:
        """Connect once and serve until the drop; return whether the relay refused us for good."""
        patience = _HURRIED_OPEN_TIMEOUTS_S[self._failures % 3] if self._hurried else _OPEN_TIMEOUT_S
        connecting = connect(
            self._url,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            ping_interval=_PING_S,
            ping_timeout=_PING_S,
            open_timeout=patience,
            close_timeout=1.0,
            proxy=True if proxy_allowed(self._url) else None,
        )
        async with surely_closed(connecting) as socket:
            if self._expected is not None:
                await require_proof(socket, self._expected)
            await socket.send(encode_frame(self._first))
            answer = decode_from_relay(await self._binary(socket))
            if isinstance(answer, Refused):
                self._received(answer)
                return True
            if isinstance(answer, MailboxClaimed):
                self._first = AttachMailbox(answer.mailbox, answer.token, PROTOCOL_VERSION)
            elif not isinstance(answer, MailboxAttached):
                raise PeerError(f"the relay began with {type(answer).__name__}")
            self._socket, self._failures = socket, 0
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
            self._hand_over(message)
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


async def _answers(socket: ClientConnection) -> bool:
    """Return whether `socket` still carries: from an address this computer has, and to a relay that answers at once."""
    if socket.local_address[0] not in {"127.0.0.1", "::1", *host_addresses(True, True)}:
        return False
    try:
        async with asyncio.timeout(_HURRIED_PONG_S):
            await (await socket.ping())
    except (TimeoutError, WebSocketException, OSError):
        return False
    return True
