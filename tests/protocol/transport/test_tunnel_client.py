"""The programs' end of the tunnel (protocol/transport/tunnel.py) against a real relay."""

import asyncio
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from protocol.messages.signaling import AttachMailbox, Refused, TunnelOpened, decode_from_relay, encode_frame
from protocol.transport.tunnel import ADDRESS, Tunnel
from protocol.tunnel import MAX_PAYLOAD_BYTES, datagram_frame
from tests.support.relay_process import PreparedRelay, running_relay
from tests.support.tunnelled import Claimed, claimed_mailbox


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


class Port(asyncio.DatagramProtocol):
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.lost = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.arrived.put_nowait((data, addr))

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def first_answer(url: str, seat: AttachMailbox) -> object:
    async with connect(url, proxy=None) as socket:
        await socket.send(encode_frame(seat))
        return decode_from_relay(await socket.recv(decode=False))


async def test_datagrams_come_out_at_the_other_side_from_the_port_they_went_in(relay: PreparedRelay) -> None:
    claimed = await claimed_mailbox(relay)
    customer, technician = claimed.tunnels()
    try:
        async with asyncio.timeout(20):
            mine, my_port = await customer.endpoint(Port)
            theirs, their_port = await technician.endpoint(Port)
            address, port = theirs.get_extra_info("sockname")
            assert address == ADDRESS
            for payload in (b"x", bytes(MAX_PAYLOAD_BYTES)):
                mine.sendto(payload, (address, port))
                assert await their_port.arrived.get() == (payload, (ADDRESS, mine.port))
            mine.sendto(bytes(MAX_PAYLOAD_BYTES + 1), (address, port))
            mine.sendto(b"to an address of the network", ("192.0.2.1", port))
            mine.sendto(b"to a port nobody has", (address, (port % 65535) + 1))
            theirs.sendto(b"back", (ADDRESS, mine.port))
            assert await my_port.arrived.get() == (b"back", (ADDRESS, mine.port and theirs.port))
            assert their_port.arrived.empty()
    finally:
        await customer.close()
        await technician.close()
    assert my_port.lost.is_set()


async def test_the_tunnel_comes_back_by_itself_and_keeps_its_ports(relay: PreparedRelay) -> None:
    claimed = await claimed_mailbox(relay)
    customer, technician = claimed.tunnels()
    try:
        async with asyncio.timeout(30):
            mine, _ = await customer.endpoint(Port)
            theirs, their_port = await technician.endpoint(Port)
            another = Tunnel(claimed.tunnel_url, claimed.technician)
            await another.endpoint(Port)
            await another.close()  # it took the place of the technician's connection, and is gone
            while their_port.arrived.empty():
                mine.sendto(b"are you there", (ADDRESS, theirs.port))
                await asyncio.sleep(0.05)
    finally:
        await customer.close()
        await technician.close()


async def test_only_a_token_of_a_claimed_mailbox_opens_a_tunnel(relay: PreparedRelay) -> None:
    claimed, opened = await claimed_mailbox(relay), relay.open_session()
    stranger = AttachMailbox(claimed.customer.mailbox, "x" * 40, 1)
    unclaimed = AttachMailbox(opened.mailbox, opened.token, 1)
    assert isinstance(await first_answer(claimed.tunnel_url, claimed.customer), TunnelOpened)
    for seat in (stranger, unclaimed):
        refused = await first_answer(claimed.tunnel_url, seat)
        assert isinstance(refused, Refused)
        assert refused.code == "token_invalid"


@pytest.mark.parametrize("frame", [b"", b"\x02junk", datagram_frame(1, 2, bytes(MAX_PAYLOAD_BYTES + 1)), "text"])
async def test_a_frame_that_is_none_ends_that_connection_only(relay: PreparedRelay, frame: bytes | str) -> None:
    claimed: Claimed = await claimed_mailbox(relay)
    async with connect(claimed.tunnel_url, proxy=None) as socket:
        await socket.send(encode_frame(claimed.customer))
        assert isinstance(decode_from_relay(await socket.recv(decode=False)), TunnelOpened)
        await socket.send(frame)
        async with asyncio.timeout(10):
            await socket.wait_closed()
    assert isinstance(await first_answer(claimed.tunnel_url, claimed.customer), TunnelOpened)
