"""One https address behind which another relay, or another TLS certificate, can be put while somebody is connected."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from protocol.transport.tasks import cancelled, create_task
from tests.support.tls_certificate import certificate_for


class Address:
    """Ends TLS with the newest certificate and passes everything on to the newest backend on this computer."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.backend = 0
        self._context = context
        self._passing: set[asyncio.Task[None]] = set()

    def present(self, folder: Path) -> Path:
        """Make a certificate that signs itself and answer with it from now on; return its file."""
        folder.mkdir(parents=True)
        certificate, key = certificate_for("127.0.0.1", folder)
        self._context.load_cert_chain(certificate, key)
        return certificate

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
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.backend)
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
                each.transport.abort()
                with contextlib.suppress(OSError):
                    await each.wait_closed()


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
