"""Carries out what the rooms decide: gives frames to live connections, stores events, ends what is over.

Runs on the relay's event loop; only its own methods touch the rooms.
"""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.relay_api import StoredCounts
from protocol.messages.signaling import (
    EventsStored,
    FromRelay,
    MailboxAttached,
    MailboxClaimed,
    OpenedAgain,
    PostBody,
    Refused,
    StoredEvent,
)
from protocol.pairing.certificates import root_id
from protocol.pairing.route import SPOKEN_DIGITS, parse_route_or_spoken
from relay.accounts.rate_limits import JoinLimits
from relay.accounts.tokens import TOKEN_BYTES, token_hash, token_invalid, token_text
from relay.clock import Clock
from relay.connectivity.offers import ConnectivityDesk
from relay.connectivity.tunnels import Tunnels
from relay.log.receipts import ReceiptDesk
from relay.signaling.mailbox import MailboxRecord, Side, Standing, route_not_open
from relay.signaling.rooms import Close, Command, ConnectionId, EndMailbox, Rooms, Send
from relay.storage.events import EventStore
from relay.storage.organisation import OrganisationStore
from relay.storage.sessions import MailboxStore

_log = logging.getLogger(__name__)

TEND_EVERY_S = 5.0
MAX_WAITING_FRAMES = 256

_NO_RIGHT = "This program has no part in this session, or its part is over."
_OVER = Refused(code="route_not_open", text="This session's invitation is over.")
_TOO_SLOW = Refused(code="mailbox_full", text="This connection could not keep up. Please connect again.")


class Outbox:
    """What waits to be written to one connection. The last thing in it may be a `Refused`, after which it ends."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[FromRelay | None] = asyncio.Queue()
        self._ended = False

    def put(self, message: FromRelay) -> None:
        """Let `message` be written; a connection that does not read is ended instead."""
        if self._ended:
            return
        if self._waiting.qsize() >= MAX_WAITING_FRAMES:
            self.end(_TOO_SLOW)
            return
        self._waiting.put_nowait(message)

    def end(self, reason: Refused | None) -> None:
        """Let `reason` be the last thing written."""
        if self._ended:
            return
        self._ended = True
        if reason is not None:
            self._waiting.put_nowait(reason)
        self._waiting.put_nowait(None)

    async def next(self) -> FromRelay | None:
        """Return what is to be written next; None when the connection is to be closed."""
        return await self._waiting.get()


@dataclass(frozen=True)
class Attendance:
    """A connection that proved its right to one side of a mailbox."""

    connection: ConnectionId
    record: MailboxRecord
    side: Side
    standing: Standing


class Switchboard:
    """Every live mailbox connection of this process."""

    def __init__(
        self,
        mailboxes: MailboxStore,
        events: EventStore,
        *,
        clock: Clock,
        entropy: Callable[[int], bytes],
        limits: JoinLimits,
        desk: ConnectivityDesk,
        tunnels: Tunnels,
        receipts: ReceiptDesk,
        organisation: OrganisationStore,
    ) -> None:
        self._mailboxes = mailboxes
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._limits = limits
        self._desk = desk
        self._tunnels = tunnels
        self._receipts = receipts
        self._organisation = organisation
        receipts.tell = self._tell_session
        self._rooms = Rooms()
        self._outboxes: dict[ConnectionId, Outbox] = {}
        self._numbers = itertools.count(1)

    async def join(self, route_text: str, address: str, outbox: Outbox) -> Attendance:
        """Claim the mailbox of a (spoken) route for a customer and seat the connection.

        Raises:
            PeerError: `route_not_open`, for whatever reason.
        """
        now_ms = self._clock()
        admitted = self._limits.admit(address, now_ms)
        token = token_text(self._entropy(TOKEN_BYTES))
        try:
            route = parse_route_or_spoken(route_text)
        except PeerError as error:
            raise route_not_open() from error
        if not admitted:
            _log.warning("joins limited", extra={"address": address})
            raise route_not_open()
        record = await self._mailboxes.claim(
            route, spoken=len(route) == SPOKEN_DIGITS, customer_token=token_hash(token), now_ms=now_ms
        )
        if record is None:
            await self._tell_of_second_use(route)
            raise route_not_open()
        organisation = await self._organisation.get()
        welcome = MailboxClaimed(
            mailbox=record.mailbox,
            token=token,
            session=record.session,
            peer_present=False,
            organisation=b"" if organisation is None else root_id(organisation.root_key),
        )
        attendance = self._seat(record, Side.CUSTOMER, Standing.FULL, outbox, welcome)
        self._offer_connectivity(record, *Side)
        await self._greet(attendance)
        return attendance

    async def attach(self, mailbox: bytes, token: str, outbox: Outbox) -> Attendance:
        """Seat a party that proves its token; one whose part is over is let in only to store events.

        Raises:
            PeerError: `token_invalid`; `route_not_open` when the link ended before anybody came.
        """
        record = await self._mailboxes.find(mailbox)
        side = record.side_of(token_hash(token)) if record else None
        if record is None or side is None:
            raise token_invalid("no side of a mailbox has this token", user_text=_NO_RIGHT)
        standing = record.standing_of(side, self._clock())
        counts = await self._events.counts(record.session)
        welcome = MailboxAttached(
            session=record.session,
            peer_present=False,
            stored_customer=counts.customer,
            stored_technician=counts.technician,
        )
        attendance = self._seat(record, side, standing, outbox, welcome)
        self._offer_connectivity(record, side)
        await self._greet(attendance)
        return attendance

    async def side_for_tunnel(self, mailbox: bytes, token: str) -> Side:
        """Return the side whose tunnel a token opens, once both sides of the mailbox are claimed.

        Raises:
            PeerError: `token_invalid`.
        """
        record = await self._mailboxes.find(mailbox)
        side = record.side_of(token_hash(token)) if record else None
        if record is None or side is None:
            raise token_invalid("no side of a mailbox has this token", user_text=_NO_RIGHT)
        if not record.claimed or record.standing_of(side, self._clock()) is not Standing.FULL:
            raise token_invalid("no tunnel for this mailbox now", user_text=_NO_RIGHT)
        return side

    def offer_connectivity(self, attendance: Attendance) -> None:
        """Tell the party afresh how it may reach the other; nothing while nobody has claimed the other side.

        Raises:
            PeerError: `token_invalid` when the party's part is over.
        """
        _require_full(attendance)
        self._offer_connectivity(attendance.record, attendance.side)

    def post(self, attendance: Attendance, message: PostBody) -> None:
        """Hand a body to the other side.

        Raises:
            PeerError: `mailbox_full`, or `token_invalid` when the party's part is over.
        """
        _require_full(attendance)
        self._apply(self._rooms.post(attendance.connection, message.body, self._clock()))

    async def leave(self, attendance: Attendance) -> None:
        """The party is done: the other is told, its token is worth nothing any more except to store events.

        Raises:
            PeerError: it had left already (`token_invalid`).
        """
        _require_full(attendance)
        self._apply(self._rooms.leave(attendance.connection, self._clock()))
        self._tunnels.close(attendance.record.mailbox)
        await self._mailboxes.leave(attendance.record.mailbox, attendance.side, self._clock())

    async def store(self, attendance: Attendance, events: Sequence[StoredEvent]) -> None:
        """Keep events; when they are on disk, tell everybody in the mailbox and the one who sent them.

        Raises:
            PeerError: `event_invalid`, `event_gap`, `event_conflict`.
        """
        counts = await self._events.keep(attendance.record.session, events, self._clock())
        stored = self._announce(attendance.record.mailbox, events[0].lane, counts)
        if attendance.side not in self._rooms.present(attendance.record.mailbox) or (
            attendance.standing is Standing.STORE_ONLY
        ):
            self._apply([Send(attendance.connection, stored)])

    async def announce_delivery(self, session_id: str, lane: str, counts: StoredCounts) -> None:
        """Tell the mailbox of a session about events that came over HTTP."""
        record = await self._mailboxes.of_session(session_id)
        if record is not None:
            self._announce(record.mailbox, lane, counts)

    def disconnected(self, connection: ConnectionId) -> None:
        """The connection ended, however."""
        self._outboxes.pop(connection, None)
        self._apply(self._rooms.disconnected(connection, self._clock()))

    async def tend(self) -> None:
        """End what has lived its time, every 5 seconds, until cancelled."""
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            try:
                await self.tend_once()
            except EnvironmentFault as error:
                # A full disk is repaired while we run; the next round does what this one could not.
                _log.error("mailboxes were not tended", extra={"code": error.code, "detail": str(error)})

    async def tend_once(self) -> None:
        """End what has lived its time."""
        now_ms = self._clock()
        for mailbox in await self._mailboxes.close_expired(now_ms):
            self._apply(self._rooms.end(mailbox, _OVER))
            self._tunnels.close(mailbox)
        for command in self._rooms.handle_timer(now_ms):
            if isinstance(command, EndMailbox):
                await self._mailboxes.close(command.mailbox, now_ms)

    def _seat(
        self,
        record: MailboxRecord,
        side: Side,
        standing: Standing,
        outbox: Outbox,
        welcome: MailboxClaimed | MailboxAttached,
    ) -> Attendance:
        attendance = Attendance(next(self._numbers), record, side, standing)
        self._outboxes[attendance.connection] = outbox
        if standing is Standing.STORE_ONLY:
            outbox.put(welcome)
            return attendance
        self._apply(
            self._rooms.enter(
                record.mailbox,
                side,
                attendance.connection,
                welcome,
                peer_left=record.left(side.other),
                claimed=record.claimed,
                now_ms=self._clock(),
            )
        )
        return attendance

    async def _greet(self, attendance: Attendance) -> None:
        """Tell the party about the log, and hand it the receipts there are."""
        try:
            messages = await self._receipts.greeting(attendance.record.session)
        except EnvironmentFault as error:
            # Who is seated by now must not lose its place over this; receipts can be asked for later.
            _log.error("a party was not told of the log", extra={"code": error.code, "detail": str(error)})
            return
        self._apply([Send(attendance.connection, message) for message in messages])

    async def _tell_session(self, session_id: str, make: Callable[[], Awaitable[Sequence[FromRelay]]]) -> None:
        record = await self._mailboxes.of_session(session_id)
        if record is None or not self._rooms.reachable(record.mailbox):
            return
        messages = await make()
        there = self._rooms.reachable(record.mailbox)
        self._apply([Send(connection, message) for connection in there.values() for message in messages])

    async def _tell_of_second_use(self, route: str) -> None:
        """Warn the technician of a session whose link is used again; a spoken route is too easily hit by chance."""
        record = await self._mailboxes.of_route(route)
        if record is None or not record.claimed:
            return
        _log.warning("a link was used again", extra={"session": record.session})
        technician = self._rooms.reachable(record.mailbox).get(Side.TECHNICIAN)
        if technician is not None:
            self._apply([Send(technician, OpenedAgain())])

    def _offer_connectivity(self, record: MailboxRecord, *sides: Side) -> None:
        there = self._rooms.reachable(record.mailbox)
        for side in sides:
            if side in there:
                self._apply([Send(there[side], self._desk.offer(record.session, side, self._clock()))])

    def _announce(self, mailbox: bytes, lane: str, counts: StoredCounts) -> EventsStored:
        count = counts.customer if lane == Side.CUSTOMER.value else counts.technician
        stored = EventsStored(lane=lane, count=count)
        self._apply(self._rooms.announce(mailbox, stored))
        return stored

    def _apply(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if isinstance(command, EndMailbox):
                continue
            outbox = self._outboxes.get(command.connection)
            if outbox is None:
                continue
            if isinstance(command, Close):
                outbox.end(command.reason)
            else:
                outbox.put(command.message)


def _require_full(attendance: Attendance) -> None:
    if attendance.standing is not Standing.FULL:
        raise token_invalid("this party's part is over", user_text=_NO_RIGHT)
