"""The mailbox of a real relay process, spoken to by real WebSocket clients."""

import asyncio
import contextlib
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.exceptions import ConnectionClosed

from protocol.messages.signaling import (
    MAX_FRAME_BYTES,
    AttachMailbox,
    BodyDelivered,
    EventsStored,
    JoinMailbox,
    LeaveMailbox,
    MailboxAttached,
    OpenedAgain,
    PeerPresence,
    PostBody,
    Refused,
    StoreEvents,
)
from protocol.pairing.route import new_route
from relay.signaling.mailbox_socket import REFUSED_JOIN_TAKES_S
from relay.signaling.rooms import MAX_HELD_BODIES
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import PreparedRelay

HERE, GONE = PeerPresence(present=True), PeerPresence(present=False)


@pytest.mark.parametrize("spoken", [False, True])
async def test_two_parties_meet_and_exchange_bodies(shared_relay: PreparedRelay, spoken: bool) -> None:
    opened = shared_relay.open_session(spoken=spoken)
    url = shared_relay.mailbox_url
    async with MailboxClient(url) as technician, MailboxClient(url) as customer:
        attached = await technician.attach_technician(opened)
        assert attached == MailboxAttached(
            session=opened.session, peer_present=False, stored_customer=0, stored_technician=0
        )
        claimed = await customer.join(opened.spoken_route if spoken else opened.route)
        assert (claimed.session, claimed.mailbox, claimed.peer_present) == (opened.session, opened.mailbox, True)
        await technician.expect(HERE)
        await customer.send(PostBody(body=b"from C"))
        await technician.expect(BodyDelivered(body=b"from C"))
        await technician.send(PostBody(body=b"from T"))
        await customer.expect(BodyDelivered(body=b"from T"))


async def test_the_technician_is_told_when_the_link_is_used_again(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session(spoken=True)
    url = shared_relay.mailbox_url
    async with MailboxClient(url) as technician, MailboxClient(url) as customer:
        await technician.attach_technician(opened)
        claimed = await customer.join(opened.route)
        await technician.expect(HERE)
        for route in (opened.spoken_route, opened.route):
            async with MailboxClient(url) as second:
                await second.send(JoinMailbox(route=route, protocol=1))
                assert (await second.refusal()).code == "route_not_open"
        await technician.expect(OpenedAgain())
        async with MailboxClient(url) as returning:
            await returning.attach(claimed.mailbox, claimed.token)
        await technician.expect(GONE)


async def test_bodies_wait_for_the_customer(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url) as technician:
        await technician.attach_technician(opened)
        for number in range(MAX_HELD_BODIES):
            await technician.send(PostBody(body=bytes([number])))
        await technician.send(PostBody(body=b"one too many"))
        assert (await technician.refusal()).code == "mailbox_full"
    async with MailboxClient(shared_relay.mailbox_url) as customer:
        await customer.join(opened.route)
        for number in range(MAX_HELD_BODIES):
            await customer.expect(BodyDelivered(body=bytes([number])))


async def test_every_join_that_fails_gets_the_same_bytes_after_the_same_time(shared_relay: PreparedRelay) -> None:
    claimed = shared_relay.open_session()
    burnt = shared_relay.open_session()
    url = shared_relay.mailbox_url
    async with MailboxClient(url) as customer, MailboxClient(url) as technician:
        await customer.join(claimed.route)
        await technician.attach_technician(burnt)
        await technician.send(LeaveMailbox())
        frames = []
        for route in (claimed.route, burnt.route, new_route(lambda n: b"\x07" * n), "000000", "nonsense", ""):
            async with MailboxClient(url) as stranger:
                await stranger.send(JoinMailbox(route=route, protocol=1))
                started = time.monotonic()
                frames.append(await asyncio.wait_for(stranger.socket.recv(), 30))
                assert time.monotonic() - started >= REFUSED_JOIN_TAKES_S * 0.9
                await stranger.closed()
    assert len(set(frames)) == 1


async def test_a_killed_connection_is_noticed_at_once_by_the_other_side(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url) as technician:
        await technician.attach_technician(opened)
        async with MailboxClient(shared_relay.mailbox_url) as customer:
            await customer.join(opened.route)
            await technician.expect(HERE)
            customer.socket.transport.abort()
            started = time.monotonic()
            await technician.expect(GONE)
            assert time.monotonic() - started < 10


async def test_silence_is_noticed_within_ten_seconds(shared_relay: PreparedRelay) -> None:
    opened, url = shared_relay.open_session(), shared_relay.mailbox_url
    async with MailboxClient(url) as technician, MailboxClient(url) as mute:
        await technician.attach_technician(opened)
        async with MailboxClient(shared_relay.mailbox_url) as customer:
            await customer.join(opened.route)
            await technician.expect(HERE)
            # As if its network were gone: nothing arrives, so no ping is answered, and nothing is closed.
            customer.socket.transport.pause_reading()  # type: ignore[attr-defined]
            started = time.monotonic()
            await technician.expect(GONE)
            assert time.monotonic() - started < 10
            customer.socket.transport.abort()
        # One that connected and never said who it is.
        assert (await mute.refusal()).code == "frame_malformed"


async def test_a_party_comes_back_with_its_token_and_replaces_its_old_connection(shared_relay: PreparedRelay) -> None:
    opened, url = shared_relay.open_session(), shared_relay.mailbox_url
    async with MailboxClient(url) as technician, MailboxClient(url) as first, MailboxClient(url) as second:
        await technician.attach_technician(opened)
        claimed = await first.join(opened.route)
        await technician.expect(HERE)
        assert (await second.attach(claimed.mailbox, claimed.token)).peer_present
        assert (await first.refusal()).code == "replaced"
        await technician.send(PostBody(body=b"still there"))
        await second.expect(BodyDelivered(body=b"still there"))


async def test_after_leaving_a_token_only_stores_events(shared_relay: PreparedRelay) -> None:
    opened, url = shared_relay.open_session(), shared_relay.mailbox_url
    lane = LaneWriter(opened.session, "C", Ed25519PrivateKey.generate())
    async with MailboxClient(url) as technician, MailboxClient(url) as customer, MailboxClient(url) as returned:
        await technician.attach_technician(opened)
        claimed = await customer.join(opened.route)
        await technician.expect(HERE)
        await customer.send(LeaveMailbox())
        await technician.expect(PeerPresence(present=False, left=True))
        await customer.send(StoreEvents(events=(lane.write(),)))
        await customer.expect(EventsStored(lane="C", count=1))
        await technician.expect(EventsStored(lane="C", count=1))
        assert (await returned.attach(claimed.mailbox, claimed.token)).stored_customer == 1
        await returned.send(StoreEvents(events=(lane.write(),)))
        await returned.expect(EventsStored(lane="C", count=2))
        await technician.expect(EventsStored(lane="C", count=2))
        await returned.send(PostBody(body=b"no"))
        assert (await returned.refusal()).code == "token_invalid"


async def test_stored_events_are_announced_to_both(shared_relay: PreparedRelay) -> None:
    opened, url = shared_relay.open_session(), shared_relay.mailbox_url
    customer_lane = LaneWriter(opened.session, "C", Ed25519PrivateKey.generate())
    technician_lane = LaneWriter(opened.session, "T", shared_relay.signing_key)
    async with MailboxClient(url) as technician, MailboxClient(url) as customer:
        await technician.attach_technician(opened)
        await customer.join(opened.route)
        await technician.expect(HERE)
        # Either party may deliver either lane.
        await technician.send(StoreEvents(events=tuple(customer_lane.write_many(2))))
        await customer.send(StoreEvents(events=tuple(technician_lane.write_many(3))))
        for party in (technician, customer):
            stored = {await party.receive(), await party.receive()}
            assert stored == {EventsStored(lane="C", count=2), EventsStored(lane="T", count=3)}


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (AttachMailbox(mailbox=bytes(32), token="x" * 43, protocol=1), "token_invalid"),
        (JoinMailbox(route="K7QF-2MXP-PBCC", protocol=2), "relay_too_old"),
        (AttachMailbox(mailbox=bytes(32), token="x" * 43, protocol=1000), "relay_too_old"),
        (PostBody(body=b"first"), "frame_malformed"),
        (LeaveMailbox(), "frame_malformed"),
    ],
)
async def test_a_first_frame_that_is_not_acceptable_is_refused(
    shared_relay: PreparedRelay, first: PostBody | AttachMailbox | JoinMailbox | LeaveMailbox, code: str
) -> None:
    async with MailboxClient(shared_relay.mailbox_url) as stranger:
        await stranger.send(first)
        assert (await stranger.refusal()).code == code


async def test_the_other_partys_token_opens_nothing(shared_relay: PreparedRelay) -> None:
    one, other = shared_relay.open_session(), shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url) as stranger:
        await stranger.send(AttachMailbox(mailbox=one.mailbox, token=other.token, protocol=1))
        assert (await stranger.refusal()).code == "token_invalid"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("text", "frame_malformed"),
        (b"", "frame_malformed"),
        (b"\xc1", "frame_malformed"),
        (b"\x81\xa4type\xa4nope", "frame_malformed"),
        (b"\x82\xa4type\xa5leave\xa1x\x01", "frame_malformed"),
        (bytes(MAX_FRAME_BYTES), "frame_malformed"),
        (bytes(MAX_FRAME_BYTES + 1), "frame_too_large"),
    ],
)
@pytest.mark.parametrize("attached", [False, True])
async def test_frames_that_break_the_protocol_are_refused(
    shared_relay: PreparedRelay, frame: str | bytes, code: str, attached: bool
) -> None:
    async with MailboxClient(shared_relay.mailbox_url) as party:
        if attached:
            await party.attach_technician(shared_relay.open_session())
        await party.socket.send(frame)
        assert (await party.refusal()).code == code


async def test_an_enormous_frame_closes_the_connection(shared_relay: PreparedRelay) -> None:
    async with MailboxClient(shared_relay.mailbox_url) as party:
        with contextlib.suppress(ConnectionClosed):
            await party.socket.send(bytes(2 * 1024 * 1024))
        await party.closed()
        assert party.socket.close_code == 1009


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_of_another_origin_is_refused(shared_relay: PreparedRelay, origin: str) -> None:
    async with MailboxClient(shared_relay.mailbox_url, origin=origin) as page:
        assert (await page.refusal()).code == "origin_refused"


async def test_a_page_of_the_relay_itself_may_connect(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url, origin=shared_relay.url) as page:
        await page.join(opened.route)


async def test_events_that_do_not_fit_are_refused_and_nothing_is_kept(shared_relay: PreparedRelay) -> None:
    opened, url = shared_relay.open_session(), shared_relay.mailbox_url
    lane = LaneWriter(opened.session, "T", shared_relay.signing_key)
    first, second, third = lane.write_many(3)
    stranger = LaneWriter(opened.session, "T", Ed25519PrivateKey.generate()).write()
    for events, code in (
        ((second,), "event_gap"),
        ((first, third), "event_gap"),
        ((stranger,), "event_invalid"),
    ):
        async with MailboxClient(url) as technician:
            await technician.attach_technician(opened)
            await technician.send(StoreEvents(events=events))
            refusal = await technician.refusal()
            assert isinstance(refusal, Refused)
            assert refusal.code == code
    async with MailboxClient(url) as technician:
        assert (await technician.attach_technician(opened)).stored_technician == 0
