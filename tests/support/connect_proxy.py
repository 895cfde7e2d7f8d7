"""A web proxy that knows nothing but CONNECT to port 443, as a program: `python -m tests.support.connect_proxy PORT`.

Says as JSON lines that it is ready and what it was asked for.
"""

import asyncio
import contextlib
import json
import sys

from protocol.transport.tasks import create_task

ALLOWED_PORT = 443


def say(state: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(state) + "\n")
    sys.stdout.flush()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until either end closes."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one client."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target = head.split()[:2]
    host, _, port = target.rpartition(":")
    say({"asked": f"{method} {target}"})
    if method != "CONNECT" or port != str(ALLOWED_PORT):
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    upstream_reader, upstream_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    forth = create_task(copy(reader, upstream_writer), name="forth", awaited=True)
    await copy(upstream_reader, writer)
    await forth


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(serve_one, "0.0.0.0", int(sys.argv[1]))
    say({"ready": True})
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
