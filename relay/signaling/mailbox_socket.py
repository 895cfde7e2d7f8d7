"""The WebSocket at `/ws/mailbox`: frames in, frames out, nothing decided here. Runs on the relay's event loop."""

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Any

from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect
from litestar.handlers import WebsocketRouteHandler, websocket

from protocol.errors import DesksideError, PeerError
from protocol.messages.signaling import (
    AttachMailbox,
    ConnectivityWanted,
    JoinMailbox,
    LeaveMailbox,
    PostBody,
    ProveRelay,
    Refused,
    StoreEvents,
    ToRelay,
    decode_to_relay,
    encode_frame,
)
from protocol.transport.tasks import create_task
from protocol.version import PROTOCOL_VERSION
from relay.accounts.proof_key import ProofDesk
from relay.signaling.mailbox import Standing
from relay.signaling.switchboard import Attendance, Outbox, Switchboard
from relay.web.guarding import WITH_A_SESSION_TOKEN

AnySocket = WebSocket[Any, Any, Any]

_log = logging.getLogger(__name__)

FIRST_FRAME_WITHIN_S = 10.0
REFUSED_JOIN_TAKES_S = 0.3
"""Every refused join or attach is answered after this time, so that the reason cannot be told by the clock."""

_FLUSH_WITHIN_S = 5.0
_POLICY_VIOLATION = 1008
_NORMAL_CLOSE = 1000


def mailbox_route(switchboard: Switchboard, proofs: ProofDesk, own_origin: str) -> WebsocketRouteHandler:
    """Return the route handler; browsers may connect only from pages of `own_origin`."""

    @websocket("/ws/mailbox", opt=WITH_A_SESSION_TOKEN, name="mailbox")
    async def mailbox(socket: AnySocket) -> None:
        await socket.accept()
        outbox = Outbox()
        writer = create_task(_write(socket, outbox), name="mailbox writer")
        try:
            await _serve(socket, outbox, switchboard, proofs, own_origin)
        except WebSocketDisconnect:
            outbox.end(None)
        except DesksideError as error:
            outbox.end(Refused(code=error.code, text=error.user_text[:200]))
            _log.info("mailbox refused", extra={"code": error.code, "detail": str(error)[:200]})
        except Exception:
            outbox.end(Refused(code=DesksideError.code, text=DesksideError.user_text))
            _log.exception("mailbox failed")
        finally:
            outbox.end(None)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(writer, _FLUSH_WITHIN_S)

    return mailbox


async def _serve(
    socket: AnySocket, outbox: Outbox, switchboard: Switchboard, proofs: ProofDesk, own_origin: str
) -> None:
    refuse_foreign_origin(socket, own_origin)
    attendance = await _admit(socket, outbox, switchboard, proofs)
    try:
        while True:
            attendance = await _handle(await _receive(socket), attendance, switchboard)
    finally:
        switchboard.disconnected(attendance.connection)


def refuse_foreign_origin(socket: AnySocket, own_origin: str) -> None:
    """Check that no other website's page opened this connection.

    Raises:
        PeerError: one did (`origin_refused`).
    """
    origin = socket.headers.get("origin")
    if origin is not None and origin.rstrip("/").lower() != own_origin:
        raise PeerError("foreign origin", code="origin_refused", user_text="Another website may not use this address.")


async def _admit(socket: AnySocket, outbox: Outbox, switchboard: Switchboard, proofs: ProofDesk) -> Attendance:
    try:
        async with asyncio.timeout(FIRST_FRAME_WITHIN_S):
            first = await _receive(socket)
            if isinstance(first, ProveRelay):
                outbox.put(proofs.prove(first.nonce))
                first = await _receive(socket)
    except TimeoutError as error:
        raise _malformed("no first frame in time") from error
    if not isinstance(first, JoinMailbox | AttachMailbox):
        raise _malformed("the first frame is neither join nor attach")
    _check_version(first.protocol)
    started = asyncio.get_running_loop().time()
    try:
        if isinstance(first, JoinMailbox):
            address = socket.client.host if socket.client else "unknown"
            return await switchboard.join(first.route, address, outbox)
        return await switchboard.attach(first.mailbox, first.token, outbox)
    except PeerError:
        await asyncio.sleep(max(0.0, started + REFUSED_JOIN_TAKES_S - asyncio.get_running_loop().time()))
        raise


def _check_version(spoken: int) -> None:
    """Check the protocol version a program speaks. Programs of any age show the sentence, so it says all.

    Raises:
        PeerError: it is older (`program_too_old`) or newer (`relay_too_old`) than the relay's.
    """
    if spoken < PROTOCOL_VERSION:
        raise PeerError(
            f"protocol {spoken}",
            code="program_too_old",
            user_text="This program is too old for the support server. Please download it again from your link.",
        )
    if spoken > PROTOCOL_VERSION:
        raise PeerError(
            f"protocol {spoken}",
            code="relay_too_old",
            user_text="The support server is too old for this program. Please use the program from your link.",
        )


async def _handle(message: ToRelay, attendance: Attendance, switchboard: Switchboard) -> Attendance:
    """Do what the frame asks and return what the party may do from now on."""
    match message:
        case PostBody():
            switchboard.post(attendance, message)
        case StoreEvents():
            await switchboard.store(attendance, message.events)
        case ConnectivityWanted():
            switchboard.offer_connectivity(attendance)
        case LeaveMailbox():
            await switchboard.leave(attendance)
            return replace(attendance, standing=Standing.STORE_ONLY)
        case _:
            raise _malformed("prove, join and attach are first frames only")
    return attendance


async def _receive(socket: AnySocket) -> ToRelay:
    return decode_to_relay(await receive_bytes(socket))


async def receive_bytes(socket: AnySocket) -> bytes:
    """Return the next binary frame.

    Raises:
        WebSocketDisconnect: the other end closed.
        PeerError: a text frame.
    """
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(detail="the other end closed", code=_NORMAL_CLOSE)
    data = event.get("bytes")
    if not isinstance(data, bytes):
        raise _malformed("a text frame")
    return data


async def _write(socket: AnySocket, outbox: Outbox) -> None:
    code = _NORMAL_CLOSE
    # The other end may go at any moment; the reader learns of it and ends the outbox.
    with contextlib.suppress(WebSocketDisconnect, OSError):
        while (message := await outbox.next()) is not None:
            if isinstance(message, Refused):
                code = _POLICY_VIOLATION
            await socket.send_bytes(encode_frame(message))
        await socket.close(code=code)


def _malformed(detail: str) -> PeerError:
    return PeerError(detail, code="frame_malformed", user_text="The relay received something it does not understand.")
