"""The rules of rooms, by example and against a simple model."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol.errors import LocalError, PeerError
from protocol.messages.signaling import (
    BodyDelivered,
    EventsStored,
    MailboxAttached,
    PeerPresence,
    Refused,
)
from relay.signaling.mailbox import Side
from relay.signaling.rooms import (
    HELD_FOR_MS,
    IDLE_ROOM_ENDS_AFTER_MS,
    MAX_HELD_BODIES,
    Close,
    Command,
    EndMailbox,
    Rooms,
    Send,
)

MAILBOX = b"m" * 32
WELCOME = MailboxAttached(session="s", peer_present=False, stored_customer=0, stored_technician=0)
PRESENT = MailboxAttached(session="s", peer_present=True, stored_customer=0, stored_technician=0)
C, T = Side.CUSTOMER, Side.TECHNICIAN


def enter(
    rooms: Rooms, side: Side, connection: int, now_ms: int = 0, *, claimed: bool = True, peer_left: bool = False
) -> list[Command]:
    return rooms.enter(MAILBOX, side, connection, WELCOME, peer_left=peer_left, claimed=claimed, now_ms=now_ms)


def test_the_second_to_come_is_told_of_the_first_and_the_first_of_the_second() -> None:
    rooms = Rooms()
    assert enter(rooms, T, 1) == [Send(1, WELCOME)]
    assert enter(rooms, C, 2) == [Send(1, PeerPresence(present=True)), Send(2, PRESENT)]


def test_a_body_goes_to_the_other_side_only() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    assert rooms.post(1, b"to C", 0) == [Send(2, BodyDelivered(body=b"to C"))]
    assert rooms.post(2, b"to T", 0) == [Send(1, BodyDelivered(body=b"to T"))]


def test_bodies_wait_for_an_absent_side_and_come_after_its_welcome_in_order() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    for number in range(MAX_HELD_BODIES):
        assert rooms.post(1, bytes([number]), 0) == []
    with pytest.raises(PeerError) as caught:
        rooms.post(1, b"one too many", 0)
    assert caught.value.code == "mailbox_full"
    commands = enter(rooms, C, 2, HELD_FOR_MS - 1)
    assert commands[:2] == [Send(1, PeerPresence(present=True)), Send(2, PRESENT)]
    assert commands[2:] == [Send(2, BodyDelivered(body=bytes([number]))) for number in range(MAX_HELD_BODIES)]


def test_bodies_are_not_held_longer_than_ten_minutes() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    rooms.post(1, b"old", 0)
    rooms.post(1, b"newer", 1)
    assert enter(rooms, C, 2, HELD_FOR_MS)[2:] == [Send(2, BodyDelivered(body=b"newer"))]


def test_a_second_connection_of_a_side_replaces_the_first_without_a_word_to_the_other() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    replaced, welcomed = enter(rooms, C, 3)
    assert isinstance(replaced, Close)
    assert (replaced.connection, replaced.reason.code) == (2, "replaced")
    assert welcomed == Send(3, PRESENT)
    assert rooms.disconnected(2, 0) == []
    with pytest.raises(PeerError) as caught:
        rooms.post(2, b"late", 0)
    assert caught.value.code == "replaced"
    assert rooms.post(1, b"body", 0) == [Send(3, BodyDelivered(body=b"body"))]


def test_the_other_side_is_told_at_once_when_a_connection_ends() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    assert rooms.disconnected(2, 0) == [Send(1, PeerPresence(present=False))]


def test_nothing_is_held_for_a_party_that_left() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    assert rooms.leave(2, 0) == [Send(1, PeerPresence(present=False, left=True))]
    for _ in range(MAX_HELD_BODIES + 1):
        assert rooms.post(1, b"body", 0) == []
    assert rooms.held_for(MAILBOX, C) == 0


def test_a_party_known_to_have_left_before_a_restart_holds_nothing_either() -> None:
    rooms = Rooms()
    enter(rooms, T, 1, peer_left=True)
    rooms.post(1, b"body", 0)
    assert rooms.held_for(MAILBOX, C) == 0


def test_everybody_present_hears_what_is_stored() -> None:
    rooms, stored = Rooms(), EventsStored(lane="C", count=3)
    assert rooms.announce(MAILBOX, stored) == []
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    assert set(rooms.announce(MAILBOX, stored)) == {Send(1, stored), Send(2, stored)}


def test_a_claimed_mailbox_nobody_comes_back_to_ends_after_ten_minutes() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    rooms.disconnected(1, 0)
    rooms.disconnected(2, 5)
    assert rooms.handle_timer(5 + IDLE_ROOM_ENDS_AFTER_MS - 1) == []
    assert rooms.handle_timer(5 + IDLE_ROOM_ENDS_AFTER_MS) == [EndMailbox(MAILBOX)]
    assert rooms.rooms_held == 0


def test_a_mailbox_that_waits_for_its_customer_is_only_forgotten() -> None:
    rooms = Rooms()
    enter(rooms, T, 1, claimed=False)
    rooms.disconnected(1, 0)
    assert rooms.handle_timer(IDLE_ROOM_ENDS_AFTER_MS) == []
    assert rooms.rooms_held == 0


def test_ending_a_mailbox_closes_everybody_in_it() -> None:
    rooms, reason = Rooms(), Refused(code="route_not_open", text="over")
    enter(rooms, T, 1)
    enter(rooms, C, 2)
    assert set(rooms.end(MAILBOX, reason)) == {Close(1, reason), Close(2, reason)}
    assert rooms.end(MAILBOX, reason) == []
    assert rooms.disconnected(1, 0) == []


def test_a_connection_is_seated_once() -> None:
    rooms = Rooms()
    enter(rooms, T, 1)
    with pytest.raises(LocalError):
        enter(rooms, C, 1)


class RoomsMachine(RuleBasedStateMachine):
    """Two parties that come, go, write and replace themselves; a list of who should get what is the model."""

    def __init__(self) -> None:
        super().__init__()
        self.rooms = Rooms()
        self.now_ms = 0
        self.connections = 0
        self.seated: dict[Side, int] = {}
        self.sent: dict[Side, list[tuple[int, bytes]]] = {C: [], T: []}
        self.received: dict[Side, list[bytes]] = {C: [], T: []}
        self.expected: dict[Side, list[bytes]] = {C: [], T: []}
        self.bodies = 0

    def carry_out(self, commands: list[Command]) -> None:
        sides = {connection: side for side, connection in self.seated.items()}
        for command in commands:
            if isinstance(command, Send) and isinstance(command.message, BodyDelivered):
                self.received[sides[command.connection]].append(command.message.body)

    @rule(side=st.sampled_from(Side))
    def comes(self, side: Side) -> None:
        self.connections += 1
        before = self.seated.get(side)
        self.seated[side] = self.connections
        commands = enter(self.rooms, side, self.connections, self.now_ms)
        closed = [command.connection for command in commands if isinstance(command, Close)]
        assert closed == ([] if before is None else [before])
        self.carry_out(commands)
        fresh = [body for since_ms, body in self.sent[side] if since_ms > self.now_ms - HELD_FOR_MS]
        self.expected[side] += fresh
        self.sent[side].clear()

    @precondition(lambda self: self.seated)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        side = data.draw(st.sampled_from(sorted(self.seated, key=lambda one: one.value)))
        connection = self.seated.pop(side)
        commands = self.rooms.disconnected(connection, self.now_ms)
        told = [command for command in commands if isinstance(command, Send)]
        assert [command.connection for command in told] == list(self.seated.values())

    @precondition(lambda self: self.seated)
    @rule(data=st.data())
    def posts(self, data: st.DataObject) -> None:
        side = data.draw(st.sampled_from(sorted(self.seated, key=lambda one: one.value)))
        self.bodies += 1
        body = str(self.bodies).encode()
        waiting = self.sent[side.other]
        waiting[:] = [one for one in waiting if one[0] > self.now_ms - HELD_FOR_MS]
        if side.other in self.seated:
            self.carry_out(self.rooms.post(self.seated[side], body, self.now_ms))
            self.expected[side.other].append(body)
        elif len(waiting) < MAX_HELD_BODIES:
            assert self.rooms.post(self.seated[side], body, self.now_ms) == []
            waiting.append((self.now_ms, body))
        else:
            with pytest.raises(PeerError):
                self.rooms.post(self.seated[side], body, self.now_ms)

    @rule(delay_ms=st.sampled_from([1, 1000, HELD_FOR_MS // 2]))
    def time_passes(self, delay_ms: int) -> None:
        self.now_ms += delay_ms
        if self.rooms.handle_timer(self.now_ms):
            assert not self.seated
            for waiting in self.sent.values():
                waiting.clear()

    @invariant()
    def everybody_got_what_was_theirs_once_and_in_order(self) -> None:
        assert self.received == self.expected

    @invariant()
    def never_more_than_the_limit_is_held(self) -> None:
        assert all(self.rooms.held_for(MAILBOX, side) <= MAX_HELD_BODIES for side in Side)

    @invariant()
    def exactly_those_who_came_are_present(self) -> None:
        assert set(self.rooms.present(MAILBOX)) == set(self.seated)


TestRoomsMachine = RoomsMachine.TestCase
