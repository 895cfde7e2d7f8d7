"""A live session's control channel, the same on both sides: binding, heartbeat, record exchange and the seal.

Runs on the network thread. Nothing of the session happens before the binding has verified (docs/protocol.md, sections
3 and 4); messages are handled one after the other, in the order they came.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from protocol.audit.events import EventType
from protocol.channels import CONTROL, DIAGNOSTICS, Channel
from protocol.errors import DesksideError, PeerError
from protocol.messages.base import Message
from protocol.messages.diagnostics import decode_diagnostics
from protocol.messages.session import ControlMessage, Heartbeat, RecordedEvent, SealRequested
from protocol.pairing.keys import BulkKeys, Role, SessionKeys, bulk_keys
from protocol.transport.bearer import Bearer
from protocol.transport.connectivity import Connectivity
from protocol.transport.event_inbox import diagnostics_inbox
from protocol.transport.guards import host_addresses
from protocol.transport.heartbeat_pace import HeartbeatPace
from protocol.transport.line import Line
from protocol.transport.link_handler import Ending, LinkHandler, Reason
from protocol.transport.outage import UNSTABLE_AFTER_S, OutageWatch, Signs, Standing
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.reconnector import Reconnector, Replacement, Resumption
from protocol.transport.record_keeper import RecordKeeper, unless_over
from protocol.transport.tasks import create_task

RECOVERY_CHECK_S = 0.25
"""While nothing is heard: how often to see whether something is again."""

LOST_AFTER_S = 8.0
"""Of silence, for a session that cannot be resumed."""

SEAL_TIMEOUT_S = 2.0
SEAL_AT_LAST_S = 6.0
_MAX_WAITING_MESSAGES = 512
_LATENESS_S = 0.01
"""A look at a moment of silence comes just after it, not just before."""

__all__ = ["Ending", "LinkHandler", "Reason", "SessionLink"]

_log = logging.getLogger(__name__)


class SessionLink:
    """Create it before the connection's messages may arrive; then `bind`, then `run`.

    `connectivity` says, for every connection that is made, what it may use.
    """

    def __init__(
        self,
        *,
        role: Role,
        handler: LinkHandler,
        track_arrived: Callable[..., None] | None = None,
        connectivity: Callable[[], Connectivity] = Connectivity,
    ) -> None:
        self._role = role
        self.connectivity = connectivity
        self.bulk_keys: BulkKeys  # those of the session's connections for files; after `bind`
        self._handler = handler
        self._inbox: asyncio.Queue[tuple[Channel, ControlMessage | bytes]] = asyncio.Queue(_MAX_WAITING_MESSAGES)
        self._bound = False
        self._finished: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._peer_sealed = asyncio.Event()
        self._peer_gone = False
        self._peer_left = False
        self._unstable = False
        self._heard: tuple[int, float] | None = None
        self.heartbeats = HeartbeatPace(role)
        self._ending = False
        self._keeper: RecordKeeper | None = None
        self._watch = OutageWatch()
        self._resumption: Resumption | None = None
        self._reconnector: Reconnector | None = None
        self._replacement: Replacement | None = None
        self._resumes = 0
        self._broken = False
        self._addresses: list[str] = []
        self._line = Line(
            role,
            arrived=self._arrived,
            reopened=self._reopened,
            failed=self._failed,
            track_arrived=track_arrived,
            connectivity=connectivity,
        )

    @property
    def connection(self) -> PeerConnection:
        """The peer connection the session is on now; another one after `LinkHandler.connection_replaced`."""
        return self._line.connection

    async def bind(self, keys: SessionKeys, sdp_offer: str, sdp_answer: str, keeper: RecordKeeper) -> None:
        """Wait for the connection and exchange D0.

        Raises:
            PeerError: the connection is not the one that was agreed on (`binding_failed`).
            EnvironmentFault: no connection in time.
        """
        await self._line.bind(keys, sdp_offer, sdp_answer)
        self.bulk_keys = bulk_keys(keys)
        self._keeper = keeper
        self._diagnostics = diagnostics_inbox(keeper.record, self._handler.diagnostics_arrived)
        keeper.send = self._send_event
        self._bound = True
        self._addresses = host_addresses(True, True)
        self._line.begin()

    def make_resumable(self, resumption: Resumption) -> None:
        """From now on a broken line is replaced by a new one; the mailbox's bodies must come to `mailbox_body`."""
        self._resumption = resumption
        self._reconnector = Reconnector(
            self._role,
            resumption,
            new_bearer=self._line.new_bearer,
            adopt=self._adopt,
            farewell=self._peer_said_farewell,
        )

    def mailbox_body(self, body: bytes) -> bool:
        """Take a body of the mailbox; return whether it was the link's business."""
        return self._reconnector is not None and self._reconnector.received(body)

    def relay_changed(self, connected: bool) -> None:
        """This program's own connection to the relay came or went."""
        if self._reconnector is not None:
            self._reconnector.relay_changed(connected)

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
            if self._reconnector is not None:
                self._reconnector.close()
            await self._line.bearer.close()

    def send(self, message: Message, channel: Channel = CONTROL) -> bool:
        """Send `message`; return whether it left, or will leave once the other side is heard again (`Line.send`)."""
        return self._line.send(message, channel)

    async def end(self, reason: Reason, error: DesksideError | None = None, *, alone: bool = False) -> Ending:
        """End the session: record it, seal with the other side when it answers within 2 s, else (or `alone`) alone."""
        if not self._ending:
            self._ending = True
            await self._end(reason, error, alone=alone or reason is Reason.CONNECTION_LOST)
        return await asyncio.shield(self._finished)

    def _send_event(self, recorded: RecordedEvent) -> None:
        self.send(recorded)

    def peer_left_relay(self, *, for_good: bool = False) -> None:
        """The relay says the other program's connection to it is gone; `for_good`: that it has said good-bye."""
        self._peer_gone = True
        self._peer_left = for_good
        self._watch.peer_presence(False, time.monotonic())

    def peer_is_at_relay(self) -> None:
        """The relay says the other program is connected to it."""
        self._peer_gone = self._peer_left = False
        self._watch.peer_presence(True, time.monotonic())
        if self._reconnector is not None:
            self._reconnector.prod()

    async def _end(self, reason: Reason, error: DesksideError | None, *, alone: bool) -> None:
        await self._handler.about_to_end()
        both = False
        if self._bound and self._keeper is not None:
            reachable = not self.connection.closed.is_set() and not alone
            await self._keeper.write(EventType.SESSION_END, {"reason": reason.value})
            if reachable and self.send(SealRequested(reason.value)):
                both = await self._wait_for_peer_seal()
            await self._seal(self._keeper, reason.value, alone=not both)
            if both:
                await self._wait_until_peer_closed()
            elif self._reconnector is not None:
                self._reconnector.say_farewell(reason.value)
        self._finish(Ending(reason, both, error))

    async def _seal(self, keeper: RecordKeeper, reason: str, *, alone: bool) -> None:
        if keeper.record.is_sealed(self._role.value):
            return
        if alone:
            await keeper.write(EventType.PEER_LOST, {"reason": reason})
        await keeper.write(EventType.SESSION_SEAL, keeper.record.seal_body(reason))

    async def _wait_for_peer_seal(self) -> bool:
        """Return whether the seal came: within 2 s, or, while anything is heard over a line that loses much, 6 s."""
        deadline = time.monotonic() + SEAL_AT_LAST_S
        while not self._peer_sealed.is_set():
            try:
                await asyncio.wait_for(self._peer_sealed.wait(), SEAL_TIMEOUT_S)
            except TimeoutError:
                unheard = self.connection.closed.is_set() or self.connection.silent_for_s >= SEAL_TIMEOUT_S
                if unheard or time.monotonic() >= deadline - SEAL_TIMEOUT_S / 2:
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

    def _arrived(self, channel: Channel, message: ControlMessage | bytes) -> None:
        if not isinstance(message, bytes) or channel.survives:
            try:
                self._inbox.put_nowait((channel, message))
            except asyncio.QueueFull as error:
                raise PeerError("too many messages at once", code="too_many_messages") from error
        else:
            self._handler.fast_arrived(channel, message)

    def _failed(self, error: Exception) -> None:
        known = error if isinstance(error, DesksideError) else PeerError(str(error))
        create_task(self.end(Reason.PROTOCOL_BROKEN, known), name="end after a broken message")

    async def _consume(self) -> None:
        while True:
            channel, message = await self._inbox.get()
            try:
                await self._handle(channel, message)
            except DesksideError as error:
                _log.warning("session ends: %s (%s)", error, error.code)
                reason = Reason.PROTOCOL_BROKEN if isinstance(error, PeerError) else Reason.LOCAL_FAULT
                create_task(self.end(reason, error), name="end after an error")
                if isinstance(error, PeerError):
                    return

    async def _handle(self, channel: Channel, message: ControlMessage | bytes) -> None:
        match message:
            case bytes() if channel == DIAGNOSTICS:
                await self._diagnostics.take(decode_diagnostics(message))
            case bytes():
                await self._handler.feature_arrived(channel, message)
            case Heartbeat():
                self._heartbeat_arrived(message)
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
        await self._diagnostics.recorded()

    def _heartbeat_arrived(self, heartbeat: Heartbeat) -> None:
        now = time.monotonic()
        self._heard = (heartbeat.sent_ms, now)
        if heartbeat.echo_ms is not None:
            self._handler.round_trip_measured(max(0.0, now * 1000 - heartbeat.echo_ms - heartbeat.held_ms))
        if self.heartbeats.answers(now):
            self._send_heartbeat(now)

    def _send_heartbeat(self, now: float) -> None:
        self.heartbeats.beaten(now)
        echo_ms, came = self._heard or (None, now)
        self.send(Heartbeat(int(now * 1000), echo_ms, int((now - came) * 1000)))

    async def _beat(self) -> None:
        while not self._finished.done():
            now = time.monotonic()
            if now >= self.heartbeats.due_at(self.connection.media_at):
                self._send_heartbeat(now)
            silent = self.connection.silent_for_s
            if self._reconnector is None:
                self._look_without_resume(silent)
            else:
                await self._look(self._reconnector, silent, now)
            await asyncio.sleep(min(self.heartbeats.due_at(self.connection.media_at) - now, _next_look_s(silent)))

    def _look_without_resume(self, silent: float) -> None:
        self._note_stability(silent >= UNSTABLE_AFTER_S)
        gone = self.connection.closed.is_set() or silent >= LOST_AFTER_S
        if gone or (self._peer_gone and silent >= UNSTABLE_AFTER_S):
            self._end_lost()

    async def _look(self, reconnector: Reconnector, silent: float, now: float) -> None:
        usable = self._line.is_open and not self.connection.closed.is_set()
        moved = silent >= UNSTABLE_AFTER_S / 2 and host_addresses(True, True) != self._addresses
        standing = self._watch.look(Signs(silent, usable, moved), now)
        self._note_stability(standing is not Standing.STEADY)
        if standing is Standing.STEADY:
            reconnector.stop_wanting()
            await self._note_broken(False)
        elif standing is Standing.LOST or self._peer_left:
            self._end_lost()
        elif standing is Standing.BROKEN and not self._ending:
            reconnector.want()
            await self._note_broken(True)
        outage = self._watch.outage(now)
        if outage is not None:
            self._handler.outage_goes_on(outage)

    def _end_lost(self) -> None:
        if not self._ending:
            create_task(self.end(Reason.CONNECTION_LOST), name="end after silence")

    def _note_stability(self, unstable: bool) -> None:
        if unstable == self._unstable:
            return
        self._unstable = unstable
        self._line.silence_changed(unstable)
        self._handler.stability_changed(unstable)
        if self._resumption is not None:
            self._resumption.hurry(unstable)
            if not unstable:
                self._handler.outage_goes_on(None)

    async def _note_broken(self, broken: bool) -> None:
        """Record an outage that was more than a hiccup: when it is noticed, or at its end when it was too short."""
        replaced = self._replacement is not None and self._replacement.number > self._resumes
        if not self._broken and (broken or replaced):
            self._broken = True
            await unless_over(self._write(EventType.LINK_LOST, {"n": self._resumes}))
        if self._broken and not broken:
            self._broken = False
            if self._replacement is not None:
                self._resumes = self._replacement.number
            path = self.connection.path
            await unless_over(self._write(EventType.LINK_RESUMED, {"n": self._resumes, "path": path}))

    async def _write(self, type: EventType, body: dict[str, object]) -> None:
        assert self._keeper is not None
        await self._keeper.write(type, body)

    # --- another connection

    def _adopt(self, bearer: Bearer, replacement: Replacement) -> None:
        self._note_stability(True)
        self._replacement = replacement
        self._line.adopt(bearer)

    def _reopened(self) -> None:
        """Both sides have verified the new connection: the session goes on there."""
        assert self._resumption is not None
        assert self._replacement is not None
        self._resumption.keys.proven(self._replacement.number)
        self._addresses = host_addresses(True, True)
        self._handler.connection_replaced(self._replacement)

    def _peer_said_farewell(self, reason: str) -> None:
        """A line that works will carry the end, to be sealed by both; one that does not, is not waited for."""
        known = {item.value for item in Reason}
        if self._unstable and not self._ending:
            ending = Reason(reason) if reason in known else Reason.CONNECTION_LOST
            create_task(self.end(ending, alone=True), name="end after a farewell")


def _next_look_s(silent_s: float) -> float:
    """Return when to look again whether anything is heard, after `silent_s` of silence: in time, and seldom."""
    noticed_s = min(UNSTABLE_AFTER_S, LOST_AFTER_S)
    return RECOVERY_CHECK_S if silent_s >= noticed_s else noticed_s - silent_s + _LATENESS_S
