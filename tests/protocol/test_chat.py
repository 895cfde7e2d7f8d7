"""Two logs over a line that loses and repeats: each text arrives once, in order, and marks only go forward."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.chat import ARRIVING_BURST, BURST_TEXTS, ChatLog, Mark
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.chat import MAX_CHAT_CHARACTERS, ChatAttached, ChatDelivered, ChatMessage, ChatSeen, ChatSent

ORDER = list(Mark)


class Side:
    def __init__(self) -> None:
        self.log = ChatLog()
        self.out: list[ChatMessage] = []
        self.written = 0

    def write(self, now: float) -> None:
        self.written += 1
        self.log.write(f"text {self.written}", at_ms=1, now=now)
        self.send_waiting()

    def send_waiting(self) -> None:
        for sent in self.log.waiting():
            self.out.append(sent)
            self.log.left(sent.id)

    def take(self, message: ChatMessage, now: float) -> None:
        before = self.marks()
        self.log.receive(message, now=now)
        assert all(ORDER.index(after) >= ORDER.index(mark) for mark, after in zip(before, self.marks(), strict=True))
        if isinstance(message, ChatSent):
            self.out.append(self.log.marks()[0])

    def marks(self) -> list[Mark]:
        return [line.mark for line in self.log.lines if line.mine]

    def texts(self, mine: bool) -> list[str]:
        return [line.text for line in self.log.lines if line.mine is mine]


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_each_text_arrives_once_and_in_order_over_a_line_that_breaks(seed: int, steps: int) -> None:
    chance = random.Random(seed)
    sides = [Side(), Side()]
    now = 0.0
    for _ in range(steps):
        now += 1.0
        deed = chance.choice(["write", "carry", "carry", "repeat", "break", "see"])
        number = chance.randrange(2)
        side, other = sides[number], sides[1 - number]
        if deed == "write":
            side.write(now)
        elif deed == "see" and (seen := side.log.see()) is not None:
            side.out.append(seen)
        elif deed == "break":
            break_line(sides)
        elif deed in ("carry", "repeat") and side.out:
            message = side.out.pop(0)
            for _ in range(2 if deed == "repeat" else 1):
                other.take(message, now)
    break_line(sides)
    while any(side.out for side in sides):
        for side, other in (sides, sides[::-1]):
            if side.out:
                other.take(side.out.pop(0), now)
    for side, other in (sides, sides[::-1]):
        assert other.texts(mine=False) == [f"text {number + 1}" for number in range(side.written)]
        assert all(mark in (Mark.DELIVERED, Mark.SEEN) for mark in side.marks())


def break_line(sides: list[Side]) -> None:
    for side in sides:
        side.out.clear()
    for side in sides:
        side.log.line_changed()
        side.out.extend(side.log.marks())
        side.send_waiting()


def test_the_other_side_is_told_once_that_everything_was_seen() -> None:
    log = ChatLog()
    log.receive(ChatSent(1, "hello", 5), now=0.0)
    assert log.unread == 1
    assert log.see() == ChatSeen(1)
    assert (log.see(), log.unread) == (None, 0)


@pytest.mark.parametrize("mark", [ChatDelivered(1), ChatSeen(2**53)])
def test_a_mark_for_a_text_never_written_breaks_the_protocol(mark: ChatMessage) -> None:
    with pytest.raises(PeerError) as caught:
        ChatLog().receive(mark, now=0.0)
    assert caught.value.code == "chat_impossible"


def test_a_transcript_notice_is_no_part_of_a_conversation() -> None:
    with pytest.raises(PeerError):
        ChatLog().receive(ChatAttached(1, "0" * 64), now=0.0)


@pytest.mark.parametrize(
    ("text", "code"), [(" \u200b\n", "chat_empty"), ("n" * (MAX_CHAT_CHARACTERS + 1), "chat_too_long")]
)
def test_what_cannot_be_sent_is_said_to_its_writer(text: str, code: str) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        ChatLog().write(text, at_ms=0, now=0.0)
    assert caught.value.code == code


def test_a_flood_is_stopped_where_it_is_written_and_where_it_arrives() -> None:
    writer, reader = ChatLog(), ChatLog()
    for _ in range(BURST_TEXTS):
        writer.write("x", at_ms=0, now=0.0)
    with pytest.raises(EnvironmentFault):
        writer.write("x", at_ms=0, now=0.0)
    writer.write("x", at_ms=0, now=2.0)
    for number in range(ARRIVING_BURST):
        reader.receive(ChatSent(number + 1, "x", 0), now=0.0)
    with pytest.raises(PeerError):
        reader.receive(ChatSent(ARRIVING_BURST + 1, "x", 0), now=0.0)


@given(st.lists(st.builds(ChatSent, st.integers(1, 20), st.text(min_size=1, max_size=9), st.just(0)), max_size=30))
def test_whatever_order_texts_come_in_no_number_is_taken_twice(messages: list[ChatSent]) -> None:
    log = ChatLog()
    for message in messages:
        with suppress(PeerError):
            log.receive(message, now=0.0)
    numbers = [line.id for line in log.lines]
    assert numbers == sorted(set(numbers))
