"""Two real peer connections over loopback, with and without hostile strangers and peers."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    DataChunk,
    HeartbeatChunk,
    InitChunk,
    serialize_packet,
    tsn_plus_one,
)

from protocol.channels import CONTROL, INPUT, MAX_MESSAGE_BYTES, Channel
from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.session import Heartbeat, decode_control
from protocol.transport import guards, hooks, peer_connection
from protocol.transport.peer_connection import PeerConnection


@dataclass
class End:
    """One end: its connection, what arrived and what failed."""

    arrived: "asyncio.Queue[tuple[Channel, bytes]]" = field(default_factory=asyncio.Queue)
    failures: list[Exception] = field(default_factory=list)
    connection: PeerConnection = None  # type: ignore[assignment]

    def open(self) -> "End":
        self.connection = PeerConnection(
            message_arrived=lambda channel, data: self.arrived.put_nowait((channel, data)),
            failed=self.failures.append,
        )
        return self


@asynccontextmanager
async def pair() -> AsyncIterator[tuple[End, End]]:
    hooks.install()
    customer, technician = End().open(), End().open()
    try:
        offer = await customer.connection.offer()
        await customer.connection.accept(await technician.connection.answer(offer))
        await asyncio.gather(customer.connection.wait_connected(), technician.connection.wait_connected())
        yield customer, technician
    finally:
        await asyncio.gather(customer.connection.close(), technician.connection.close())


async def says_hello(sender: End, receiver: End) -> bool:
    assert sender.connection.send(CONTROL, Heartbeat(7))
    async with asyncio.timeout(10):
        channel, data = await receiver.arrived.get()
    return channel == CONTROL and decode_control(data) == Heartbeat(7)


def inner(end: End) -> Any:
    return end.connection._connection


def nominated_address(end: End) -> tuple[str, int]:
    return next(iter(end.connection._ice()._nominated.values())).local_addr


def stranger(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.connect(address)
    return made


async def test_both_ends_share_the_exporter_and_talk_on_the_control_channel() -> None:
    async with pair() as (customer, technician):
        assert customer.connection.exporter() == technician.connection.exporter()
        assert len(customer.connection.exporter()) == 32
        assert await says_hello(customer, technician)
        assert customer.connection.silent_for_s < 5
        assert {customer.connection.path, technician.connection.path} == {"direct"}


async def test_two_connections_never_share_an_exporter() -> None:
    async with pair() as (first, _), pair() as (second, _):
        assert first.connection.exporter() != second.connection.exporter()


async def test_w1_empty_datagram_from_a_stranger_leaves_the_session_alive() -> None:
    async with pair() as (customer, technician):
        with stranger(nominated_address(technician)) as intruder:
            for _ in range(20):
                intruder.send(b"")
        assert await says_hello(customer, technician)
        assert await says_hello(technician, customer)


async def test_w2_flood_of_junk_from_a_stranger_is_bounded_and_survived() -> None:
    async with pair() as (customer, technician):
        with stranger(nominated_address(technician)) as intruder:
            for _ in range(3 * guards.MAX_QUEUED_DATAGRAMS):
                intruder.send(b"\x80" + bytes(60))
        assert await says_hello(customer, technician)


async def test_w2_datagrams_beyond_the_bound_are_dropped() -> None:
    connection = guards.GuardedConnection(ice_controlling=True)
    for _ in range(3 * guards.MAX_QUEUED_DATAGRAMS):
        connection.data_received(b"\x80junk", 1)
    assert connection._queue.qsize() == guards.MAX_QUEUED_DATAGRAMS
    await connection.close()


@pytest.mark.parametrize("cut", range(20, 60, 3))
def test_w3_malformed_stun_is_a_value_error(cut: int) -> None:
    from aioice import stun

    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes.update({"PRIORITY": 5, "ICE-CONTROLLING": 7, "USERNAME": "a:b"})
    data = bytearray(bytes(message)[:cut])
    data[2:4] = (max(0, len(data) - 20)).to_bytes(2, "big")
    for position in range(20, len(data)):
        mutated = bytearray(data)
        mutated[position] ^= 0x07
        with suppress(ValueError):
            guards.parse_stun_message(bytes(mutated))


async def test_w3_malformed_stun_from_a_stranger_leaves_the_session_alive() -> None:
    async with pair() as (customer, technician):
        with stranger(nominated_address(technician)) as intruder:
            for length in range(8):
                body = b"\x00\x24" + length.to_bytes(2, "big") + bytes(length)
                header = b"\x00\x01" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
                intruder.send(header + body)
        assert await says_hello(customer, technician)


async def test_w4_a_message_larger_than_allowed_ends_the_connection() -> None:
    async with pair() as (customer, technician):
        sctp = inner(customer).sctp
        sctp._remote_max_message_size = 0
        customer.connection._channels[CONTROL.id].send(bytes(3 * 1024 * 1024))
        async with asyncio.timeout(20):
            await technician.connection.closed.wait()
        assert technician.arrived.empty()
        # Ended while it came in: once whole it would have been refused too, but held in memory until then.
        assert technician.failures == []


async def test_w4_a_message_over_its_channels_limit_is_a_peer_error() -> None:
    async with pair() as (customer, technician):
        customer.connection._channels[INPUT.id].send(bytes(INPUT.max_bytes + 1))
        async with asyncio.timeout(10):
            await technician.connection.closed.wait()
        assert [type(failure) for failure in technician.failures] == [PeerError]


async def test_w5_an_endless_message_is_cut_at_the_bound() -> None:
    async with pair() as (customer, technician):
        sctp = inner(customer).sctp
        for number in range(4 * guards.MAX_STREAM_BYTES // 1024):
            chunk = DataChunk()
            chunk.tsn = sctp._local_tsn
            sctp._local_tsn = tsn_plus_one(sctp._local_tsn)
            chunk.flags = SCTP_DATA_FIRST_FRAG if number == 0 else 0
            chunk.stream_id, chunk.stream_seq, chunk.protocol = CONTROL.id, 0, 53
            chunk.user_data = bytes(1024)
            try:
                await sctp._send_chunk(chunk)
            except ConnectionError:
                break
            if technician.connection.closed.is_set():
                break
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await technician.connection.closed.wait()
        streams = inner(technician).sctp._inbound_streams.values()
        held = sum(len(chunk.user_data) for stream in streams for chunk in stream.reassembly)
        assert held <= guards.MAX_STREAM_BYTES + MAX_MESSAGE_BYTES


async def test_an_unknown_channel_ends_the_connection() -> None:
    async with pair() as (customer, technician):
        sctp = inner(customer).sctp
        chunk = DataChunk()
        chunk.tsn = sctp._local_tsn
        chunk.flags = SCTP_DATA_FIRST_FRAG | 1
        chunk.stream_id, chunk.stream_seq, chunk.protocol = 77, 0, 53
        chunk.user_data = b"hello"
        await sctp._send_chunk(chunk)
        async with asyncio.timeout(10):
            await technician.connection.closed.wait()


def test_an_sctp_parameter_shorter_than_its_header_is_refused_instead_of_looping() -> None:
    with pytest.raises(ValueError, match="shorter"):
        guards.decode_sctp_params(b"\x00\x01\x00\x00")


async def test_a_swapped_fingerprint_never_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_connection, "CONNECT_TIMEOUT_S", 4.0)
    hooks.install()
    customer, technician = End().open(), End().open()
    try:
        offer = await customer.connection.offer()
        forged = re.sub(r"(a=fingerprint:sha-256 )(..)", lambda m: m[1] + ("00" if m[2] != "00" else "01"), offer)
        await customer.connection.accept(await technician.connection.answer(forged))
        with pytest.raises(PeerError) as raised:
            await technician.connection.wait_connected()
        assert raised.value.code == "media_untrusted"
    finally:
        await asyncio.gather(customer.connection.close(), technician.connection.close())


@pytest.mark.parametrize("sdp", ["", "v=0", "x" * 20_000, "a=candidate\r\n" * 30, "v=0\r\nm=video\r\n"])
async def test_a_bad_sdp_is_a_peer_error(sdp: str) -> None:
    hooks.install()
    end = End().open()
    try:
        with pytest.raises(PeerError) as raised:
            await end.connection.answer(sdp)
        assert raised.value.code == "sdp_refused"
    finally:
        await end.connection.close()


@pytest.mark.parametrize("changed", [("a=mid:0", "a=mid:1"), ("a=mid:0", "a=mid:0\x0bm=video 9 UDP/TLS/RTP/SAVPF 99")])
async def test_a_description_with_one_section_name_twice_is_a_peer_error(changed: tuple[str, str]) -> None:
    """Found by the fuzz target `descriptions`: aiortc takes it and then neither answers nor closes."""
    hooks.install()
    customer, technician = End().open(), End().open()
    try:
        offer = await customer.connection.offer()
        with pytest.raises(PeerError) as raised:
            await technician.connection.answer(offer.replace(*changed))
        assert raised.value.code == "sdp_refused"
    finally:
        await asyncio.gather(customer.connection.close(), technician.connection.close())


async def test_a_message_of_a_handler_that_fails_ends_the_connection_with_its_error() -> None:
    async with pair() as (customer, technician):

        def refuse(channel: Channel, data: bytes) -> None:
            raise PeerError("nope", code="not_allowed")

        technician.connection._message_arrived = refuse
        customer.connection._channels[CONTROL.id].send(encode(Heartbeat(1)))
        async with asyncio.timeout(10):
            await technician.connection.closed.wait()
        assert isinstance(technician.failures[0], PeerError)


async def test_w7_what_fails_an_assertion_of_the_library_ends_the_senders_own_session_and_no_other() -> None:
    async with pair() as (customer, technician), pair() as (other, beside):
        sctp = inner(customer).sctp
        init = InitChunk()
        init.initiate_tag, init.advertised_rwnd, init.initial_tsn = 1, 100_000, 1
        init.outbound_streams = init.inbound_streams = 1
        bundle: Any = bytes(init) + bytes(HeartbeatChunk())  # aiortc asserts that an INIT comes alone
        packet = serialize_packet(sctp._local_port, sctp._remote_port, 0, bundle)
        await sctp.transport._send_data(packet)
        async with asyncio.timeout(10):
            await technician.connection.closed.wait()
        assert await says_hello(other, beside)
        assert await says_hello(beside, other)
