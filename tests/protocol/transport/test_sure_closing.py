import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from protocol.transport.sure_closing import surely_closed
from protocol.transport.tasks import create_task


async def never_reads(socket: ServerConnection) -> None:
    socket.transport.pause_reading()
    await socket.wait_closed()


async def test_a_good_bye_that_is_cut_short_leaves_no_connection_open() -> None:
    opened: asyncio.Future[ClientConnection] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def use(url: str) -> None:
        async with surely_closed(connect(url, close_timeout=1000, proxy=None)) as socket:
            opened.set_result(socket)
            await leave.wait()

    async with serve(never_reads, "127.0.0.1", 0, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        using = create_task(use(f"ws://127.0.0.1:{port}"), name="use")
        socket = await opened
        leave.set()
        while socket.state.name == "OPEN":
            await asyncio.sleep(0)
        assert not socket.transport.is_closing()
        using.cancel()
        await asyncio.wait({using})
        assert socket.transport.is_closing()


async def test_a_good_bye_that_is_answered_is_waited_for() -> None:
    async def answers(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with serve(answers, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with surely_closed(connect(f"ws://127.0.0.1:{port}", proxy=None)) as socket:
            await socket.send("hello")
        assert socket.close_code == 1000
