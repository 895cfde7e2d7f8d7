"""The connection to the relay when it matters: a dead one is noticed and replaced soon, one that works is kept."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve

from protocol.errors import EnvironmentFault
from protocol.messages.signaling import (
    AttachMailbox,
    FromRelay,
    JoinMailbox,
    MailboxAttached,
    MailboxClaimed,
    ProveRelay,
    Refused,
    RelayProven,
    ToRelay,
    decode_to_relay,
    encode_frame,
)
from protocol.pairing.certificates import root_id
from protocol.relay_proof import RelayNotProven, issue_relay_certificate, prove
from protocol.transport import mailbox_client
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.tasks import cancelled, create_task
from protocol.version import PROTOCOL_VERSION


class Relay:
    """Lets everybody in; the first `deaf` connections are then never read again, as if the line were cut."""

    def __init__(self, deaf: int) -> None:
        self.deaf = deaf
        self.connections = 0

    async def serve(self, socket: ServerConnection) -> None:
        self.connections += 1
        await socket.recv()
        await socket.send(encode_frame(MailboxAttached("5" * 32, False, 0, 0)))
        if self.connections <= self.deaf:
            socket.transport.pause_reading()
        await socket.wait_closed()


@asynccontextmanager
async def attached(relay: Relay) -> AsyncIterator[tuple[MailboxClient, list[bool]]]:
    connected: list[bool] = []
    async with serve(relay.serve, "127.0.0.1", 0, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        client = MailboxClient(
            f"http://127.0.0.1:{port}",
            AttachMailbox(bytes(32), "t" * 30, 1),
            received=lambda message: None,
            connected_changed=connected.append,
        )
        running = create_task(client.run(), name="mailbox under test")
        try:
            await until(lambda: connected == [True])
            yield client, connected
        finally:
            await client.close()
            await cancelled(running, patience_s=1.0)


async def until(holds) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


async def test_a_relay_that_does_not_answer_is_connected_to_again_when_it_matters() -> None:
    relay = Relay(deaf=1)
    async with attached(relay) as (client, connected):
        client.hurry(True)
        await until(lambda: connected == [True, False, True])
        client.hurry(False)
        assert relay.connections == 2


async def test_a_relay_that_answers_keeps_its_connection() -> None:
    relay = Relay(deaf=0)
    async with attached(relay) as (client, connected):
        client.hurry(True)
        await client._see_whether_it_answers_once()
        assert connected == [True]


async def test_a_server_that_speaks_no_tls_is_not_taken_for_the_relay() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    client = MailboxClient(
        f"https://localhost:{server.sockets[0].getsockname()[1]}",
        JoinMailbox("K7QF-2MXP-PBCC", PROTOCOL_VERSION),
        received=lambda message: None,
        connected_changed=lambda connected: None,
    )
    with pytest.raises(EnvironmentFault) as fault:
        await client.run()
    assert fault.value.code == "relay_untrusted"
    await client.close()
    server.close()
    await server.wait_closed()


async def test_a_server_that_cannot_prove_to_be_the_relay_is_not_tried_again(tmp_path: Path) -> None:
    tries = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()
        await writer.wait_closed()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    attempts = 0

    def greeted(*_arguments: object) -> None:
        nonlocal attempts
        attempts += 1

    context.sni_callback = greeted
    server = await asyncio.start_server(count, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = MailboxClient(
        f"https://localhost:{port}",
        JoinMailbox("K7QF-2MXP-PBCC", PROTOCOL_VERSION),
        received=lambda message: None,
        connected_changed=lambda connected: None,
    )
    with pytest.raises(EnvironmentFault) as fault:
        await client.run()
    assert fault.value.code == "relay_untrusted"
    assert attempts == 1
    assert tries == 0
    await client.close()
    server.close()
    await server.wait_closed()


ROOT, KEY = Ed25519PrivateKey.from_private_bytes(b"r" * 32), Ed25519PrivateKey.from_private_bytes(b"k" * 32)
CERTIFICATE = issue_relay_certificate(
    ROOT, serial="1", organisation="Acme IT", key=KEY.public_key().public_bytes_raw(), not_before=0, not_after=2**40
)


class ProvingRelay:
    """Answers `prove` with the next of `answers` (None: truly, then lets in), and notes every frame it was sent."""

    def __init__(self, *answers: FromRelay | bytes | str | None) -> None:
        self.answers = list(answers)
        self.frames: list[list[ToRelay]] = []
        self.origin = ""

    async def serve(self, socket: ServerConnection) -> None:
        frames: list[ToRelay] = []
        self.frames.append(frames)
        answer = self.answers.pop(0)
        question = await self._next(socket, frames)
        if answer is not None:
            await socket.send(answer if isinstance(answer, bytes | str) else encode_frame(answer))
        else:
            assert isinstance(question, ProveRelay)
            await socket.send(encode_frame(prove(KEY, CERTIFICATE, nonce=question.nonce, origin=self.origin)))
            await self._next(socket, frames)
            await socket.send(encode_frame(MailboxClaimed(b"m" * 32, "t" * 30, "5" * 32, False)))
            if self.answers:
                await socket.close()
        await socket.wait_closed()

    @staticmethod
    async def _next(socket: ServerConnection, frames: list[ToRelay]) -> ToRelay:
        frames.append(decode_to_relay(await socket.recv()))
        return frames[-1]


@asynccontextmanager
async def joining(relay: ProvingRelay) -> AsyncIterator[tuple[MailboxClient, asyncio.Task[None], list[bool]]]:
    connected: list[bool] = []
    async with serve(relay.serve, "127.0.0.1", 0, close_timeout=0.1) as server:
        relay.origin = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        client = MailboxClient(
            relay.origin,
            JoinMailbox("K7QF-2MXP-PBCC", PROTOCOL_VERSION),
            received=lambda message: None,
            connected_changed=connected.append,
            organisation=root_id(ROOT.public_key().public_bytes_raw()),
        )
        running = create_task(client.run(), name="mailbox under test", awaited=True)
        try:
            yield client, running, connected
        finally:
            await client.close()
            await cancelled(running, patience_s=1.0)


@pytest.mark.parametrize(
    "answer",
    [
        Refused("frame_malformed", "an older relay does not know the question"),
        Refused("relay_uncertified", "nobody certified it"),
        RelayProven(CERTIFICATE, "http://127.0.0.1", bytes(64)),
        MailboxClaimed(b"m" * 32, "t" * 30, "5" * 32, False),
        b"nonsense",
        "text",
    ],
    ids=lambda answer: type(answer).__name__,
)
async def test_nothing_is_said_to_a_relay_that_does_not_prove_to_be_the_right_one(answer) -> None:
    relay = ProvingRelay(answer)
    async with joining(relay) as (_, running, connected):
        with pytest.raises(RelayNotProven):
            await asyncio.wait_for(asyncio.shield(running), 10)
    assert [[type(frame) for frame in frames] for frames in relay.frames] == [[ProveRelay]]
    assert connected == []


async def test_a_proof_is_asked_for_afresh_whenever_the_program_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_client, "_PAUSE_AFTER_DROP_S", 0.2)
    relay = ProvingRelay(None, None, Refused("frame_malformed", ""))
    async with joining(relay) as (_, running, _):
        with pytest.raises(RelayNotProven):
            await asyncio.wait_for(asyncio.shield(running), 10)
    kinds = [[type(frame) for frame in frames] for frames in relay.frames]
    assert kinds == [[ProveRelay, JoinMailbox], [ProveRelay, AttachMailbox], [ProveRelay]]
    assert len({frames[0].nonce for frames in relay.frames}) == 3


async def test_once_the_parties_have_met_somebody_in_the_relays_place_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailbox_client, "_PAUSE_AFTER_DROP_S", 0.2)
    relay = ProvingRelay(None, Refused("frame_malformed", ""), None)
    async with joining(relay) as (client, running, connected):
        client.parties_met()  # as early as can be: nothing was sent yet
        await until(lambda: connected == [True, False, True])
        assert not running.done()
    assert [len(frames) for frames in relay.frames] == [2, 1, 2]


def self_signed(folder: Path) -> Path:
    """Return a file with a key and a certificate for localhost that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "relay.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
