import asyncio
import contextlib
import socket

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import EnvironmentFault
from relay.connectivity.stun import ANSWERS_PER_SUBSCRIBER, MAX_REQUEST_BYTES, StunServer, answer, open_stun_socket

SOURCES = st.sampled_from([("203.0.113.7", 40000), ("2001:db8::7", 1), ("::ffff:203.0.113.7", 65535)])


def question(**attributes: object) -> aioice_stun.Message:
    message = aioice_stun.Message(message_method=aioice_stun.Method.BINDING, message_class=aioice_stun.Class.REQUEST)
    message.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
    return message


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6), st.integers(1, 65535))
def test_whoever_asks_learns_the_address_it_is_seen_from(address: object, port: int) -> None:
    request = question()
    reply = answer(bytes(request), (str(address), port))
    assert reply is not None
    parsed = aioice_stun.parse_message(reply)
    assert parsed.transaction_id == request.transaction_id
    assert parsed.message_class is aioice_stun.Class.RESPONSE
    seen_host, seen_port = parsed.attributes["XOR-MAPPED-ADDRESS"]
    mapped = getattr(address, "ipv4_mapped", None)
    assert (seen_host, seen_port) == (str(mapped or address), port)


@given(st.binary(max_size=700), SOURCES)
def test_junk_is_survived_and_never_amplified(junk: bytes, source: tuple[str, int]) -> None:
    reply = answer(junk, source)
    assert reply is None or len(reply) <= len(junk) + 24


@given(st.data(), SOURCES)
def test_a_bent_question_is_survived_and_never_amplified(data: st.DataObject, source: tuple[str, int]) -> None:
    request = bytearray(bytes(question(USERNAME="somebody", PRIORITY=7, SOFTWARE="x" * 30)))
    for _ in range(data.draw(st.integers(1, 4))):
        request[data.draw(st.integers(0, len(request) - 1))] = data.draw(st.integers(0, 255))
    reply = answer(bytes(request), source)
    assert reply is None or len(reply) <= len(request) + 24


def test_an_answer_is_twelve_bytes_longer_than_the_shortest_question() -> None:
    request = bytes(question())
    reply = answer(request, ("203.0.113.7", 4))
    assert reply is not None
    assert (len(request), len(reply)) == (20, 32)


def test_a_question_that_demands_what_we_do_not_know_is_told_so() -> None:
    demanding = bytearray(bytes(question(PRIORITY=7)))
    demanding[20:22] = b"\x7f\xff"
    reply = answer(bytes(demanding), ("203.0.113.7", 4))
    assert reply is not None
    parsed = aioice_stun.parse_message(reply)
    assert parsed.attributes["ERROR-CODE"][0] == 420
    assert reply.endswith(b"\x7f\xff\x00\x00")


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        bytes(question())[:19],
        bytes(question()) + b"\x00",
        bytes(question()) + bytes(MAX_REQUEST_BYTES),
        b"\x01\x01" + bytes(question())[2:],
        bytes(question())[:4] + b"\x00" * 4 + bytes(question())[8:],
    ],
    ids=["empty", "short", "length", "long", "answer", "cookie"],
)
def test_what_is_no_question_gets_no_answer(datagram: bytes) -> None:
    assert answer(datagram, ("203.0.113.7", 4)) is None


class Line(asyncio.DatagramTransport):
    """Keeps what the server sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[bytes, object]] = []

    def sendto(self, data: object, addr: object = None) -> None:
        self.sent.append((bytes(data), addr))  # type: ignore[call-overload]


def test_one_subscriber_is_answered_only_so_often_and_others_still_are() -> None:
    now_ms = 0
    server, line = StunServer(lambda: now_ms), Line()
    server.connection_made(line)
    for _ in range(3 * ANSWERS_PER_SUBSCRIBER):
        server.datagram_received(bytes(question()), ("203.0.113.7", 5000))
    assert len(line.sent) == server.answered == ANSWERS_PER_SUBSCRIBER
    assert server.ignored == 2 * ANSWERS_PER_SUBSCRIBER
    server.datagram_received(bytes(question()), ("203.0.113.8", 5000))
    assert server.answered == ANSWERS_PER_SUBSCRIBER + 1
    now_ms = 10_001
    server.datagram_received(bytes(question()), ("203.0.113.7", 5000))
    assert server.answered == ANSWERS_PER_SUBSCRIBER + 2


async def test_the_server_answers_on_a_real_socket_and_outlives_junk() -> None:
    loop = asyncio.get_running_loop()
    opened = open_stun_socket("127.0.0.1", 0)
    transport, _ = await loop.create_datagram_endpoint(lambda: StunServer(lambda: 0), sock=opened)
    try:
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asker:
            asker.setblocking(False)
            await loop.sock_connect(asker, transport.get_extra_info("sockname"))
            for junk in (b"", b"\x00", b"\xff" * 600):
                await loop.sock_sendall(asker, junk)
            await loop.sock_sendall(asker, bytes(question()))
            async with asyncio.timeout(10):
                reply = aioice_stun.parse_message(await loop.sock_recv(asker, 2048))
            assert reply.attributes["XOR-MAPPED-ADDRESS"] == asker.getsockname()
    finally:
        transport.close()


def test_a_port_that_is_taken_is_said_in_words() -> None:
    with contextlib.closing(open_stun_socket("127.0.0.1", 0)) as taken, pytest.raises(EnvironmentFault) as caught:
        open_stun_socket("127.0.0.1", taken.getsockname()[1])
    assert "--stun-port" in caught.value.user_text
