"""The customer's chat and clipboard under real permissions: nothing without a live grant, everything shown."""

import asyncio
import time
from collections.abc import Callable

import pytest

from customer_client.session.chat import CustomerChat
from customer_client.session.clipboard import CustomerClipboard
from customer_client.session.questions import Questions, Request
from customer_client.session.state import Answer, Bar, Question
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.channels import CHAT, CLIPBOARD, Channel
from protocol.chat import Mark
from protocol.messages.base import Message, encode
from protocol.messages.chat import ChatAttached, ChatDelivered, ChatSent
from protocol.messages.clipboard import ClipboardPushed, text_digest
from protocol.messages.consent import Capability
from protocol.transport.tasks import create_task
from tests.support.permission_desk import Desk

SEE, TO_CUSTOMER, TO_TECHNICIAN = (
    Capability.SEE,
    Capability.CLIPBOARD_TO_CUSTOMER,
    Capability.CLIPBOARD_TO_TECHNICIAN,
)


class Customer:
    """Permissions in memory, the two features, and what left on their channels."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.sent: list[tuple[Channel, Message]] = []
        self.view = View(lambda state: None, relay="relay")
        self.view.update(bar=Bar("Tess", "Acme", "DS-1", 0.0, frozenset({SEE})))
        self.gave_time = 0
        self.chat = CustomerChat(self.view, "Tess", wrote=self._wrote)
        self.chat.attach(self._send, self.desk.record, self.desk.permissions)
        self.clipboard = CustomerClipboard(self._send, self.desk.record, self.desk.permissions, self.view)

    async def opened(self) -> "Customer":
        await self.desk.permissions.open((SEE, Capability.CHAT), Answer(frozenset({SEE, Capability.CHAT})))
        await self.desk.settle()
        return self

    async def grant(self, capability: Capability) -> None:
        self.desk.request(capability)
        await self.desk.answer(capability)

    async def technician_pushes(self, text: str) -> None:
        lane = self.desk.record.lanes["T"]
        lane.append((EventType.CLIPBOARD_SENT, {"bytes": len(text), "sha256": text_digest(text)}, -1))
        await self.clipboard.arrived(encode(ClipboardPushed(text, len(lane) - 1)))

    def left(self, channel: Channel, kind: type) -> list[Message]:
        return [message for used, message in self.sent if used == channel and isinstance(message, kind)]

    @property
    def bar(self) -> Bar:
        assert self.view.state.bar is not None
        return self.view.state.bar

    def _wrote(self) -> None:
        self.gave_time += 1

    def _send(self, message: Message, channel: Channel) -> None:
        self.sent.append((channel, message))


async def test_a_text_of_the_technician_is_answered_counted_and_said_in_the_bar() -> None:
    customer = await Customer().opened()
    await customer.chat.arrived(encode(ChatSent(1, "hello", 5)))
    assert customer.left(CHAT, ChatDelivered) == [ChatDelivered(1)]
    assert (customer.bar.unread, customer.bar.notice) == (1, "Tess wrote: hello")
    customer.chat.show(True)
    customer.chat.read()
    assert (customer.bar.unread, customer.bar.notice) == (0, "")


async def test_the_customers_text_is_in_the_record_before_it_leaves() -> None:
    customer = await Customer().opened()
    customer.chat.write("caf\u00e9")
    await customer.desk.settle()
    (body,) = customer.desk.record.told(EventType.CHAT_SENT)
    assert body == {"id": 1, "bytes": 5, "sha256": text_digest("caf\u00e9")}
    assert [sent.text for sent in customer.left(CHAT, ChatSent)] == ["caf\u00e9"]  # type: ignore[attr-defined]
    assert customer.gave_time == 1


async def test_chat_goes_on_while_sharing_is_paused_and_while_control_is_off() -> None:
    customer = await Customer().opened()
    customer.desk.permissions.pause(True)
    await customer.chat.arrived(encode(ChatSent(1, "still here", 5)))
    customer.chat.write("me too")
    await customer.desk.settle()
    assert len(customer.left(CHAT, ChatSent)) == len(customer.left(CHAT, ChatDelivered)) == 1


async def test_a_chat_that_is_switched_off_takes_and_sends_nothing_until_it_is_allowed_again() -> None:
    customer = await Customer().opened()
    await customer.desk.permissions.revoke(Capability.CHAT, "taken_back")
    await customer.chat.arrived(encode(ChatSent(1, "anybody?", 5)))
    customer.chat.write("no")
    await customer.desk.settle()
    assert customer.sent == []
    shown = customer.view.state.chat
    assert shown is not None
    assert (shown.lines, shown.can_write) == ((), False)
    await customer.grant(Capability.CHAT)
    await customer.chat.arrived(encode(ChatSent(1, "anybody?", 5)))
    assert customer.left(CHAT, ChatDelivered) == [ChatDelivered(1)]


async def test_the_customer_is_told_that_the_conversation_went_to_the_ticket() -> None:
    customer = await Customer().opened()
    await customer.chat.arrived(encode(ChatAttached(3, "0" * 64)))
    assert customer.view.state.chat is not None
    assert "attached to your ticket" in customer.view.state.chat.said


async def test_before_the_session_texts_go_through_the_mailbox_and_open_the_window() -> None:
    customer = Customer()
    mailbox: list[Message] = []
    customer.chat.open_early(mailbox.append)
    customer.chat.arrived_early(ChatSent(1, "who asks", 5))
    customer.chat.arrived_early(ChatDelivered(7))  # impossible: passed over
    customer.chat.write("me")
    await customer.desk.settle()
    assert mailbox[0] == ChatDelivered(1)
    assert isinstance(mailbox[1], ChatSent)
    shown = customer.view.state.chat
    assert shown is not None
    assert shown.shown
    assert customer.desk.record.told(EventType.CHAT_SENT) == []
    await customer.opened()
    assert customer.desk.record.told(EventType.CHAT_SENT)[0]["before_the_session"] is True
    assert shown.lines[-1].mark in (Mark.WAITING, Mark.SENT)


async def test_after_the_end_the_chat_is_gone_for_good() -> None:
    customer = await Customer().opened()
    customer.chat.close()
    customer.chat.write("late")
    await customer.desk.settle()
    assert customer.view.state.chat is None
    assert customer.left(CHAT, ChatSent) == []


async def test_text_of_the_technician_lands_on_the_clipboard_only_with_a_grant() -> None:
    customer = await Customer().opened()
    await customer.technician_pushes("refused")
    assert customer.view.state.pasted is None
    await customer.grant(TO_CUSTOMER)
    await customer.technician_pushes("ipconfig /all\nexit")
    pasted = customer.view.state.pasted
    assert pasted is not None
    assert (pasted.number, pasted.text) == (1, "ipconfig /all\nexit")
    assert customer.desk.record.told(EventType.CLIPBOARD_RECEIVED) == [
        {"bytes": 18, "sha256": text_digest("ipconfig /all\nexit")}
    ]
    assert "ipconfig /all exit" in customer.bar.clipboard
    assert "18 characters in 2 lines" in customer.bar.clipboard


async def test_the_notice_shows_how_a_long_text_begins_and_no_more() -> None:
    customer = await Customer().opened()
    await customer.grant(TO_CUSTOMER)
    await customer.technician_pushes("b" * 80 + "c" * 920)
    assert "b" * 80 in customer.bar.clipboard
    assert "bc" not in customer.bar.clipboard
    assert "1000 characters" in customer.bar.clipboard


Ending = Callable[[Customer], None]


@pytest.mark.parametrize(
    "end",
    [
        lambda customer: customer.desk.permissions.cut(TO_CUSTOMER),
        lambda customer: customer.desk.permissions.cut(SEE),
        lambda customer: customer.desk.permissions.pause(True),
        lambda customer: customer.desk.permissions.end_all(),
    ],
)
async def test_whatever_ends_or_rests_the_grant_stops_the_next_push(end: Ending) -> None:
    customer = await Customer().opened()
    await customer.grant(TO_CUSTOMER)
    end(customer)
    await customer.technician_pushes("too late")
    assert customer.view.state.pasted is None
    assert customer.desk.record.told(EventType.CLIPBOARD_RECEIVED) == []


async def test_the_customers_own_push_needs_its_own_grant() -> None:
    customer = await Customer().opened()
    await customer.grant(TO_CUSTOMER)
    customer.clipboard.push("mine")
    await customer.desk.settle()
    assert customer.left(CLIPBOARD, ClipboardPushed) == []
    assert "Nothing was sent" in customer.bar.clipboard
    await customer.grant(TO_TECHNICIAN)
    customer.clipboard.push("mine\n")
    await customer.desk.settle()
    (pushed,) = customer.left(CLIPBOARD, ClipboardPushed)
    assert pushed == ClipboardPushed("mine", 4)
    assert customer.desk.record.told(EventType.CLIPBOARD_SENT) == [{"bytes": 4, "sha256": text_digest("mine")}]
    assert "Sent to your technician" in customer.bar.clipboard


async def test_a_text_that_was_read_in_a_pause_leaves_when_sharing_goes_on() -> None:
    customer = await Customer().opened()
    await customer.grant(TO_TECHNICIAN)
    customer.desk.permissions.pause(True)
    customer.clipboard.push("mine")
    await customer.desk.settle()
    assert customer.left(CLIPBOARD, ClipboardPushed) == []
    customer.desk.permissions.pause(False)
    await customer.desk.settle()
    assert len(customer.left(CLIPBOARD, ClipboardPushed)) == 1


async def test_a_question_waits_longer_for_a_customer_who_writes() -> None:
    shown: list[Question | None] = []
    questions = Questions(shown.append)
    soon = time.monotonic() + 0.05
    asking = create_task(questions.ask(Request((SEE,), "Acme", "Tess", "DS-1", "Printer", "why", soon)), name="ask")
    while not shown:
        await asyncio.sleep(0)
    questions.extend(soon + 60)
    questions.extend(soon + 30)  # never less again
    assert [question.deadline for question in shown if question is not None] == [soon, soon + 60]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(asking), 0.2)
    assert shown[-1] is not None
    questions.answer(shown[-1].id, Answer(frozenset({SEE})))
    said = await asking
    assert said is not None
    assert said.answer.allowed == {SEE}
    questions.extend(soon + 90)  # nothing is asked any more
    assert shown[-1] is None
