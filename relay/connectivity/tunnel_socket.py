"""The WebSocket at `/ws/tunnel`: one side's end of the tunnel. Runs on the relay's event loop.

The relay moves ciphertext it can neither read nor change unnoticed (DTLS), and keeps nothing but counts.
"""

import asyncio
import contextlib
import logging

from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler, websocket

from protocol.errors import DesksideError, PeerError
from protocol.messages.signaling import AttachMailbox, Refused, TunnelOpened, decode_to_relay, encode_frame
from protocol.transport.hop_pump import HopPump
from protocol.transport.tasks import create_task
from relay.connectivity.tunnels import Allowance, Mouth, Tunnels
from relay.signaling.mailbox import Side
from relay.signaling.mailbox_socket import (
    FIRST_FRAME_WITHIN_S,
    REFUSED_JOIN_TAKES_S,
    AnySocket,
    receive_bytes,
    refuse_foreign_origin,
)
from relay.signaling.switchboard import Switchboard
from relay.web.guarding import WITH_A_SESSION_TOKEN

_POLICY_VIOLATION = 1008

_log = logging.getLogger(__name__)


def tunnel_route(switchboard: Switchboard, tunnels: Tunnels, own_origin: str) -> WebsocketRouteHandler:
    """Return the route handler; browsers may connect only from pages of `own_origin`."""

    @websocket("/ws/tunnel", opt=WITH_A_SESSION_TOKEN, name="tunnel")
    async def tunnel(socket: AnySocket) -> None:
        await socket.accept()
        with contextlib.suppress(WebSocketDisconnect, OSError):
            try:
                refuse_foreign_origin(socket, own_origin)
                mailbox, side = await _admit(socket, switchboard)
                await socket.send_bytes(encode_frame(TunnelOpened()))
                await _carry(socket, tunnels, mailbox, side)
            except DesksideError as error:
                _log.info("tunnel refused", extra={"code": error.code, "detail": str(error)[:200]})
                await socket.send_bytes(encode_frame(Refused(code=error.code, text=error.user_text[:200])))
                await socket.close(code=_POLICY_VIOLATION)

    return tunnel


async def _admit(socket: AnySocket, switchboard: Switchboard) -> tuple[bytes, Side]:
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(FIRST_FRAME_WITHIN_S):
            first = decode_to_relay(await receive_bytes(socket))
        if not isinstance(first, AttachMailbox):
            raise PeerError("the first frame is not attach", code="frame_malformed")
        return first.mailbox, await switchboard.side_for_tunnel(first.mailbox, first.token)
    except TimeoutError as error:
        raise PeerError("no first frame in time", code="frame_malformed") from error
    except PeerError:
        await asyncio.sleep(max(0.0, started + REFUSED_JOIN_TAKES_S - asyncio.get_running_loop().time()))
        raise


async def _carry(socket: AnySocket, tunnels: Tunnels, mailbox: bytes, side: Side) -> None:
    """Pass datagrams on until either end closes, or another connection takes this one's place."""
    pump, replaced = HopPump(socket.send_bytes), asyncio.Event()
    allowance = Allowance(asyncio.get_running_loop().time())
    mouth = Mouth(mailbox, side, give=pump.offer, leave=replaced.set, allowance=allowance)
    tunnels.enter(mouth)
    tasks = [
        create_task(_read(socket, pump, tunnels, mouth), name="tunnel reader", awaited=True),
        create_task(pump.run(), name="tunnel writer", awaited=True),
        create_task(replaced.wait(), name="tunnel replaced", awaited=True),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        tunnels.exit(mouth)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        counts = {"passed": mouth.passed, "refused": mouth.refused, "dropped": pump.hop.dropped}
        _log.info("tunnel closed", extra={"side": side.value, **counts})
    for task in done:
        task.result()
    await socket.close()


async def _read(socket: AnySocket, pump: HopPump, tunnels: Tunnels, mouth: Mouth) -> None:
    loop = asyncio.get_running_loop()
    while True:
        frame = pump.received(await receive_bytes(socket))
        if frame is not None:
            tunnels.pass_on(mouth, frame, loop.time())
