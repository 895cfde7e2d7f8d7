"""A live session's control channel, the same on both sides: binding, heartbeat, record exchange and the seal.

Runs on the network thread. Nothing of the session happens before the binding has verified (docs/protocol.md, sections
3 and 4); messages are handled one after the other, in the order they came.
"""

import asyncio
import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.audit.events import Event, EventType
from protocol.channels import CONTROL, DIAGNOSTICS, Channel
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.diagnostics import DiagnosticsMessage, decode_diagnostics
from protocol.messages.session import (
    ChannelBinding,
    ControlMessage,
    Heartbeat,
    HeartbeatEcho,
    RecordedEvent,
    SealRequested,
    decode_control,
)
from protocol.pairing.keys import Role, SessionKeys, binding_tag
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.tasks import create_task

HEARTBEAT_S = 1.0
UNSTABLE_AFTER_S = 2.5
LOST_AFTER_S = 8.0
SEAL_TIMEOUT_S = 2.0
BINDING_TIMEOUT_S = 10.0
_MAX_WAITING_MESSAGES = 512

_log = logging.getLogger(__name__)


class Reason(Enum):
    """Why a session ended."""

    ENDED_BY_TECHNICIAN = "ended_by_technician"
    STOPPED_BY_CUSTOMER = "stopped_by_customer"
    CONNECTION_LOST = "connection_lost"
    PROTOCOL_BROKEN = "protocol_broken"
    LOCAL_FAULT = "local_fault"


@dataclass(frozen=True)
class Ending:
    """How a session ended: `reason`, whether both sides signed the seal, and the error that ended it, if one did."""

    reason: Reason
    sealed_by_both: bool
    error: DesksideError | None = None


class LinkHandler(Protocol):
    """What a side does with what arrives. All are called on the network thread, after the binding."""

    async def control_arrived(self, message: ControlMessage) -> None:
        """Handle any control message that is not the link's own business."""

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        """Handle a message of the diagnostics channel."""

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """The other party recorded an event; it is checked and on disk here."""

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of the input, pointer, cursor or picture channel at once."""

    def stability_changed(self, unstable: bool) -> None:
        """Nothing was heard for 2.5 s (true), or something is again (false)."""

    def round_trip_measured(self, rtt_ms: float) -> None:
        """A heartbeat came back."""

    async def about_to_end(self) -> None:
        """The session is ending: stop everything and record what is left to record."""


class SessionLink:
    """Create it before the connection's messages may arrive; then `bind`, then `run`."""

    def __init__(self, *, role: Role, handler: LinkHandler, track_arrived: Callable[..., None] | None = None) -> None:
        self._role = role
        self._handler = handler
        self._inbox: asyncio.Queue[tuple[Channel, bytes]] = asyncio.Queue(_MAX_WAITING_MESSAGES)
        self._peer_bound: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._bound = False
        self._finished: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._peer_sealed = asyncio.Event()
        self._peer_gone = False
        self._unstable = False
        self._ending = False
        self._keeper: RecordKeeper | None = None
        self.connection = PeerConnection(
            message_arrived=self._message_arrived, failed=self._failed, track_arrived=track_arrived
        )

    async def bind(self, keys: SessionKeys, sdp_offer: str, sdp_answer: str, keeper: RecordKeeper) -> None:
        """Wait for the connection and exchange D0.

        Raises:
            PeerError: the connection is not the one that was agreed on (`binding_failed`).
            EnvironmentFault: no connection in time.
        """
        await self.connection.wait_connected()
        exporter = self.connection.exporter()
        other = Role.TECHNICIAN if self._role is Role.CUSTOMER else Role.CUSTOMER
        self.send(ChannelBinding(binding_tag(keys, self._role, exporter, sdp_offer, sdp_answer)))
        try:
            tag = await asyncio.wait_for(self._peer_bound, BINDING_TIMEOUT_S)
        except TimeoutError as error:
            raise EnvironmentFault("no channel binding arrived", code="no_path") from error
        if not hmac.compare_digest(tag, binding_tag(keys, other, exporter, sdp_offer, sdp_answer)):
            raise PeerError(
                "channel binding does not verify",
                code="binding_failed",
                user_text="The connection was tampered with on the way and has been closed. Nothing was shared.",
            )
        self._keeper = keeper
        keeper.send = self._send_event
        self._bound = True

    async def run(self) -> Ending:
        """Serve the session until it ends, close the connection and say how it ended."""
        tasks = [
            create_task(self._consume(), name="session messages"),
            create_task(self._beat(), name="session heartbeat"),
        ]
        try:
            return await asyncio.shield(self._finished)
        finally:
            for task in tasks:
                task.cancel()
            await self.connection.close()

    def send(self, message: Message, channel: Channel = CONTROL) -> bool:
        """Send `message`; return whether the channel was open."""
        return self.connection.send(channel, message)

    async def end(self, reason: Reason, error: DesksideError | None = None) -> Ending:
        """End the session: record it, seal with the other side when it answers within 2 s, else alone."""
        if not self._ending:
            self._ending = True
            await self._end(reason, error)
        return await asyncio.shield(self._finished)

    def _send_event(self, recorded: RecordedEvent) -> None:
        self.send(recorded)

    def peer_left_relay(self) -> None:
        """The relay says the other program's connection to it is gone: with silence here, do not wait 8 s."""
        self._peer_gone = True

    def peer_is_at_relay(self) -> None:
        """The relay says the other program is connected to it."""
        self._peer_gone = False

    async def _end(self, reason: Reason, error: DesksideError | None) -> None:
        await self._handler.about_to_end()
        both = False
        if self._bound and self._keeper is not None:
            reachable = not self.connection.closed.is_set() and reason is not Reason.CONNECTION_LOST
            await self._keeper.write(EventType.SESSION_END, {"reason": reason.value})
            if reachable and self.send(SealRequested(reason.value)):
                both = await self._wait_for_peer_seal()
            await self._seal(self._keeper, reason.value, alone=not both)
            if both:
                await self._wait_until_peer_closed()
        self._finish(Ending(reason, both, error))

    async def _seal(self, keeper: RecordKeeper, reason: str, *, alone: bool) -> None:
        if keeper.record.is_sealed(self._role.value):
            return
        if alone:
            await keeper.write(EventType.PEER_LOST, {"reason": reason})
        await keeper.write(EventType.SESSION_SEAL, keeper.record.seal_body(reason))

    async def _wait_for_peer_seal(self) -> bool:
        try:
            await asyncio.wait_for(self._peer_sealed.wait(), SEAL_TIMEOUT_S)
        except TimeoutError:
            return False
        return True

    async def _wait_until_peer_closed(self) -> None:
        try:
            await asyncio.wait_for(self.connection.closed.wait(), SEAL_TIMEOUT_S)
        except TimeoutError:
            _log.info("the other side did not close; closing here")

    async def _answer_seal_request(self, reason: str) -> None:
        """The other side ends the session (docs/protocol.md, "Seal"); when both asked, T answers and C waits."""
        if self._ending and self._role is Role.CUSTOMER:
            return
        already = self._ending
        self._ending = True
        assert self._keeper is not None
        if not already:
            await self._handler.about_to_end()
            await self._keeper.write(EventType.SESSION_END, {"reason": reason})
        await self._keeper.write(EventType.SESSION_SEAL, self._keeper.record.seal_body(reason))
        if not already:
            create_task(self._finish_answered(reason), name="await the other seal")

    async def _finish_answered(self, reason: str) -> None:
        both = await self._wait_for_peer_seal()
        known = {item.value for item in Reason}
        self._finish(Ending(Reason(reason) if reason in known else Reason.PROTOCOL_BROKEN, both))

    def _finish(self, ending: Ending) -> None:
        if not self._finished.done():
            self._finished.set_result(ending)

    def _message_arrived(self, channel: Channel, data: bytes) -> None:
        if not self._bound and channel != CONTROL:
            raise PeerError(f"{channel.label} before the binding", code="binding_failed")
        if channel in (CONTROL, DIAGNOSTICS):
            try:
                self._take(channel, data)
            except asyncio.QueueFull as error:
                raise PeerError("too many messages at once", code="too_many_messages") from error
        else:
            self._handler.fast_arrived(channel, data)

    def _take(self, channel: Channel, data: bytes) -> None:
        if channel == CONTROL and not self._peer_bound.done():
            message = decode_control(data)
            if not isinstance(message, ChannelBinding):
                raise PeerError("the first message was not the binding", code="binding_failed")
            self._peer_bound.set_result(message.tag_bind)
            return
        self._inbox.put_nowait((channel, data))

    def _failed(self, error: Exception) -> None:
        known = error if isinstance(error, DesksideError) else PeerError(str(error))
        if not self._peer_bound.done():
            self._peer_bound.set_exception(known)
        elif self._bound:
            create_task(self.end(Reason.PROTOCOL_BROKEN, known), name="end after a broken message")

    async def _consume(self) -> None:
        while True:
            channel, data = await self._inbox.get()
            try:
                await self._handle(channel, data)
            except DesksideError as error:
                _log.warning("session ends: %s (%s)", error, error.code)
                reason = Reason.PROTOCOL_BROKEN if isinstance(error, PeerError) else Reason.LOCAL_FAULT
                create_task(self.end(reason, error), name="end after an error")
                if isinstance(error, PeerError):
                    return

    async def _handle(self, channel: Channel, data: bytes) -> None:
        if channel == DIAGNOSTICS:
            await self._handler.diagnostics_arrived(decode_diagnostics(data))
            return
        message = decode_control(data)
        match message:
            case ChannelBinding():
                raise PeerError("a second binding", code="binding_failed")
            case Heartbeat(sent_ms=sent_ms):
                self.send(HeartbeatEcho(sent_ms))
            case HeartbeatEcho(sent_ms=sent_ms):
                self._handler.round_trip_measured(max(0.0, time.monotonic() * 1000 - sent_ms))
            case RecordedEvent():
                await self._receive_event(message)
            case SealRequested(reason=reason):
                await self._answer_seal_request(reason)
            case _:
                await self._handler.control_arrived(message)

    async def _receive_event(self, message: RecordedEvent) -> None:
        assert self._keeper is not None
        event, body = await self._keeper.receive(message)
        if event.type is EventType.SESSION_SEAL:
            self._keeper.record.check_seal(body)
            self._peer_sealed.set()
        await self._handler.recorded(event, body)

    async def _beat(self) -> None:
        while not self._finished.done():
            self.send(Heartbeat(int(time.monotonic() * 1000)))
            await asyncio.sleep(HEARTBEAT_S / 2)
            silent = self.connection.silent_for_s
            self._note_stability(silent >= UNSTABLE_AFTER_S)
            gone = self.connection.closed.is_set() or silent >= LOST_AFTER_S
            if not self._ending and (gone or (self._peer_gone and silent >= UNSTABLE_AFTER_S)):
                create_task(self.end(Reason.CONNECTION_LOST), name="end after silence")
                return
            await asyncio.sleep(HEARTBEAT_S / 2)

    def _note_stability(self, unstable: bool) -> None:
        if unstable != self._unstable:
            self._unstable = unstable
            self._handler.stability_changed(unstable)
