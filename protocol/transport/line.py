"""The session's line to the other side: one bearer after another, and no message lost or repeated on the way.

Runs on the network thread. What was sent on a channel that survives (`Channel.survives`) and did not arrive is sent
again on the next bearer. Input and drawing never are: what waited while nothing was heard is dropped here.
"""

from collections.abc import Callable

from aiortc import MediaStreamTrack

from protocol.channels import CONTROL, DRAWING, INPUT, POINTER, POINTING, Channel
from protocol.errors import PeerError
from protocol.messages.base import Message
from protocol.messages.input import AllReleased
from protocol.messages.resume import Acknowledged, FenceAsked, InputFence, Resumed, decode_fence
from protocol.messages.session import ChannelBinding, ControlMessage, Heartbeat, decode_control
from protocol.pairing.keys import BindingKeys, Role
from protocol.transport.bearer import Bearer
from protocol.transport.connectivity import Connectivity
from protocol.transport.message_ledger import MessageLedger
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.tasks import create_task

_NOT_NUMBERED = (ChannelBinding, Heartbeat, Resumed, Acknowledged, FenceAsked)
"""Control messages that belong to one bearer only."""

_FENCED_BY = {INPUT: INPUT, POINTER: INPUT, DRAWING: DRAWING, POINTING: DRAWING}
"""What the technician does at this moment, and the channel whose fence says that what comes is new.

Each ordered channel has a fence of its own, because channels keep no order between each other; what may be lost comes
at once or never.
"""

Arrived = Callable[[Channel, ControlMessage | bytes], None]


class Line:
    """`arrived` gets each message for the session: control messages decoded, others as bytes.

    `reopened` is called when the session goes on, on another bearer than before.
    """

    def __init__(
        self,
        role: Role,
        *,
        arrived: Arrived,
        reopened: Callable[[], None],
        failed: Callable[[Exception], None],
        track_arrived: Callable[[MediaStreamTrack], None] | None = None,
        connectivity: Callable[[], Connectivity] = Connectivity,
    ) -> None:
        self._connectivity = connectivity
        self._role = role
        self._arrived = arrived
        self._reopened = reopened
        self._failed = failed
        self._ledger = MessageLedger()
        self._open = False
        self._awaits_resumed = False
        self._silent = False
        self._fence = 0
        self._closed: set[Channel] = set()  # those whose fence has not come
        self.bearer = self.new_bearer(track_arrived)

    @property
    def connection(self) -> PeerConnection:
        """The peer connection the session is on now."""
        return self.bearer.connection

    @property
    def is_open(self) -> bool:
        """Whether both sides have verified the bearer and know how far the other had come."""
        return self._open

    def new_bearer(self, track_arrived: Callable[[MediaStreamTrack], None] | None = None) -> Bearer:
        """Return a bearer the session may go on with (`adopt`)."""
        return Bearer(
            self._role,
            arrived=self._bearer_arrived,
            failed=self._bearer_failed,
            track_arrived=track_arrived,
            connectivity=self._connectivity(),
        )

    async def bind(self, keys: BindingKeys, sdp_offer: str, sdp_answer: str) -> None:
        """Wait for the first bearer and its binding; then `begin`.

        Raises:
            PeerError: the connection is not the one that was agreed on (`binding_failed`).
            EnvironmentFault: no connection in time.
        """
        await self.bearer.bind(keys, sdp_offer, sdp_answer)

    def begin(self) -> None:
        """Let messages through on the first bearer."""
        self._open = True
        self.bearer.take()

    def adopt(self, bearer: Bearer) -> None:
        """Go on with `bearer`, whose binding has verified here; the one before is closed behind our back."""
        old, self.bearer = self.bearer, bearer
        old.drop()
        old.connection.let_go_of_tracks()
        create_task(old.close(), name="close the old connection")
        self._open, self._awaits_resumed = False, True
        self._closed.clear()
        bearer.connection.send(CONTROL, Resumed(self._ledger.received))
        self._ledger.note_acknowledged()
        bearer.take()

    def send(self, message: Message, channel: Channel = CONTROL) -> bool:
        """Send `message`; return whether it left, or will leave as soon as the other side is heard again.

        Raises:
            EnvironmentFault: too much waits already (`line_gone`).
        """
        if channel.survives and not isinstance(message, _NOT_NUMBERED):
            self._ledger.sending(channel, message)
            if self._open:
                self.connection.send(channel, message)
            return True
        if not self._open or (self._silent and channel in _FENCED_BY):
            return False
        return self.connection.send(channel, message)

    def silence_changed(self, silent: bool) -> None:
        """Nothing is heard (true), or something is again: what the technician did meanwhile must not take effect."""
        if silent and self._role is Role.TECHNICIAN:
            self.connection.send(INPUT, AllReleased())
        if silent and self._role is Role.CUSTOMER:
            self._fence += 1
            self._closed.update(_FENCED_BY.values())
        if not silent and self._closed:
            self.connection.send(CONTROL, FenceAsked(self._fence))
        self._silent = silent

    def _bearer_failed(self, bearer: Bearer, error: Exception) -> None:
        if bearer is self.bearer:
            self._failed(error)

    def _bearer_arrived(self, bearer: Bearer, channel: Channel, data: bytes) -> None:
        if bearer is not self.bearer:
            return
        if channel == CONTROL:
            self._control_arrived(decode_control(data), len(data))
        elif _FENCED_BY.get(channel) in self._closed:
            self._look_for_fence(channel, data)
        else:
            if channel.survives:
                self._count(channel, len(data))
            self._arrived(channel, data)

    def _control_arrived(self, message: ControlMessage, size_bytes: int) -> None:
        if self._awaits_resumed and not isinstance(message, Resumed):
            raise PeerError("the session was not resumed first", code="binding_failed")
        match message:
            case ChannelBinding():
                raise PeerError("a second binding", code="binding_failed")
            case Resumed(received=received):
                self._peer_resumed(received)
            case Acknowledged(received=received):
                self._ledger.confirmed(received)
            case FenceAsked(number=number):
                if self._role is Role.CUSTOMER:
                    raise PeerError("a fence for the customer", code="not_allowed")
                for fenced in (INPUT, DRAWING):
                    self.connection.send(fenced, InputFence(number))
            case Heartbeat():
                self._arrived(CONTROL, message)
            case _:
                self._count(CONTROL, size_bytes)
                self._arrived(CONTROL, message)

    def _peer_resumed(self, received: dict[int, int]) -> None:
        if not self._awaits_resumed:
            raise PeerError("resumed without a new connection", code="binding_failed")
        self._ledger.confirmed(received)
        self._awaits_resumed, self._open = False, True
        for channel, message in self._ledger.outstanding():
            self.connection.send(channel, message)
        self._reopened()

    def _count(self, channel: Channel, size_bytes: int) -> None:
        if self._ledger.arrived(channel, size_bytes):
            self._ledger.note_acknowledged()
            self.send(Acknowledged(self._ledger.received))

    def _look_for_fence(self, channel: Channel, data: bytes) -> None:
        """Drop what was done before or during a silence; open when the technician says that it is over."""
        if channel not in self._closed:
            return
        try:
            fence = decode_fence(data)
        except PeerError:
            return  # done too early
        if fence.number == self._fence:
            self._closed.discard(channel)
