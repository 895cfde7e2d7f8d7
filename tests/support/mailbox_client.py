"""A real WebSocket client of the relay's mailbox that speaks in messages."""

import asyncio
from types import TracebackType

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from protocol.messages.relay_api import OpenedSession
from protocol.messages.signaling import (
    AttachMailbox,
    ConnectivityOffered,
    FromRelay,
    JoinMailbox,
    MailboxAttached,
    MailboxClaimed,
    Refused,
    ToRelay,
    decode_from_relay,
    encode_frame,
)

ANSWER_WITHIN_S = 30.0


class MailboxClient:
    """One connection; use it as an asynchronous context manager."""

    def __init__(self, url: str, *, origin: str | None = None) -> None:
        self._connecting = connect(url, origin=origin, proxy=None, compression=None)  # type: ignore[arg-type]
        self._socket: ClientConnection | None = None
        self.ways: ConnectivityOffered | None = None

    async def __aenter__(self) -> "MailboxClient":
        self._socket = await self._connecting
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def send(self, message: ToRelay) -> None:
        await self.socket.send(encode_frame(message))

    async def receive(self) -> FromRelay:
        """Return the next message; what the relay offers for reaching the other party goes to `ways` instead."""
        while isinstance(message := await self.receive_any(), ConnectivityOffered):
            self.ways = message
        return message

    async def receive_any(self) -> FromRelay:
        """Return the next message, whatever it is."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            data = await self.socket.recv()
        assert isinstance(data, bytes)
        return decode_from_relay(data)

    async def expect(self, message: FromRelay) -> None:
        assert await self.receive() == message

    async def attach(self, mailbox: bytes, token: str) -> MailboxAttached:
        await self.send(AttachMailbox(mailbox=mailbox, token=token, protocol=1))
        answer = await self.receive()
        assert isinstance(answer, MailboxAttached), answer
        return answer

    async def attach_technician(self, opened: OpenedSession) -> MailboxAttached:
        return await self.attach(opened.mailbox, opened.token)

    async def join(self, route: str) -> MailboxClaimed:
        await self.send(JoinMailbox(route=route, protocol=1))
        answer = await self.receive()
        assert isinstance(answer, MailboxClaimed), answer
        return answer

    async def refusal(self) -> Refused:
        """Return the refusal that comes next, after which the relay closes."""
        answer = await self.receive()
        assert isinstance(answer, Refused), answer
        await self.closed()
        return answer

    async def closed(self) -> None:
        """Wait until the relay has closed the connection and said nothing more."""
        try:
            extra = await self.receive()
        except ConnectionClosed:
            return
        raise AssertionError(f"unexpected frame {extra!r}")
