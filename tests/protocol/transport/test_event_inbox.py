"""A message waits for the signed events it speaks of, and everything behind it waits with it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.transport.event_inbox import MAX_WAITING, EventInbox


def inbox_of(here: set[int], handled: list[tuple[int, ...]]) -> EventInbox[tuple[int, ...]]:
    async def handle(message: tuple[int, ...]) -> None:
        assert here.issuperset(message)
        handled.append(message)

    holds: Callable[..., bool] = lambda *seqs: here.issuperset(seqs)  # noqa: E731
    return EventInbox(events_of=lambda message: message, holds=holds, handle=handle)


@given(st.lists(st.lists(st.integers(0, 6), max_size=2).map(tuple), max_size=8), st.permutations(range(7)))
async def test_all_come_in_the_order_they_were_sent_and_none_before_its_events(messages, events) -> None:
    here: set[int] = set()
    handled: list[tuple[int, ...]] = []
    inbox = inbox_of(here, handled)
    for message in messages:
        await inbox.take(message)
    for event in events:
        here.add(event)
        await inbox.recorded()
        assert handled == messages[: len(handled)]
    assert handled == messages


async def test_a_peer_cannot_let_more_and_more_of_them_wait() -> None:
    inbox = inbox_of(set(), [])
    for _ in range(MAX_WAITING):
        await inbox.take((1,))
    with pytest.raises(PeerError) as raised:
        await inbox.take((1,))
    assert raised.value.code == "too_many_messages"
