"""Who is in which mailbox right now, and what each frame leads to. Pure: time (Unix milliseconds) is passed in.

A room exists while somebody is in it or something is held for somebody. What must survive a restart is in the
database (`relay.signaling.mailbox`), not here.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from protocol.errors import LocalError, PeerError
from protocol.messages.signaling import (
    BodyDelivered,
    EventsStored,
    FromRelay,
    MailboxAttached,
    MailboxClaimed,
    PeerPresence,
    Refused,
)
from relay.clock import MINUTE_MS
from relay.signaling.mailbox import Side

MAX_HELD_BODIES = 32
HELD_FOR_MS = 10 * MINUTE_MS
IDLE_ROOM_ENDS_AFTER_MS = 10 * MINUTE_MS

ConnectionId = int


@dataclass(frozen=True)
class Send:
    """Give `message` to a connection."""

    connection: ConnectionId
    message: FromRelay


@dataclass(frozen=True)
class Close:
    """Give `reason` to a connection, then close it."""

    connection: ConnectionId
    reason: Refused


@dataclass(frozen=True)
class EndMailbox:
    """Nobody came back to this claimed mailbox in time: it is over."""

    mailbox: bytes


Command = Send | Close | EndMailbox


@dataclass(frozen=True)
class _HeldBody:
    body: bytes
    since_ms: int


@dataclass
class _Place:
    """One side of a room: its connection, what waits for it, and whether its party is done for good."""

    connection: ConnectionId | None = None
    held: deque[_HeldBody] = field(default_factory=deque)
    left: bool = False


@dataclass
class _Room:
    places: dict[Side, _Place] = field(default_factory=lambda: {side: _Place() for side in Side})
    claimed: bool = False
    empty_since_ms: int | None = None

    @property
    def connections(self) -> list[ConnectionId]:
        return [place.connection for place in self.places.values() if place.connection is not None]


class Rooms:
    """All rooms of one relay process. A connection is a number the caller gives out once."""

    def __init__(self) -> None:
        self._rooms: dict[bytes, _Room] = {}
        self._seats: dict[ConnectionId, tuple[bytes, Side]] = {}

    @property
    def rooms_held(self) -> int:
        """How many rooms are in memory."""
        return len(self._rooms)

    def enter(
        self,
        mailbox: bytes,
        side: Side,
        connection: ConnectionId,
        welcome: MailboxClaimed | MailboxAttached,
        *,
        peer_left: bool,
        claimed: bool,
        now_ms: int,
    ) -> list[Command]:
        """Seat a connection that proved its right to `side`; an older connection there is replaced.

        `welcome` is sent first, with the peer's presence filled in, then everything held. `peer_left` and `claimed`
        are what the database knows of the mailbox.

        Raises:
            LocalError: the connection is seated already.
        """
        if connection in self._seats:
            raise LocalError(f"connection {connection} is in a mailbox already")
        room = self._rooms.setdefault(mailbox, _Room())
        room.claimed, room.empty_since_ms = room.claimed or claimed, None
        place, peer = room.places[side], room.places[side.other]
        peer.left = peer.left or peer_left
        commands: list[Command] = []
        if place.connection is not None:
            del self._seats[place.connection]
            commands.append(Close(place.connection, _REPLACED))
        elif peer.connection is not None:
            commands.append(Send(peer.connection, PeerPresence(present=True)))
        place.connection = connection
        self._seats[connection] = (mailbox, side)
        present = peer.connection is not None
        commands.append(Send(connection, _completed(welcome, peer_present=present, peer_left=peer.left)))
        _drop_stale(place, now_ms)
        commands.extend(Send(connection, BodyDelivered(body=waiting.body)) for waiting in place.held)
        place.held.clear()
        return commands

    def post(self, connection: ConnectionId, body: bytes, now_ms: int) -> list[Command]:
        """Hand `body` to the other side, or hold it while that side is away.

        A party that left never comes back for it, so nothing is held for one.

        Raises:
            PeerError: 32 bodies are held already (`mailbox_full`), or the connection was replaced (`replaced`).
        """
        room, side = self._seat(connection)
        peer = room.places[side.other]
        if peer.connection is not None:
            return [Send(peer.connection, BodyDelivered(body=body))]
        if peer.left:
            return []
        _drop_stale(peer, now_ms)
        if len(peer.held) >= MAX_HELD_BODIES:
            raise PeerError(
                "too many bodies held",
                code="mailbox_full",
                user_text="The other side has been away too long. Please start again.",
            )
        peer.held.append(_HeldBody(body, now_ms))
        return []

    def leave(self, connection: ConnectionId, now_ms: int) -> list[Command]:
        """The party of this connection is done for good.

        Raises:
            PeerError: the connection was replaced (`replaced`).
        """
        room, side = self._seat(connection)
        room.places[side].left = True
        return self.disconnected(connection, now_ms)

    def disconnected(self, connection: ConnectionId, now_ms: int) -> list[Command]:
        """The connection ended. One that was replaced, or never seated, changes nothing."""
        seat = self._seats.pop(connection, None)
        if seat is None:
            return []
        mailbox, side = seat
        room = self._rooms[mailbox]
        room.places[side].connection = None
        peer = room.places[side.other]
        if peer.connection is not None:
            return [Send(peer.connection, PeerPresence(present=False, left=room.places[side].left))]
        room.empty_since_ms = now_ms
        return []

    def announce(self, mailbox: bytes, stored: EventsStored) -> list[Command]:
        """Tell everybody in the mailbox what is on disk."""
        room = self._rooms.get(mailbox)
        return [] if room is None else [Send(connection, stored) for connection in room.connections]

    def end(self, mailbox: bytes, reason: Refused) -> list[Command]:
        """The mailbox is over: close every connection in it and forget it."""
        room = self._rooms.pop(mailbox, None)
        if room is None:
            return []
        for connection in room.connections:
            del self._seats[connection]
        return [Close(connection, reason) for connection in room.connections]

    def handle_timer(self, now_ms: int) -> list[Command]:
        """Drop what was held too long and forget rooms nobody came back to. Call it every few seconds."""
        commands: list[Command] = []
        for mailbox, room in list(self._rooms.items()):
            for place in room.places.values():
                _drop_stale(place, now_ms)
            if room.empty_since_ms is None or now_ms - room.empty_since_ms < IDLE_ROOM_ENDS_AFTER_MS:
                continue
            del self._rooms[mailbox]
            # An unclaimed mailbox lives as long as its link, however long its technician is away.
            if room.claimed:
                commands.append(EndMailbox(mailbox))
        return commands

    def held_for(self, mailbox: bytes, side: Side) -> int:
        """Return how many bodies wait for that side."""
        room = self._rooms.get(mailbox)
        return 0 if room is None else len(room.places[side].held)

    def reachable(self, mailbox: bytes) -> dict[Side, ConnectionId]:
        """Return who is there of a claimed mailbox; nobody while it is not claimed."""
        room = self._rooms.get(mailbox)
        if room is None or not room.claimed:
            return {}
        return {side: place.connection for side, place in room.places.items() if place.connection is not None}

    def present(self, mailbox: bytes) -> Iterable[Side]:
        """Return the sides that are connected."""
        room = self._rooms.get(mailbox)
        return [] if room is None else [side for side, place in room.places.items() if place.connection is not None]

    def _seat(self, connection: ConnectionId) -> tuple[_Room, Side]:
        seat = self._seats.get(connection)
        if seat is None:
            # Frames of a connection that was replaced may still arrive.
            raise PeerError("this connection has no place any more", code="replaced", user_text=_REPLACED.text)
        mailbox, side = seat
        return self._rooms[mailbox], side


_REPLACED = Refused(code="replaced", text="Deskside was opened again elsewhere and continues there.")


def _completed(
    welcome: MailboxClaimed | MailboxAttached, *, peer_present: bool, peer_left: bool
) -> MailboxClaimed | MailboxAttached:
    if isinstance(welcome, MailboxAttached):
        return msgspec.structs.replace(welcome, peer_present=peer_present, peer_left=peer_left)
    return msgspec.structs.replace(welcome, peer_present=peer_present)


def _drop_stale(place: _Place, now_ms: int) -> None:
    while place.held and place.held[0].since_ms <= now_ms - HELD_FOR_MS:
        place.held.popleft()
