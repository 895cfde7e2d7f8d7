"""A session whose connection breaks goes on over a new one: nothing is lost, nothing comes twice, no input late."""

import asyncio
from pathlib import Path

import pytest

from protocol.audit.events import EventType
from protocol.channels import DIAGNOSTICS, DRAWING, INPUT, POINTER, POINTING
from protocol.messages.base import encode
from protocol.messages.consent import SharingPaused, SharingResumed
from protocol.messages.diagnostics import DiagnosticsRequested
from protocol.messages.drawing import (
    DrawingCleared,
    DrawingStroke,
    Place,
    PointerShown,
    StrokeColour,
    StrokeKind,
    decode_drawing,
)
from protocol.messages.input import AllReleased, KeyChanged, PointerMoved, decode_input
from protocol.messages.resume import InputFence
from protocol.transport import outage, reconnector
from protocol.transport.session_link import Reason
from protocol.transport.tasks import create_task
from tests.support.two_parties import cut, two_parties


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(outage, "UNSTABLE_AFTER_S", 1.5)
    monkeypatch.setattr(outage, "BROKEN_AFTER_S", 2.0)


async def until(holds, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():
            await asyncio.sleep(0.02)


def types_of(party):
    return [held.event.type for held in party.keeper.record.own_events]


async def test_after_a_cut_both_go_on_over_a_new_connection_and_lose_nothing(tmp_path: Path) -> None:
    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        for party in (customer, technician):
            cut(party)
        old = customer.link.connection
        customer.link.send(SharingPaused())
        technician.link.send(DiagnosticsRequested(0), DIAGNOSTICS)
        await customer.keeper.write(EventType.SHARING_PAUSE, {})
        customer.link.send(SharingResumed())
        await until(lambda: customer.replacements and technician.replacements)
        async with asyncio.timeout(10):
            assert await technician.control.get() == SharingPaused()
            assert await technician.control.get() == SharingResumed()
            assert await customer.diagnostics.get() == DiagnosticsRequested(0)
        assert customer.link.connection is not old
        assert [one.number for one in customer.replacements] == [1]
        await until(lambda: types_of(customer)[-1] == types_of(technician)[-1] == EventType.LINK_RESUMED)
        assert technician.control.empty()
        assert customer.diagnostics.empty()
        assert customer.stability[:2] == technician.stability[:2] == [True, False]
        ending = await customer.link.end(Reason.STOPPED_BY_CUSTOMER)
        assert ending.sealed_by_both


async def test_a_connection_that_comes_back_by_itself_is_kept_and_late_input_is_dropped(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        line = customer.link._line
        line.silence_changed(True)
        technician.link.send(KeyChanged("KeyA", True), INPUT)
        technician.link.send(PointerMoved(1, 5, 5), POINTER)
        line.silence_changed(False)
        await until(lambda: not line._closed)
        technician.link.send(KeyChanged("KeyB", True), INPUT)
        async with asyncio.timeout(10):
            channel, data = await customer.inputs.get()
        assert (channel, decode_input(data)) == (INPUT, KeyChanged("KeyB", True))
        assert customer.inputs.empty()


async def test_what_was_drawn_in_an_outage_is_never_shown_and_each_channel_waits_for_its_own_fence(tmp_path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        line = customer.link._line
        line.silence_changed(True)
        technician.link.send(DrawingCleared(), DRAWING)
        technician.link.send(PointerShown(1, 5, 5, True), POINTING)
        line.silence_changed(False)
        await until(lambda: not line._closed)
        assert customer.inputs.empty()
        technician.link._line.silence_changed(True)
        assert not technician.link.send(DrawingCleared(), DRAWING)
        assert not technician.link.send(PointerShown(2, 5, 5, True), POINTING)
        technician.link._line.silence_changed(False)
        technician.link.send(DrawingStroke(7, StrokeKind.ARROW, StrokeColour.RED, (Place(1, 1), Place(2, 2))), DRAWING)
        async with asyncio.timeout(10):
            while (came := await customer.inputs.get())[0] != DRAWING:
                assert decode_input(came[1]) == AllReleased()
        assert isinstance(decode_drawing(came[1]), DrawingStroke)
        line.silence_changed(True)
        line._bearer_arrived(line.bearer, INPUT, encode(InputFence(line._fence)))
        assert line._closed == {DRAWING}


async def test_a_technician_who_hears_nothing_sends_no_input_but_that_all_is_released(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        technician.link._line.silence_changed(True)
        assert not technician.link.send(KeyChanged("KeyA", True), INPUT)
        assert not technician.link.send(PointerMoved(1, 5, 5), POINTER)
        async with asyncio.timeout(10):
            _, data = await customer.inputs.get()
        assert decode_input(data) == AllReleased()


async def test_good_news_from_the_relay_starts_no_second_connection_while_the_first_proves_itself(tmp_path) -> None:
    async def bring_news() -> None:
        while True:
            for party in (customer, technician):
                party.link.peer_is_at_relay()
            await asyncio.sleep(0.002)

    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        news = create_task(bring_news(), name="good news")
        for party in (customer, technician):
            cut(party)
        await until(lambda: types_of(customer)[-1] == types_of(technician)[-1] == EventType.LINK_RESUMED)
        await until(lambda: customer.link._reconnector._trying.done())
        news.cancel()
        assert [one.number for one in (*customer.replacements, *technician.replacements)] == [1, 1]
        assert (await customer.link.end(Reason.STOPPED_BY_CUSTOMER)).sealed_by_both


async def test_a_closed_connection_is_replaced_again_and_again(tmp_path: Path) -> None:
    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        for number in (1, 2, 3):
            await customer.link.connection.close()
            await until(lambda number=number: [one.number for one in technician.replacements][-1:] == [number])
            await until(lambda: not customer.link._unstable and not technician.link._unstable)
        ending = await technician.link.end(Reason.ENDED_BY_TECHNICIAN)
        assert ending.sealed_by_both
        assert customer.hurried[:2] == [True, False]


async def test_who_ends_in_an_outage_still_seals_when_the_other_is_back_in_time(tmp_path: Path) -> None:
    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        for party in (customer, technician):
            cut(party)
        await until(lambda: customer.link._unstable)
        ending = await customer.link.end(Reason.STOPPED_BY_CUSTOMER)
        assert ending.sealed_by_both


async def test_after_a_farewell_over_the_relay_nobody_waits(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(reconnector, "GATHER_S", 0.0)  # so no new connection is ever made
    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        for party in (customer, technician):
            cut(party)
        await until(lambda: customer.stability and technician.stability)
        await customer.link.end(Reason.STOPPED_BY_CUSTOMER)
        async with asyncio.timeout(10):
            ending = await technician.running
        assert (ending.reason, ending.sealed_by_both) == (Reason.STOPPED_BY_CUSTOMER, False)


async def test_a_session_that_cannot_be_resumed_within_the_grace_time_ends_as_lost(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(outage, "GRACE_S", 4.0)
    async with two_parties(tmp_path, resumable=True) as (customer, technician):
        customer.link._reconnector.close()
        customer.running.cancel()
        async with asyncio.timeout(20):
            ending = await technician.running
        assert (ending.reason, ending.sealed_by_both) == (Reason.CONNECTION_LOST, False)
        assert EventType.LINK_LOST in types_of(technician)
