"""The connections for the bytes of files, one after another: made when there is something to move, replaced when lost.

Runs on the network thread. The customer's side offers; the technician's side asks it to. What is said about a
connection travels on the channel `files`, which survives the session's own reconnects.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from protocol.errors import DesksideError, PeerError
from protocol.messages.files import BulkAnswered, BulkMessage, BulkOffered, BulkWanted, FilesMessage
from protocol.pairing.keys import BindingKeys, Role
from protocol.transport.connectivity import Connectivity
from protocol.transport.files.bulk_connection import CONNECT_S, BulkConnection
from protocol.transport.tasks import create_task

PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Before the first attempt, the second, ...; the last one is used again and again."""

IDLE_S = 20.0
"""A connection nobody needs is closed after so long."""

_log = logging.getLogger(__name__)


class BulkLine:
    """`opened` is called with the number of each connection that was bound, `lost` when the one in use is gone.

    `arrived` gets its messages, `room_made` is called when SCTP took what waited, `failed` with a PeerError that must
    end the session.
    """

    def __init__(
        self,
        role: Role,
        keys: Callable[[], BindingKeys],
        *,
        send: Callable[[FilesMessage], object],
        arrived: Callable[[BulkMessage], None],
        opened: Callable[[int], None],
        lost: Callable[[], None],
        room_made: Callable[[], None],
        failed: Callable[[PeerError], None],
        connectivity: Callable[[], Connectivity],
    ) -> None:
        self._connectivity = connectivity
        self._role = role
        self._keys = keys
        self._send = send
        self._arrived = arrived
        self._opened = opened
        self._lost = lost
        self._room_made = room_made
        self._failed = failed
        self._number = 0
        self._attempts = 0
        self._wanted = False
        self._over = False
        self.connection: BulkConnection | None = None
        """The connection in use; None while there is none."""
        self._making: asyncio.Task[None] | None = None
        self._answered: asyncio.Future[str] | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def number(self) -> int:
        """The number of the newest connection, made or being made; 0 before the first."""
        return self._number

    def want(self) -> None:
        """There are bytes to move. May be called again and again."""
        self._wanted = True
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._start()

    def need_no_more(self) -> None:
        """Nothing is to be moved."""
        self._wanted = False
        if self._idle is None and self.connection is not None:
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    def drop(self) -> None:
        """The connection is of no use any more: the session moved to another network, or nothing comes through."""
        self._attempts = 0
        if self._making is not None:
            self._making.cancel()
            self._making = None
        self._let_go()
        if self._wanted:
            self._start()

    def received(self, message: BulkWanted | BulkOffered | BulkAnswered) -> None:
        """Take what the other side says about connections.

        Raises:
            PeerError: the other role says this (`not_allowed`), or a number goes back.
        """
        customer = self._role is Role.CUSTOMER
        if customer is isinstance(message, BulkOffered):
            raise PeerError(f"{type(message).__name__} is not for this side", code="not_allowed")
        match message:
            case BulkWanted(broken=broken):
                self._wanted_there(broken)
            case BulkOffered(number=number, sdp=sdp):
                if number <= self._number:
                    raise PeerError("an old connection for files", code="not_allowed")
                self._number = number
                self._replace(self._answer(sdp))
            case BulkAnswered(number=number, sdp=sdp):
                if number == self._number and self._answered is not None and not self._answered.done():
                    self._answered.set_result(sdp)

    async def close(self) -> None:
        """The session is over."""
        self._over = True
        self._wanted = False
        if self._idle is not None:
            self._idle.cancel()
        if self._making is not None:
            self._making.cancel()
        if self.connection is not None:
            await self.connection.close()

    def _start(self) -> None:
        if self._over or self.connection is not None or (self._making is not None and not self._making.done()):
            return
        make = self._make_forever if self._role is Role.CUSTOMER else self._ask_forever
        self._making = create_task(make(), name="make a files connection")

    def _replace(self, making: Coroutine[None, None, None]) -> None:
        if self._making is not None:
            self._making.cancel()
        self._let_go()
        self._making = create_task(making, name="answer a files connection")

    def _let_go(self) -> None:
        if self.connection is not None:
            gone, self.connection = self.connection, None
            create_task(gone.close(), name="close the files connection")
            self._lost()

    def _wanted_there(self, broken: int) -> None:
        if broken == self._number:
            self._let_go()
        if self.connection is None:
            self._wanted = True
            self._start()

    async def _make_forever(self) -> None:
        while self._wanted and self.connection is None:
            await asyncio.sleep(PAUSES_S[min(self._attempts, len(PAUSES_S) - 1)])
            self._attempts += 1
            self._number += 1
            await self._try(self._offer)

    async def _ask_forever(self) -> None:
        while self._wanted and self.connection is None:
            self._send(BulkWanted(self._number))
            await asyncio.sleep(CONNECT_S)

    async def _answer(self, sdp_offer: str) -> None:
        async def answer(connection: BulkConnection) -> None:
            sdp_answer = await connection.answer(sdp_offer)
            self._send(BulkAnswered(self._number, sdp_answer))
            await connection.bind(sdp_offer, sdp_answer)

        await self._try(answer)
        if self.connection is None and self._wanted:
            await self._ask_forever()

    async def _offer(self, connection: BulkConnection) -> None:
        sdp_offer = await connection.offer()
        self._answered = asyncio.get_running_loop().create_future()
        self._send(BulkOffered(self._number, sdp_offer))
        async with asyncio.timeout(CONNECT_S):
            sdp_answer = await self._answered
        await connection.accept(sdp_answer)
        await connection.bind(sdp_offer, sdp_answer)

    async def _try(self, connect: Callable[[BulkConnection], Awaitable[None]]) -> None:
        connection = self._new_connection()
        try:
            await connect(connection)
            self._attempts = 0
            self.connection = connection
        except (TimeoutError, DesksideError) as error:
            _log.info("no connection for files: %s", error or type(error).__name__)
            if isinstance(error, PeerError) and error.code == "binding_failed":
                self._failed(error)
        finally:
            if self.connection is not connection:
                create_task(connection.close(), name="close a files connection that was not needed")
        if self.connection is connection:
            self._opened(self._number)

    def _new_connection(self) -> BulkConnection:
        connection: BulkConnection

        def ended(error: PeerError | None) -> None:
            if self.connection is connection:
                self.connection = None
                self._lost()
                if error is not None:
                    self._failed(error)
                elif self._wanted:
                    self._start()

        connection = BulkConnection(
            self._role,
            self._keys(),
            arrived=self._arrived,
            ended=ended,
            room_made=self._room_made,
            connectivity=self._connectivity(),
        )
        return connection

    def _rest(self) -> None:
        self._idle = None
        if not self._wanted and self.connection is not None:
            gone, self.connection = self.connection, None
            create_task(gone.close(), name="close the idle files connection")
