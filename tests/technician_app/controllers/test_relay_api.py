"""How the relay client meets trouble: canned answers over a real socket. The real relay: test_relay_api_live.py."""

import asyncio
import contextlib

import pytest

from protocol.errors import EnvironmentFault, PeerError
from protocol.transport.tasks import create_task
from technician_app.controllers import relay_api
from technician_app.controllers.relay_api import RelayApi, parse_relay_url


@contextlib.asynccontextmanager
async def answering(status: str, body: bytes, content_type: str = "application/json", headers: str = ""):
    """A server that gives every request the same answer; yields a RelayApi for it and the requests it saw."""
    seen: list[bytes] = []

    async def serve(reader, writer):
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{headers}"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    api = RelayApi(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        yield api, seen
    finally:
        await api.close()
        server.close()
        await server.wait_closed()


PROBLEM = b'{"type":"about:blank","title":"Forbidden","status":403,"detail":"You may not.","code":"permission_denied"}'


async def test_a_refusal_carries_the_relays_code_and_sentence():
    async with answering("403 Forbidden", PROBLEM, "application/problem+json") as (api, _seen):
        with pytest.raises(PeerError) as caught:
            await api.me()
    assert caught.value.code == "permission_denied"
    assert caught.value.user_text == "You may not."


async def test_a_relay_in_trouble_is_an_environment_fault():
    async with answering("503 Service Unavailable", b"<html>proxy</html>", "text/html") as (api, _seen):
        with pytest.raises(EnvironmentFault) as caught:
            await api.health()
    assert caught.value.code == "relay_unavailable"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id":1}', b'{"x":"y"}', b"\xff\xfe", b"[" * 5000])
async def test_an_answer_that_is_not_the_relays_is_the_peers_fault(body):
    async with answering("200 OK", body) as (api, _seen):
        with pytest.raises(PeerError) as caught:
            await api.me()
    assert caught.value.code == "relay_answer_malformed"


async def test_a_refusal_without_a_problem_document_is_not_a_relay():
    async with answering("404 Not Found", b"not here", "text/plain") as (api, _seen):
        with pytest.raises(PeerError) as caught:
            await api.me()
    assert caught.value.code == "relay_answer_malformed"


async def test_a_redirect_is_not_followed():
    async with answering("302 Found", b"", headers="Location: http://127.0.0.1:1/\r\n") as (api, _seen):
        with pytest.raises(PeerError) as caught:
            await api.me()
    assert caught.value.code == "relay_answer_malformed"


async def test_an_endless_answer_is_not_kept(monkeypatch):
    monkeypatch.setattr(relay_api, "MAX_RECORD_BYTES", 1000)
    async with answering("200 OK", b"x" * 5000) as (api, _seen):
        with pytest.raises(PeerError) as caught:
            await api._send("GET", "/", max_bytes=1000)
    assert caught.value.code == "relay_answer_malformed"


async def test_nobody_listening_is_an_unreachable_relay():
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    api = RelayApi(f"http://127.0.0.1:{port}")
    with pytest.raises(EnvironmentFault) as caught:
        await api.health()
    await api.close()
    assert caught.value.code == "relay_unreachable"


async def test_a_ticket_number_cannot_change_the_path():
    async with answering("403 Forbidden", PROBLEM) as (api, seen):
        with pytest.raises(PeerError):
            await api.ticket("../../me?x=#y")
    assert seen[0].startswith(b"GET /api/v1/tickets/..%2F..%2Fme%3Fx%3D%23y HTTP/1.1")


async def test_the_password_is_sent_without_and_the_rest_with_the_token():
    async with answering("403 Forbidden", PROBLEM) as (api, seen):
        with pytest.raises(PeerError):
            await api.sign_in("sam", "secret")
        api.token = "t0ken"
        with pytest.raises(PeerError):
            await api.me()
    assert b"authorization" not in seen[0].lower()
    assert b"authorization: bearer t0ken" in seen[1].lower()


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("support.example.org", "https://support.example.org"),
        (" https://support.example.org/ ", "https://support.example.org"),
        ("https://example.org:8443/deskside/", "https://example.org:8443/deskside"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_a_relay_address_may_be_typed_casually(typed, url):
    assert parse_relay_url(typed) == url


@pytest.mark.parametrize(
    "typed", ["", "https://", "ftp://x", "https://u:p@x", "https://x/?q=1", "https://x:99999", "a b"]
)
def test_what_is_no_relay_address_is_said(typed):
    with pytest.raises(EnvironmentFault) as caught:
        parse_relay_url(typed)
    assert caught.value.code == "relay_url_malformed"


def test_a_password_never_travels_unencrypted_to_another_computer():
    with pytest.raises(EnvironmentFault) as caught:
        parse_relay_url("http://support.example.org")
    assert caught.value.code == "relay_url_insecure"


@contextlib.asynccontextmanager
async def holding_back():
    """A server that answers when told to; yields a RelayApi for it and events: asked, may answer, client gone."""
    asked, may_answer, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await may_answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()  # the connection is not the server's to close
        writer.close()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield RelayApi(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), asked, may_answer, gone
    finally:
        server.close()
        await server.wait_closed()


async def test_closing_waits_for_a_request_on_its_way_and_leaves_no_connection_open():
    async with holding_back() as (api, asked, may_answer, gone), asyncio.timeout(10):
        request = create_task(api.health(), name="health")
        await asked.wait()
        closing = create_task(api.close(), name="close")
        may_answer.set()
        await request
        await closing
        await gone.wait()


async def test_closing_ends_a_request_that_is_never_answered(monkeypatch):
    monkeypatch.setattr(relay_api, "CLOSE_PATIENCE_S", 0.01)
    async with holding_back() as (api, asked, may_answer, gone), asyncio.timeout(10):

        async def close():
            await asked.wait()
            await api.close()

        closing = create_task(close(), name="close")
        with pytest.raises(EnvironmentFault) as caught:
            await api.health()
        assert caught.value.code == "relay_unreachable"
        await closing
        may_answer.set()
        await gone.wait()
