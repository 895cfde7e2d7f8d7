"""The second peer connection of a session, for the bytes of files alone: one data channel, bound like the first.

Runs on the network thread. Its SDP travels on the channel `files` of the first connection, which is bound already; D0
is exchanged all the same, under a key made for this, so that the two ends of this DTLS connection are the session's.
"""

import asyncio
import hmac
import logging
import re
from collections.abc import Callable

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSctpTransport,
    RTCSessionDescription,
)

from protocol.channels import BULK
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.base import encode
from protocol.messages.files import BulkMessage, decode_bulk
from protocol.messages.session import ChannelBinding
from protocol.pairing.keys import BindingKeys, Role, binding_tag
from protocol.transport.connectivity import Connectivity
from protocol.transport.ladder import LadderConnection
from protocol.transport.peer_connection import exporter_of
from protocol.transport.tasks import create_task

CONNECT_S = 15.0
GATHER_S = 5.0
MAX_SDP_CHARACTERS = 12 * 1024
MAX_CANDIDATES = 30
_CLOSE_TIMEOUT_S = 2.0
_log = logging.getLogger(__name__)


class BulkConnection:
    """`arrived` gets each message after D0; `ended` is called once, with the PeerError that ended it, if one did."""

    def __init__(
        self,
        role: Role,
        keys: BindingKeys,
        *,
        arrived: Callable[[BulkMessage], None],
        ended: Callable[[PeerError | None], None],
        room_made: Callable[[], None],
        connectivity: Connectivity,
    ) -> None:
        self._connectivity = connectivity
        self._role = role
        self._keys = keys
        self._arrived = arrived
        self._ended = ended
        self._bound = False
        self._over = False
        self._open = asyncio.Event()
        self._peer_tag: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        policy = RTCIceTransportPolicy.RELAY if connectivity.relay_only else RTCIceTransportPolicy.ALL
        self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], iceTransportPolicy=policy, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._connection.on("connectionstatechange", self._state_changed)
        self._channel: RTCDataChannel = self._connection.createDataChannel(
            BULK.label, ordered=True, negotiated=True, id=BULK.id
        )
        self._channel.bufferedAmountLowThreshold = 0
        self._channel.on("message", self._message_arrived)
        self._channel.on("open", self._open.set)
        self._channel.on("bufferedamountlow", room_made)

    async def offer(self) -> str:
        """Gather candidates and return the SDP offer.

        Raises:
            EnvironmentFault: that took too long.
        """
        return await self._describe(self._connection.createOffer)

    async def answer(self, sdp_offer: str) -> str:
        """Take the peer's offer, gather candidates and return the SDP answer.

        Raises:
            PeerError: the offer is not one we accept.
            EnvironmentFault: gathering took too long.
        """
        await self._take(sdp_offer, "offer")
        return await self._describe(self._connection.createAnswer)

    async def accept(self, sdp_answer: str) -> None:
        """Take the peer's answer.

        Raises:
            PeerError: the answer is not one we accept.
        """
        await self._take(sdp_answer, "answer")

    async def bind(self, sdp_offer: str, sdp_answer: str) -> None:
        """Wait for the connection and exchange D0.

        Raises:
            PeerError: the connection is not the one that was agreed on (`binding_failed`).
            EnvironmentFault: no connection in time.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._open.wait()
                exporter = exporter_of(self._sctp().transport)
                other = Role.TECHNICIAN if self._role is Role.CUSTOMER else Role.CUSTOMER
                own = binding_tag(self._keys, self._role, exporter, sdp_offer, sdp_answer)
                self._channel.send(encode(ChannelBinding(own)))
                tag = await self._peer_tag
        except TimeoutError as error:
            raise EnvironmentFault("no connection for files", code="no_path") from error
        if not hmac.compare_digest(tag, binding_tag(self._keys, other, exporter, sdp_offer, sdp_answer)):
            raise PeerError("the binding of the files connection does not verify", code="binding_failed")
        self._bound = True
        self._ice().let_go_of_unused()

    @property
    def buffered_bytes(self) -> int:
        """What waits for SCTP to take it."""
        return int(self._channel.bufferedAmount)

    def send(self, message: BulkMessage) -> bool:
        """Send `message`; return whether the channel was open to take it."""
        if self._over or self._channel.readyState != "open":
            return False
        self._channel.send(encode(message))
        return True

    async def close(self) -> None:
        """End the connection; `ended` is not called. Returns within 2 s."""
        self._over = True
        self._peer_tag.cancel()
        try:
            await asyncio.wait_for(self._connection.close(), _CLOSE_TIMEOUT_S)
        except TimeoutError:
            _log.info("the files connection did not close in time; left behind")

    def _ice(self) -> LadderConnection:
        ice = self._sctp().transport.transport._connection
        assert isinstance(ice, LadderConnection)
        return ice

    async def _describe(self, create: Callable[[], object]) -> str:
        self._ice().connectivity = self._connectivity
        try:
            async with asyncio.timeout(GATHER_S):
                await self._connection.setLocalDescription(await create())  # type: ignore[misc]
        except TimeoutError as error:
            raise EnvironmentFault("gathering candidates took too long", code="no_path") from error
        return str(self._connection.localDescription.sdp)

    async def _take(self, sdp: str, kind: str) -> None:
        if len(sdp) > MAX_SDP_CHARACTERS or sdp.count("a=candidate") > MAX_CANDIDATES:
            raise PeerError(f"SDP {kind} too large", code="sdp_refused")
        if re.findall(r"^m=(\w+) ", sdp, re.MULTILINE) != ["application"]:
            raise PeerError(f"SDP {kind} for files with other sections", code="sdp_refused")
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except Exception as error:  # aiortc raises many kinds on a bad SDP; none may escape as ours
            raise PeerError(f"SDP {kind} refused: {type(error).__name__}", code="sdp_refused") from error

    def _sctp(self) -> RTCSctpTransport:
        sctp = self._connection.sctp
        assert sctp is not None  # the data channel made it
        return sctp

    def _message_arrived(self, data: bytes | str) -> None:
        if self._over:
            return
        try:
            if isinstance(data, str):
                raise PeerError("text on the bulk channel", code="frame_malformed")
            message = decode_bulk(data)
            if isinstance(message, ChannelBinding):
                self._binding_arrived(message)
            elif not self._bound:
                raise PeerError("bytes of a file before the binding", code="binding_failed")
            else:
                self._arrived(message)
        except DesksideError as error:
            self._end(error if isinstance(error, PeerError) else PeerError(str(error), code=error.code))

    def _binding_arrived(self, message: ChannelBinding) -> None:
        if self._peer_tag.done():
            raise PeerError("a second binding", code="binding_failed")
        self._peer_tag.set_result(message.tag_bind)

    def _state_changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._end(None)

    def _end(self, error: PeerError | None) -> None:
        if self._over:
            return
        self._over = True
        if not self._peer_tag.done():
            self._peer_tag.set_exception(error or EnvironmentFault("the files connection ended", code="no_path"))
            self._peer_tag.exception()  # `bind` may not be waiting (any more)
        create_task(self.close(), name="close the files connection")
        self._ended(error)
