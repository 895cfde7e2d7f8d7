import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aioice
import pytest
from aioice import ice, stun
from aioice.turn import make_integrity_key

from protocol.channels import CONTROL, Channel
from protocol.messages.session import Heartbeat
from protocol.messages.signaling import AttachMailbox
from protocol.transport import hooks
from protocol.transport.connectivity import Connectivity, TurnServer
from protocol.transport.ladder import STUN_WAIT_S, LadderConnection
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.tunnel import Tunnel
from relay.connectivity.stun import StunServer, open_stun_socket
from tests.support.relay_process import PreparedRelay, running_relay
from tests.support.tunnelled import claimed_mailbox


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


class End:
    """One peer connection, and what arrived on it."""

    def __init__(self, connectivity: Connectivity) -> None:
        self.arrived: asyncio.Queue[tuple[Channel, bytes]] = asyncio.Queue()
        self.connection = PeerConnection(
            message_arrived=lambda channel, data: self.arrived.put_nowait((channel, data)),
            failed=lambda error: None,
            connectivity=connectivity,
        )


@asynccontextmanager
async def connected(customer: Connectivity, technician: Connectivity) -> AsyncIterator[tuple[End, End]]:
    hooks.install()
    ends = End(customer), End(technician)
    try:
        offer = await ends[0].connection.offer()
        answer = await ends[1].connection.answer(offer)
        await ends[0].connection.accept(answer)
        await asyncio.gather(*(end.connection.wait_connected() for end in ends))
        yield ends
    finally:
        for end in ends:
            await end.connection.close()


async def talk(ends: tuple[End, End]) -> None:
    """Send something each way."""
    for sender, receiver in (ends, reversed(ends)):
        assert sender.connection.send(CONTROL, Heartbeat(1, None, 0))
        async with asyncio.timeout(10):
            await receiver.arrived.get()


async def test_without_any_direct_way_the_tunnel_carries_the_connection(relay: PreparedRelay) -> None:
    tunnels = (await claimed_mailbox(relay)).tunnels()
    try:
        async with connected(*(Connectivity(tunnel=each, relay_only=True) for each in tunnels)) as ends:
            assert [end.connection.path for end in ends] == ["tunnel", "tunnel"]
            await talk(ends)
    finally:
        for tunnel in tunnels:
            await tunnel.close()


async def test_a_direct_way_goes_before_the_tunnel_which_is_given_up(relay: PreparedRelay) -> None:
    tunnels = (await claimed_mailbox(relay)).tunnels()
    async with connected(*(Connectivity(tunnel=each) for each in tunnels)) as ends:
        assert [end.connection.path for end in ends] == ["direct", "direct"]
        await talk(ends)
        for tunnel in tunnels:
            assert tunnel._endpoints == {}
            assert tunnel._running is None
            await tunnel.close()


async def test_a_relay_whose_tunnel_does_not_open_costs_a_few_seconds_at_most() -> None:
    nowhere = Tunnel("ws://127.0.0.1:9/ws/tunnel", AttachMailbox(bytes(32), "x" * 40, 1))
    async with asyncio.timeout(12), connected(Connectivity(tunnel=nowhere), Connectivity()) as ends:
        assert ends[0].connection.path == "direct"
    await nowhere.close()


async def test_the_relay_s_stun_answer_is_offered_and_a_silent_one_is_not_waited_for_long() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: StunServer(lambda: 0), sock=open_stun_socket("127.0.0.1", 0)
    )
    answering, connection = transport.get_extra_info("sockname"), LadderConnection(ice_controlling=True)
    silent = LadderConnection(ice_controlling=True)
    connection.connectivity, silent.connectivity = Connectivity(stun=answering), Connectivity(stun=("127.0.0.1", 9))
    try:
        async with asyncio.timeout(STUN_WAIT_S + 5):
            found = await connection.get_component_candidates(1, ["127.0.0.1"])
            assert [candidate.type for candidate in found] == ["host", "srflx"]
            found = await silent.get_component_candidates(1, ["127.0.0.1"])
            assert [candidate.type for candidate in found] == ["host"]
    finally:
        transport.close()
        await connection.close()
        await silent.close()


class StartingTurn(asyncio.DatagramProtocol):
    """A TURN server that knows nobody at the first request with credentials, as coturn does just after its start."""

    def __init__(self) -> None:
        self.refused = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        knows = "USERNAME" in request.attributes
        answer = stun.Message(request.message_method, stun.Class.ERROR, transaction_id=request.transaction_id)
        if knows and self.refused:
            answer.message_class = stun.Class.RESPONSE
            answer.attributes |= {
                "LIFETIME": 600,
                "XOR-MAPPED-ADDRESS": addr,
                "XOR-RELAYED-ADDRESS": ("192.0.2.1", 50_000),
            }
            answer.add_message_integrity(make_integrity_key("me", "here", "secret"))
        else:
            self.refused += knows
            answer.attributes |= {"ERROR-CODE": (401, "Unauthorized"), "NONCE": b"nonce", "REALM": "here"}
        self._transport.sendto(bytes(answer), addr)


async def test_a_turn_server_that_has_just_started_is_asked_again() -> None:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        StartingTurn, local_addr=("127.0.0.1", 0)
    )
    connection = LadderConnection(ice_controlling=True)
    host, port = transport.get_extra_info("sockname")
    connection.connectivity = Connectivity(turn=(TurnServer(host, port, "udp", False, "me", "secret"),))
    try:
        found = await connection.get_component_candidates(1, ["127.0.0.1"])
        assert [(candidate.type, candidate.host) for candidate in found] == [
            ("host", "127.0.0.1"),
            ("relay", "192.0.2.1"),
        ]
        assert server.refused == 1
    finally:
        await connection.close()
        transport.close()


@pytest.mark.parametrize(
    ("mine", "theirs", "kind", "path"),
    [
        ("192.168.1.2", "192.168.1.3", "host", "direct"),
        ("192.168.1.2", "203.0.113.3", "srflx", "stun"),
        ("192.168.1.2", "8.8.8.8", "host", "stun"),
        ("192.168.1.2", "10.0.0.3", "prflx", "stun"),
        ("192.168.1.2", "203.0.113.3", "relay", "turn"),
    ],
)
async def test_the_path_has_a_name(mine: str, theirs: str, kind: str, path: str) -> None:
    connection = LadderConnection(ice_controlling=True)
    assert connection.path == ""
    protocol = ice.StunProtocol(connection)
    protocol.local_candidate = aioice.Candidate("1", 1, "udp", 1, mine, 4000, "host")
    connection._nominated[1] = ice.CandidatePair(protocol, aioice.Candidate("2", 1, "udp", 1, theirs, 4001, kind))
    assert connection.path == path


async def test_the_tunnel_in_an_sdp_is_no_address_anybody_would_send_to(relay: PreparedRelay) -> None:
    tunnels = (await claimed_mailbox(relay)).tunnels()
    hooks.install()
    end = End(Connectivity(tunnel=tunnels[0]))
    try:
        offer = await end.connection.offer()
        lines = {line for line in offer.splitlines() if "100::1" in line and line.startswith("a=candidate")}
        assert len(lines) == 1
        assert " wss " in lines.pop()
    finally:
        await end.connection.close()
        await tunnels[0].close()
