"""Clipboard pushes between two sides: recorded before they act, dropped without a grant, cleaned twice."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.events import EventType
from protocol.channels import CLIPBOARD, Channel
from protocol.clean_text import clean_text
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.base import Message, encode
from protocol.messages.clipboard import MAX_CLIPBOARD_BYTES, ClipboardPushed, decode_clipboard, text_digest
from protocol.messages.consent import Capability
from protocol.pairing.keys import Role
from protocol.transport.clipboard_exchange import MAX_EARLY, ClipboardExchange, needs_preview, pushable

TO_CUSTOMER, TO_TECHNICIAN = Capability.CLIPBOARD_TO_CUSTOMER, Capability.CLIPBOARD_TO_TECHNICIAN
LANES = {Role.CUSTOMER: "C", Role.TECHNICIAN: "T"}


class Side:
    """One side with a record both share, as after perfect delivery; `order` is what happened, in order."""

    def __init__(self, role: Role, record: "Lanes") -> None:
        self.allowed: set[Capability] = set()
        self.sent: list[ClipboardPushed] = []
        self.order: list[object] = []
        self.role = role
        self.record = record
        self.when_written = lambda: None
        self.exchange = ClipboardExchange(
            role,
            keeper=self,
            send=self.send,
            allows=lambda capability: capability in self.allowed,
            put=self.order.append,
        )

    def send(self, message: Message, channel: Channel) -> None:
        assert channel == CLIPBOARD
        self.order.append("sent")
        self.sent.append(decode_clipboard(encode(message)))

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        await asyncio.sleep(0)
        self.order.append(type)
        self.when_written()
        lane = self.record.lanes[LANES[self.role]]
        lane.append((type, dict(body), answers))
        return len(lane) - 1


class Lanes:
    def __init__(self) -> None:
        self.lanes: dict[str, list[tuple[EventType, dict[str, object], int]]] = {"C": [], "T": []}
        self.hidden = False

    def event(self, lane: str, seq: int) -> Any:
        if self.hidden or seq >= len(self.lanes[lane]):
            return None
        type, body, _ = self.lanes[lane][seq]
        return SimpleNamespace(event=SimpleNamespace(type=type), body=body)


def two_sides() -> tuple[Side, Side]:
    lanes = Lanes()
    return Side(Role.CUSTOMER, lanes), Side(Role.TECHNICIAN, lanes)


async def test_a_push_is_recorded_by_its_sender_then_by_its_receiver_then_done() -> None:
    customer, technician = two_sides()
    customer.allowed = technician.allowed = {TO_CUSTOMER}
    assert await technician.exchange.push("two\r\nlines\n\n") == "two\nlines"
    assert technician.order == [EventType.CLIPBOARD_SENT, "sent"]
    await customer.exchange.arrived(technician.sent[0])
    assert customer.order == [EventType.CLIPBOARD_RECEIVED, "two\nlines"]
    said = {"bytes": 9, "sha256": text_digest("two\nlines")}
    assert customer.record.lanes["T"] == [(EventType.CLIPBOARD_SENT, said, -1)]
    assert customer.record.lanes["C"] == [(EventType.CLIPBOARD_RECEIVED, said, 0)]


@pytest.mark.parametrize("granted", [set(), {TO_TECHNICIAN}])
async def test_without_a_grant_of_this_direction_nothing_is_recorded_or_sent(granted: set[Capability]) -> None:
    _, technician = two_sides()
    technician.allowed = granted
    with pytest.raises(EnvironmentFault) as caught:
        await technician.exchange.push("text")
    assert caught.value.code == "clipboard_not_allowed"
    assert technician.order == []


@pytest.mark.parametrize("granted", [set(), {TO_TECHNICIAN}])
async def test_what_arrives_without_a_grant_is_dropped_whatever_it_says(granted: set[Capability]) -> None:
    customer, _ = two_sides()
    customer.allowed = granted
    await customer.exchange.arrived(ClipboardPushed("rm -rf /", 0))
    await customer.exchange.recorded(0)
    assert customer.order == []


async def test_a_grant_that_ends_while_the_record_is_written_stops_the_act_on_either_side() -> None:
    customer, technician = two_sides()
    customer.allowed, technician.allowed = {TO_CUSTOMER}, {TO_CUSTOMER}
    await technician.exchange.push("text")
    customer.when_written = customer.allowed.clear
    await customer.exchange.arrived(technician.sent[0])
    assert customer.order == [EventType.CLIPBOARD_RECEIVED]
    technician.when_written = technician.allowed.clear
    with pytest.raises(EnvironmentFault):
        await technician.exchange.push("more")
    assert len(technician.sent) == 1


async def test_a_push_that_overtakes_its_event_waits_for_it() -> None:
    customer, technician = two_sides()
    customer.allowed = technician.allowed = {TO_CUSTOMER}
    await technician.exchange.push("text")
    customer.record.hidden = True
    await customer.exchange.arrived(technician.sent[0])
    assert customer.order == []
    customer.record.hidden = False
    await customer.exchange.recorded(7)
    await customer.exchange.recorded(0)
    await customer.exchange.recorded(0)
    assert customer.order == [EventType.CLIPBOARD_RECEIVED, "text"]


async def test_pushes_that_no_event_announces_end_the_session() -> None:
    customer, _ = two_sides()
    customer.allowed = {TO_CUSTOMER}
    for seq in range(MAX_EARLY):
        await customer.exchange.arrived(ClipboardPushed("text", seq + 5))
    with pytest.raises(PeerError):
        await customer.exchange.arrived(ClipboardPushed("text", 99))
    assert customer.order == []


async def test_another_text_than_the_recorded_one_ends_the_session() -> None:
    customer, technician = two_sides()
    customer.allowed = technician.allowed = {TO_CUSTOMER}
    await technician.exchange.push("text")
    with pytest.raises(PeerError):
        await customer.exchange.arrived(ClipboardPushed("other text", 0))
    assert customer.order == []


@given(st.text(st.characters() | st.sampled_from("\u202e\u200b\x1b\n\r\ud800"), max_size=40))
async def test_a_hostile_sender_cannot_put_anything_hidden_on_the_clipboard(text: str) -> None:
    customer, technician = two_sides()
    customer.allowed = {TO_CUSTOMER}
    try:
        message = decode_clipboard(encode(ClipboardPushed(text, 0)))
    except (DesksideError, UnicodeEncodeError):
        return
    await technician.write(EventType.CLIPBOARD_SENT, {"bytes": 1, "sha256": text_digest(text)})
    await customer.exchange.arrived(message)
    assert customer.order in (
        [EventType.CLIPBOARD_RECEIVED],
        [EventType.CLIPBOARD_RECEIVED, clean_text(text)],
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "clipboard_empty"), ("\u200b \n", "clipboard_empty"), ("\N{EURO SIGN}" * 20481, "clipboard_too_long")],
)
def test_what_cannot_be_sent_is_said(text: str, code: str) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        pushable(text)
    assert caught.value.code == code


def test_the_longest_text_can_be_sent() -> None:
    assert len(pushable("x" * MAX_CLIPBOARD_BYTES)) == MAX_CLIPBOARD_BYTES


@pytest.mark.parametrize(("text", "wanted"), [("one line", False), ("two\nlines", True), ("x" * 257, True)])
def test_several_lines_and_long_texts_are_shown_first(text: str, wanted: bool) -> None:
    assert needs_preview(text) is wanted
