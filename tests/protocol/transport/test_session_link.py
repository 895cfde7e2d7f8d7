"""A live session between two real ends: bound, recorded on both sides, sealed by both, and honest when it breaks."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.events import EventType
from protocol.channels import CONTROL, DIAGNOSTICS, INPUT
from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.consent import SharingPaused
from protocol.messages.diagnostics import DiagnosticsDeclined, DiagnosticsReport, DiagnosticsRequested
from protocol.messages.input import AllReleased
from protocol.messages.session import ChannelBinding, Heartbeat, RecordedEvent
from protocol.transport import session_link
from protocol.transport.journal import JournalEvent, read_journal
from protocol.transport.record_keeper import SessionOver
from protocol.transport.session_link import Reason
from tests.support.two_parties import session_keys, two_parties


async def finished(party):
    async with asyncio.timeout(20):
        return await party.running


def types_of(events):
    return [held.event.type for held in events]


@pytest.mark.parametrize(
    ("first", "reason"),
    [(0, Reason.STOPPED_BY_CUSTOMER), (1, Reason.ENDED_BY_TECHNICIAN)],
    ids=["the customer stops", "the technician ends"],
)
async def test_whoever_ends_it_both_sign_the_same_record(tmp_path: Path, first: int, reason: Reason) -> None:
    async with two_parties(tmp_path) as parties:
        await parties[first].link.end(reason)
        endings = [await finished(party) for party in parties]
        assert [ending.sealed_by_both for ending in endings] == [True, True]
        assert {ending.reason for ending in endings} == {reason}
        assert [party.ended_calls for party in parties] == [1, 1]
        for party in parties:
            assert party.keeper.record.is_sealed("C")
            assert party.keeper.record.is_sealed("T")


async def test_when_both_end_at_once_both_still_sign(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        await asyncio.gather(
            customer.link.end(Reason.STOPPED_BY_CUSTOMER), technician.link.end(Reason.ENDED_BY_TECHNICIAN)
        )
        endings = [await finished(customer), await finished(technician)]
        assert [ending.sealed_by_both for ending in endings] == [True, True]


async def test_an_event_is_on_the_other_sides_disk_when_it_is_handled(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        seq = await technician.keeper.write(EventType.CONSENT_ASK, {"capability": "control"})
        async with asyncio.timeout(10):
            event = await customer.events.get()
        assert (event.type, event.seq) == (EventType.CONSENT_ASK, seq)
        lines = read_journal(next((tmp_path / "C").iterdir()))
        assert [line.lane for line in lines if isinstance(line, JournalEvent)] == ["C", "T", "T"]


async def test_a_vanished_peer_leaves_a_one_sided_record_that_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(session_link, "LOST_AFTER_S", 2.0)
    async with two_parties(tmp_path) as (customer, technician):
        customer.running.cancel()
        await asyncio.wait({customer.running})
        ending = await finished(technician)
        assert (ending.reason, ending.sealed_by_both) == (Reason.CONNECTION_LOST, False)
        assert types_of(technician.keeper.record.own_events)[-3:] == [
            EventType.SESSION_END,
            EventType.PEER_LOST,
            EventType.SESSION_SEAL,
        ]


async def test_a_silent_line_is_told_before_it_is_given_up(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(session_link, "UNSTABLE_AFTER_S", 0.0)
    async with two_parties(tmp_path) as (customer, _):
        async with asyncio.timeout(10):
            while not customer.stability:
                await asyncio.sleep(0.05)
        assert customer.stability == [True]


async def test_heartbeats_tell_both_sides_the_round_trip_time_and_need_no_answer(tmp_path) -> None:
    async with two_parties(tmp_path) as parties:
        for party in parties:
            measured: asyncio.Queue[float] = asyncio.Queue()
            party.round_trip_measured = measured.put_nowait
            async with asyncio.timeout(20):
                assert 0.0 <= await measured.get() < 20_000.0


@given(st.floats(0.0, 100.0))
def test_silence_is_looked_at_just_after_it_counts_and_again_soon(silent_s: float) -> None:
    look_s = session_link._next_look_s(silent_s)
    if silent_s < session_link.UNSTABLE_AFTER_S:
        assert session_link.UNSTABLE_AFTER_S < silent_s + look_s < session_link.UNSTABLE_AFTER_S + 0.1
    else:
        assert look_s == session_link.RECOVERY_CHECK_S


async def test_a_binding_under_other_keys_opens_nothing(tmp_path: Path) -> None:
    with pytest.raises(PeerError) as raised:
        async with two_parties(tmp_path, customer_keys=session_keys()):
            pytest.fail("bound with different keys")
    assert raised.value.code == "binding_failed"


@pytest.mark.parametrize(("channel", "message"), [(CONTROL, Heartbeat(1)), (INPUT, AllReleased())])
async def test_anything_before_the_binding_ends_the_session(tmp_path: Path, channel, message) -> None:
    async with two_parties(tmp_path, bind=False) as (customer, technician):
        await asyncio.gather(customer.link.connection.wait_connected(), technician.link.connection.wait_connected())
        assert customer.link.connection.send(channel, message)
        with pytest.raises(PeerError) as raised:
            async with asyncio.timeout(10):
                await technician.link._line.bearer._peer_tag
        assert raised.value.code == "binding_failed"


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 100, encode(ChannelBinding(bytes(32)))])
async def test_a_broken_or_second_binding_message_ends_the_session_one_sided(tmp_path: Path, data: bytes) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        customer.link.connection._channels[CONTROL.id].send(data)
        ending = await finished(technician)
        assert ending.reason is Reason.PROTOCOL_BROKEN
        assert isinstance(ending.error, PeerError)


async def test_a_forged_event_ends_the_session(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        last = customer.keeper.record.own_events[-1].recorded
        forged = type(last)(
            event=last.event.replace(b'"v":1', b'"v":2'), signature=last.signature, salt=last.salt, body=last.body
        )
        customer.link.send(forged)
        ending = await finished(technician)
        assert ending.reason is Reason.PROTOCOL_BROKEN
        assert technician.keeper.record.count("C") == 1


async def test_after_the_end_only_the_seal_is_recorded(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, _):
        await customer.link.end(Reason.STOPPED_BY_CUSTOMER)
        with pytest.raises(SessionOver):
            await customer.keeper.write(EventType.SHARING_PAUSE, {})
        assert customer.keeper.record.is_sealed("C")


async def test_messages_arrive_in_order(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, technician):
        customer.link.send(SharingPaused())
        async with asyncio.timeout(10):
            assert await technician.control.get() == SharingPaused()


@pytest.mark.parametrize("sender", [0, 1], ids=["a report", "a request"])
async def test_what_overtakes_its_event_on_another_channel_waits_for_it(tmp_path: Path, sender: int) -> None:
    async with two_parties(tmp_path) as parties:
        here, there = parties[sender], parties[1 - sender]
        late: list[RecordedEvent] = []
        here.keeper.send = late.append
        kind, body = (
            (EventType.DIAG_SENT, {"facts": 0, "withheld": 0, "sha256": "0" * 64})
            if sender == 0
            else (EventType.CONSENT_ASK, {"capability": "diagnostics"})
        )
        seq = await here.keeper.write(kind, body)
        message = DiagnosticsReport(1, (), seq) if sender == 0 else DiagnosticsRequested(seq)
        here.link.send(message, DIAGNOSTICS)
        here.link.send(DiagnosticsDeclined("declined"), DIAGNOSTICS)
        async with asyncio.timeout(10):
            while len(there.link._diagnostics._waiting) < 2:
                await asyncio.sleep(0.01)
            assert there.diagnostics.empty()
            here.link.send(late[0])
            assert await there.diagnostics.get() == message
            assert await there.diagnostics.get() == DiagnosticsDeclined("declined")
        assert there.keeper.record.count(here.role.value) == seq + 1


async def test_the_relay_is_offered_exactly_what_it_does_not_hold(tmp_path: Path) -> None:
    async with two_parties(tmp_path) as (customer, _):
        keeper = customer.keeper
        keeper.deliver()
        assert [stored.lane for stored in customer.offered] == ["C", "T"]
        customer.offered.clear()
        keeper.relay_stored("C", 1)
        keeper.deliver()
        assert [stored.lane for stored in customer.offered] == ["T"]
        keeper.relay_stored("T", 1)
        assert keeper.everything_stored
