"""The chat moves from the mailbox to the session's line: nothing is lost, all of it is recorded before it leaves."""

import asyncio
import hashlib
from collections.abc import Mapping

import pytest

from protocol.audit.events import EventType
from protocol.chat import Mark
from protocol.errors import EnvironmentFault
from protocol.messages.chat import ChatDelivered, ChatMessage, ChatSeen, ChatSent
from protocol.transport.chat_exchange import ChatExchange
from protocol.transport.tasks import create_task


class Side:
    def __init__(self) -> None:
        self.mailbox: list[ChatMessage] = []
        self.line: list[ChatMessage] = []
        self.order: list[object] = []
        self.bodies: list[dict[str, object]] = []
        self.disk = asyncio.Event()
        self.disk.set()
        self.changes = 0
        self.exchange = ChatExchange(self._changed)

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        await self.disk.wait()
        self.order.append(type)
        self.bodies.append(dict(body))
        return len(self.bodies)

    def send(self, message: ChatMessage) -> None:
        self.order.append(message)
        self.line.append(message)

    def marks(self) -> list[Mark]:
        return [line.mark for line in self.exchange.log.lines if line.mine]

    def _changed(self) -> None:
        self.changes += 1


async def test_texts_of_before_the_session_are_recorded_with_it_and_lost_ones_sent_again() -> None:
    side = Side()
    side.exchange.use_mailbox(side.mailbox.append)
    await side.exchange.write("arrived")
    await side.exchange.write("lost")
    side.exchange.arrived(ChatDelivered(1))
    assert [sent.text for sent in side.mailbox if isinstance(sent, ChatSent)] == ["arrived", "lost"]
    assert side.order == []
    await side.exchange.use_line(side.send, side)
    assert [sent.text for sent in side.line if isinstance(sent, ChatSent)] == ["lost"]
    assert side.bodies == [
        {"id": 1, "bytes": 7, "sha256": hashlib.sha256(b"arrived").hexdigest(), "before_the_session": True},
        {"id": 2, "bytes": 4, "sha256": hashlib.sha256(b"lost").hexdigest(), "before_the_session": True},
    ]
    await side.exchange.write("later")
    assert side.order[-2] is EventType.CHAT_SENT
    assert side.bodies[-1] == {"id": 3, "bytes": 5, "sha256": hashlib.sha256(b"later").hexdigest()}
    assert side.marks() == [Mark.DELIVERED, Mark.SENT, Mark.SENT]


async def test_no_text_leaves_before_it_is_on_disk() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    side.disk.clear()
    writing = create_task(side.exchange.write("text"), name="write")
    for _ in range(5):
        await asyncio.sleep(0)
    assert side.line == []
    side.disk.set()
    await writing
    assert side.order == [EventType.CHAT_SENT, side.line[0]]


async def test_what_is_switched_off_while_the_disk_is_waited_for_does_not_leave() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    side.disk.clear()
    writing = create_task(side.exchange.write("text"), name="write")
    await asyncio.sleep(0)
    side.exchange.stop()
    side.disk.set()
    await writing
    assert side.line == []
    assert not side.exchange.can_write
    await side.exchange.write("ignored")
    assert len(side.exchange.log.lines) == 1


async def test_when_it_is_switched_on_again_what_waited_leaves_once() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    await side.exchange.write("one")
    side.exchange.stop()
    await side.exchange.use_line(side.send, side)
    await side.exchange.write("two")
    assert [sent.id for sent in side.line if isinstance(sent, ChatSent)] == [1, 2]
    assert [body["id"] for body in side.bodies] == [1, 2]


async def test_every_text_is_answered_also_one_that_comes_again() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    for _ in range(2):
        side.exchange.arrived(ChatSent(1, "hello", 0))
    assert side.line == [ChatDelivered(1), ChatDelivered(1)]
    assert len(side.exchange.log.lines) == 1
    side.exchange.see()
    side.exchange.see()
    assert side.line[2:] == [ChatSeen(1)]


async def test_marks_lost_with_the_mailbox_are_told_again_on_the_line() -> None:
    side = Side()
    side.exchange.arrived(ChatSent(1, "hello", 0))
    side.exchange.see()
    await side.exchange.use_line(side.send, side)
    assert side.line == [ChatDelivered(1), ChatSeen(1)]


async def test_texts_written_at_once_are_recorded_and_sent_in_order() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    await asyncio.gather(*(side.exchange.write(f"text {number}") for number in range(8)))
    assert [sent.id for sent in side.line if isinstance(sent, ChatSent)] == list(range(1, 9))
    assert [body["id"] for body in side.bodies] == list(range(1, 9))


async def test_what_cannot_be_sent_is_told_to_its_writer_and_changes_nothing() -> None:
    side = Side()
    await side.exchange.use_line(side.send, side)
    with pytest.raises(EnvironmentFault):
        await side.exchange.write("   ")
    assert side.order == []
