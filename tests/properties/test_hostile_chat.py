"""What is written while the customer decides, through a relay that drops, repeats, reorders, flips and reflects.

Nobody reads a text the other did not write, or in another order; and writing never ends in another handshake.
"""

import random
from typing import Any

import pytest

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.chat import ChatSent
from protocol.pairing.commands import ChatReceived, Failed, Introduced, Send
from protocol.pairing.handshake import (
    CONSENT_S,
    LONGEST_CONSENT_S,
    MAX_CHAT_RECORDS,
    WRITING_S,
    Handshake,
    State,
)
from tests.protocol.pairing.paired_machines import UNIX_NOW, Party, established, new_customer, new_technician, run

RUNS = 200


class Undecided(Party):
    """A customer who reads the question and does nothing yet."""

    def _react(self, command: Any, now: float) -> list[Any]:
        return [] if isinstance(command, Introduced) else super()._react(command, now)


def deciding() -> tuple[Party, Party]:
    """Return both sides while the customer decides; M4 came at 1.0."""
    customer, technician = Undecided(new_customer()), Party(new_technician())
    run(customer, technician)
    assert customer.machine.state is State.ASKING
    assert technician.machine.state is State.AWAITING_DECISION
    return customer, technician


def written(machine: Handshake, number: int, now: float = 2.0) -> list[bytes]:
    return [each.body for each in machine.chat(ChatSent(number, f"text {number}", 0), now) if isinstance(each, Send)]


def texts(party: Party) -> list[int]:
    return [found.message.id for found in party.found(ChatReceived) if isinstance(found.message, ChatSent)]


@pytest.mark.parametrize("seed", range(RUNS))
def test_nobody_reads_what_the_other_did_not_write(seed: int) -> None:
    chance = random.Random(seed)
    customer, technician = deciding()
    ways: list[tuple[Party, Party, list[bytes]]] = [(customer, technician, []), (technician, customer, [])]
    counts = [0, 0]
    seen: list[bytes] = []
    for _ in range(chance.randrange(1, 30)):
        number = chance.randrange(2)
        sender, receiver, queue = ways[number]
        if chance.random() < 0.5:
            bodies = written(sender.machine, counts[number] + 1)
            counts[number] += len(bodies)
            queue += bodies
            seen += bodies
        elif queue:
            body = queue.pop(0)
            deed = chance.choice(["carry"] * 8 + ["drop", "repeat", "flip", "reflect", "replay"])
            if deed == "drop":
                continue
            if deed == "flip":
                body = bytes([*body[:-1], body[-1] ^ 1])
            target = sender if deed == "reflect" else receiver
            target.receive(chance.choice(seen) if deed == "replay" else body, 3.0)
            if deed == "repeat":
                target.receive(body, 3.0)
        for (_sender, reader, _queue), count in zip(ways, counts, strict=True):
            assert texts(reader) == list(range(1, len(texts(reader)) + 1))
            assert len(texts(reader)) <= count


def test_a_customer_who_writes_gets_more_time_but_not_for_ever() -> None:
    customer, technician = deciding()
    now = 1.0
    for number in range(1, 9):
        now += CONSENT_S - 1
        for body in written(customer.machine, number, now):
            technician.machine.receive(body, now, UNIX_NOW)
        for machine in (customer.machine, technician.machine):
            assert machine.next_timer() == min(now + WRITING_S, 1.0 + LONGEST_CONSENT_S) or machine.over
    assert customer.machine.over
    assert technician.machine.over


def test_what_the_technician_writes_gives_the_customer_no_more_time() -> None:
    customer, technician = deciding()
    deadlines = customer.machine.next_timer(), technician.machine.next_timer()
    for body in written(technician.machine, 1, 50.0):
        customer.receive(body, 50.0)
    assert texts(customer) == [1]
    assert (customer.machine.next_timer(), technician.machine.next_timer()) == deadlines


def test_a_flood_ends_the_attempt() -> None:
    customer, technician = deciding()
    for number in range(1, MAX_CHAT_RECORDS + 1):
        for body in written(technician.machine, number):
            customer.receive(body, 2.0)
    assert not customer.machine.over
    assert written(technician.machine, MAX_CHAT_RECORDS + 1) == []
    more = technician.machine._seal(ChatSent(1, "more", 0)).body
    customer.receive(more, 2.0)
    assert customer.failure == "too_many_messages"


def test_nothing_is_written_before_the_two_know_each_other_or_after_the_decision() -> None:
    assert written(new_customer(), 1, 0.0) == []
    assert written(new_technician(), 1, 0.0) == []
    customer, technician = established()
    assert written(customer.machine, 1) == []
    assert written(technician.machine, 1) == []


def test_a_text_that_crosses_the_decision_still_arrives() -> None:
    customer, technician = deciding()
    late = written(technician.machine, 1)
    assert isinstance(customer.machine.state, State)
    decision = customer.take(customer.machine.decide(True, (), 0, "offer", 2.0), 2.0)
    for body in late:
        customer.receive(body, 2.0)
    for body in decision:
        for answer in technician.receive(body, 2.0):
            customer.receive(answer, 2.0)
    assert texts(customer) == [1]
    assert customer.machine.state is State.ESTABLISHED
    assert not customer.found(Failed)


def test_chat_in_the_clear_ends_the_attempt() -> None:
    customer, _ = deciding()
    customer.receive(encode(ChatSent(1, "in the clear", 0)), 2.0)
    assert customer.machine.over
    assert texts(customer) == []


def test_the_sealed_decoder_takes_no_other_message_of_the_session() -> None:
    customer, technician = deciding()
    with pytest.raises(PeerError):
        customer.machine._unseal(b"\0" * 64)
    assert technician.machine.state is State.AWAITING_DECISION
