"""One https address behind which another relay, or another TLS certificate, can be put while somebody is connected."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.trust import Trust
from protocol.pairing.certificates import root_id
from protocol.transport.tasks import cancelled, create_task
from relay.accounts.proof_key import PROOF_FILE, certify_proof_key, read_proof_key
from relay.storage.organisation import OrganisationStore
from tests.support.relay_in_process import ServedRelay, served_relay
from tests.support.tls_certificate import certificate_for


class Address:
    """Ends TLS with the newest certificate and passes everything on to the newest backend on this computer."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.backend = 0
        self._context = context
        self._keys: dict[Path, Path] = {}
        self._passing: set[asyncio.Task[None]] = set()

    def present(self, folder: Path) -> Path:
        """Make a certificate that signs itself and answer with it from now on; return its file."""
        folder.mkdir(parents=True)
        certificate, key = certificate_for("127.0.0.1", folder)
        self._context.load_cert_chain(certificate, key)
        self._keys[certificate] = key
        return certificate

    def present_again(self, certificate: Path) -> None:
        """Answer with a certificate of before."""
        self._context.load_cert_chain(certificate, self._keys[certificate])

    async def drop_everybody(self) -> None:
        """End every connection there is."""
        for passing in list(self._passing):
            await cancelled(passing)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        passing = create_task(self._pass_on(reader, writer), name="pass on", awaited=True)
        self._passing.add(passing)
        await asyncio.wait({passing})
        self._passing.discard(passing)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.backend)
        except OSError:
            await _abort(writer)
            return
        ways = [
            create_task(_copy(reader, far_writer), name="up", awaited=True),
            create_task(_copy(far_reader, writer), name="down", awaited=True),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                await cancelled(way)
            for each in (writer, far_writer):
                await _abort(each)


async def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()


@contextlib.asynccontextmanager
async def exchangeable_address(folder: Path) -> AsyncIterator[tuple[Address, Path]]:
    """Yield an address with its first certificate, and the file with that, which programs may trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    address = Address(0, context)
    trusted = address.present(folder / "first")
    server = await asyncio.start_server(lambda *ends: address.pass_on(*ends), "127.0.0.1", 0, ssl=context)
    address.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield address, trusted
    finally:
        server.close()
        await address.drop_everybody()
        await server.wait_closed()


class House:
    """The organisation's relay at an address, and a second relay of somebody else who wants to be taken for it."""

    def __init__(self, address: Address, relay: ServedRelay, other: ServedRelay) -> None:
        self.address, self.relay, self.other = address, relay, other
        public = relay.root.public_key().public_bytes_raw()
        self.trust = Trust(address.url, root_id(public))

    async def furnish(self) -> str:
        """Set both relays up; return the route of a session at the right one."""
        await self.relay.make_organisation()
        self.certify()
        # What the other one shows is Acme's: name and root are public.
        public = self.relay.root.public_key().public_bytes_raw()
        await OrganisationStore(self.other.database).create("Acme IT", public, self.other.clock())
        await self.relay.certify(await self.relay.add_person("tess"))
        headers = await self.relay.token_of("tess")
        new = {"subject": "s", "customer": "c"}
        number = (await self.relay.http.post("/api/v1/tickets", json=new, headers=headers)).json()["number"]
        path = f"/api/v1/tickets/{number}/sessions"
        opened = await self.relay.http.post(path, json={"reason": "help"}, headers=headers)
        route: str = opened.json()["route"]
        return route

    def certify(self) -> None:
        certify_proof_key(self.relay.data_dir, self.relay.root, "Acme IT", now_s=int(time.time()))

    def uncertify(self) -> None:
        (self.relay.data_dir / PROOF_FILE).unlink()

    def certify_the_other_by_itself(self) -> None:
        certify_proof_key(self.other.data_dir, self.other.root, "Acme IT", now_s=int(time.time()))

    def copy_the_certificate_to_the_other(self) -> None:
        held = read_proof_key(self.relay.data_dir)
        assert held is not None
        content = {"key": Ed25519PrivateKey.generate().private_bytes_raw(), "certificate": held.certificate}
        (self.other.data_dir / PROOF_FILE).write_bytes(msgspec.json.encode(content))

    def exchange(self) -> None:
        self.address.backend = port_of(self.other)


def port_of(relay: ServedRelay) -> int:
    port = urlsplit(relay.url).port
    assert port is not None
    return port


@contextlib.asynccontextmanager
async def house_of_two(folder: Path) -> AsyncIterator[tuple[House, Path]]:
    """Yield both relays, the right one at the address, and the file with the certificate that programs may trust."""
    async with (
        exchangeable_address(folder) as (address, trusted),
        served_relay(folder / "relay", origin=address.url) as relay,
        served_relay(folder / "other", origin=address.url) as other,
    ):
        address.backend = port_of(relay)
        yield House(address, relay, other), trusted
