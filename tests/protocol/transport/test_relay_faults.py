"""Why a relay is not reached, told from the real thing: a proxy, a closed port, no network, a server that is unwell."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault
from protocol.messages.signaling import JoinMailbox
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.relay_faults import has_network, is_lasting, relay_fault
from protocol.version import PROTOCOL_VERSION

ELSEWHERE = "http://relay.invalid"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """Yield the port of a server that says `answer` to everybody who asks for something."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def fault_of(relay: str) -> EnvironmentFault:
    client = MailboxClient(
        relay,
        JoinMailbox("K7QF-2MXP-PBCC", PROTOCOL_VERSION),
        received=lambda message: None,
        connected_changed=lambda connected: None,
    )
    client.hurry(True)
    with pytest.raises(EnvironmentFault) as raised:
        await client.run()
    await client.close()
    return raised.value


@pytest.mark.parametrize(
    ("status", "code"),
    [(b"407 Proxy Authentication Required", "proxy_password"), (b"403 Forbidden", "proxy_refused")],
)
async def test_a_proxy_that_wants_a_password_or_lets_nobody_out_is_told(
    monkeypatch: pytest.MonkeyPatch, status: bytes, code: str
) -> None:
    async with answering(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n") as port:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.setenv("no_proxy", "")
        for relay in (ELSEWHERE, ELSEWHERE.replace("http", "https")):
            assert (await fault_of(relay)).code == code


async def test_a_kind_of_proxy_that_is_not_spoken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    assert (await fault_of(ELSEWHERE.replace("http", "https"))).code == "proxy_refused"


async def test_a_closed_port_and_a_server_that_is_unwell_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
    assert (await fault_of(f"http://127.0.0.1:{closed}")).code == "relay_unreachable"
    async with answering(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n") as port:
        assert (await fault_of(f"http://127.0.0.1:{port}")).code == "relay_answers_wrongly"


async def test_a_name_nobody_knows_is_told_where_there_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    expected = "relay_name_unknown" if has_network() else "no_network"
    assert (await fault_of(ELSEWHERE)).code == expected


def test_a_computer_without_any_network_is_told() -> None:
    program = (
        "from protocol.transport.relay_faults import relay_fault\n"
        "for relay in ('https://relay.example.org', 'http://127.0.0.1:9'):\n"
        "    print(relay_fault(OSError('unreachable'), relay).code)\n"
    )
    alone = ["unshare", "-n" if os.geteuid() == 0 else "-rn", sys.executable, "-c", program]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[3])
    if "unshare" in done.stderr:
        pytest.skip("this system gives nobody a network of their own")
    assert done.stdout.split() == ["no_network", "relay_unreachable"], done.stderr


def test_what_the_http_library_wraps_in_words_is_understood() -> None:
    wanted = OSError("Tunnel connection failed: 407 Proxy Authentication Required")
    assert relay_fault(wanted, ELSEWHERE).code == "proxy_password"
    assert is_lasting(wanted)
    assert relay_fault(OSError("Tunnel connection failed: 502 Bad Gateway"), ELSEWHERE).code == "proxy_refused"
    assert not is_lasting(OSError("connection refused"))
