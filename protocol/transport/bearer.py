"""One peer connection of a session, from its first datagram to the moment its binding (D0) has verified, and after.

Runs on the network thread. A session begins on one bearer and may be carried over to others. What arrives before D0 is
refused; what arrives between D0 and the moment the session takes the bearer waits, for the other side may be ahead.
"""

import asyncio
import hmac
from collections.abc import Callable

from aiortc import MediaStreamTrack

from protocol.channels import CONTROL, Channel
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.session import ChannelBinding, decode_control
from protocol.pairing.keys import BindingKeys, Role, binding_tag
from protocol.transport.connectivity import Connectivity
from protocol.transport.peer_connection import PeerConnection

BINDING_TIMEOUT_S = 10.0
MAX_EARLY_MESSAGES = 512

Arrived = Callable[["Bearer", Channel, bytes], None]
Failed = Callable[["Bearer", DesksideError], None]


class Bearer:
    """`arrived` gets each message once the bearer was `take`n; `failed` is called once when one breaks the rules."""

    def __init__(
        self,
        role: Role,
        *,
        arrived: Arrived,
        failed: Failed,
        track_arrived: Callable[[MediaStreamTrack], None] | None = None,
        connectivity: Connectivity | None = None,
    ) -> None:
        self._role = role
        self._arrived = arrived
        self._failed_with = failed
        self._peer_tag: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._early: list[tuple[Channel, bytes]] = []
        self._taken = False
        self._dropped = False
        self.exporter32 = b""
        """What only the two ends of this connection share; known once `bind` has returned."""
        self.tracks: list[MediaStreamTrack] = []
        """What the other side sends, when nobody asked for `track_arrived`."""
        self.connection = PeerConnection(
            message_arrived=self._message_arrived,
            failed=self._failed,
            track_arrived=track_arrived or self.tracks.append,
            connectivity=connectivity,
        )

    async def bind(self, keys: BindingKeys, sdp_offer: str, sdp_answer: str) -> None:
        """Wait for the connection and exchange D0.

        Raises:
            PeerError: the connection is not the one that was agreed on (`binding_failed`).
            EnvironmentFault: no connection in time.
        """
        await self.connection.wait_connected()
        exporter = self.connection.exporter()
        other = Role.TECHNICIAN if self._role is Role.CUSTOMER else Role.CUSTOMER
        self.connection.send(CONTROL, ChannelBinding(binding_tag(keys, self._role, exporter, sdp_offer, sdp_answer)))
        try:
            tag = await asyncio.wait_for(asyncio.shield(self._peer_tag), BINDING_TIMEOUT_S)
        except TimeoutError as error:
            raise EnvironmentFault("no channel binding arrived", code="no_path") from error
        if not hmac.compare_digest(tag, binding_tag(keys, other, exporter, sdp_offer, sdp_answer)):
            raise PeerError(
                "channel binding does not verify",
                code="binding_failed",
                user_text="The connection was tampered with on the way and has been closed. Nothing was shared.",
            )
        self.exporter32 = exporter

    def take(self) -> None:
        """The session goes on here: hand over what came since D0, then everything at once."""
        self._taken = True
        early, self._early = self._early, []
        for channel, data in early:
            self._hand_over(channel, data)

    def drop(self) -> None:
        """The session does not go on here: whatever still arrives is nobody's."""
        self._dropped = True

    async def close(self) -> None:
        """Drop it and end the connection; returns within 2 s."""
        self.drop()
        self._peer_tag.cancel()
        await self.connection.close()

    def _message_arrived(self, channel: Channel, data: bytes) -> None:
        if self._dropped:
            return
        if self._taken:
            self._arrived(self, channel, data)
        elif self._peer_tag.done():
            if len(self._early) >= MAX_EARLY_MESSAGES:
                raise PeerError("too many messages at once", code="too_many_messages")
            self._early.append((channel, data))
        elif channel != CONTROL:
            raise PeerError(f"{channel.label} before the binding", code="binding_failed")
        else:
            message = decode_control(data)
            if not isinstance(message, ChannelBinding):
                raise PeerError("the first message was not the binding", code="binding_failed")
            self._peer_tag.set_result(message.tag_bind)

    def _hand_over(self, channel: Channel, data: bytes) -> None:
        if self._dropped:
            return
        try:
            self._arrived(self, channel, data)
        except PeerError as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if self._dropped:
            return
        known = error if isinstance(error, DesksideError) else PeerError(str(error))
        if not self._peer_tag.done():
            self._peer_tag.set_exception(known)
            self._peer_tag.exception()  # `bind` may not be waiting (any more)
        elif self._taken:
            self._failed_with(self, known)
