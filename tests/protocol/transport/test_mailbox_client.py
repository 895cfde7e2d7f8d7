"""The connection to the relay when it matters: a dead one is noticed and replaced soon, one that works is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve

from protocol.messages.signaling import AttachMailbox, MailboxAttached, encode_frame
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.tasks import cancelled, create_task


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
