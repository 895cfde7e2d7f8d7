"""Messages are acknowledged together, and losses at once."""

import asyncio
import time
from contextlib import asynccontextmanager

from aiortc.rtcsctptransport import DataChunk, RTCSctpTransport, SackChunk

from protocol.channels import CONTROL, INPUT
from protocol.messages.base import encode
from protocol.messages.input import AllReleased
from protocol.transport import hooks
from protocol.transport.patient_sctp import ACKNOWLEDGE_WITHIN_S, PatientSctpTransport
from protocol.transport.peer_connection import PeerConnection

DEADLINE_S = 20.0


class End:
    """One end, what arrived there, and which chunks its SCTP sent. `drop(chunk)` says what gets lost."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue = asyncio.Queue()
        self.sent: list = []
        self.drop = lambda chunk: False
        self.connection = PeerConnection(
            message_arrived=lambda channel, data: self.arrived.put_nowait(data), failed=lambda error: None
        )

    @property
    def sctp(self) -> PatientSctpTransport:
        return self.connection._connection.sctp

    @property
    def acknowledgements(self) -> list[SackChunk]:
        return [chunk for chunk in self.sent if isinstance(chunk, SackChunk)]

    def watch(self) -> None:
        send = self.sctp._send_chunk
        # What the test sees is what aiortc asks for, before it is joined with an acknowledgement.

        async def noted(chunk) -> None:
            self.sent.append(chunk)
            if not self.drop(chunk):
                await send(chunk)

        self.sctp._send_chunk = noted

    async def take(self, count: int) -> list[bytes]:
        async with asyncio.timeout(DEADLINE_S):
            return [await self.arrived.get() for _ in range(count)]

    async def all_acknowledged(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.sctp._sent_queue or self.sctp._outbound_queue:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def pair():
    hooks.install()
    customer, technician = End(), End()
    try:
        offer = await customer.connection.offer()
        await customer.connection.accept(await technician.connection.answer(offer))
        await asyncio.gather(customer.connection.wait_connected(), technician.connection.wait_connected())
        customer.watch()
        technician.watch()
        yield customer, technician
    finally:
        await asyncio.gather(customer.connection.close(), technician.connection.close())


async def test_a_burst_of_small_messages_is_acknowledged_together():
    async with pair() as (customer, technician):
        began = time.monotonic()
        for _ in range(30):
            technician.connection.send(INPUT, AllReleased())
        assert await customer.take(30) == [encode(AllReleased())] * 30
        await technician.all_acknowledged()
        taken_s = time.monotonic() - began
        assert 1 <= len(customer.acknowledgements) <= 2 + taken_s / ACKNOWLEDGE_WITHIN_S


async def test_what_is_sent_meanwhile_takes_the_acknowledgement_along():
    async with pair() as (customer, technician):
        technician.connection.send(INPUT, AllReleased())
        await customer.take(1)
        async with asyncio.timeout(DEADLINE_S):
            while customer.sctp._acknowledging is None and not customer.acknowledgements:
                await asyncio.sleep(0)
        customer.connection.send(INPUT, AllReleased())
        await technician.take(1)
        await technician.all_acknowledged()
        assert customer.sctp._acknowledging is None
        # Unless this computer was so slow that the timer was first.
        assert len(customer.sent) == 1 + len(customer.acknowledgements)


async def test_bulk_data_does_not_wait_for_the_timer():
    async with pair() as (customer, technician):
        technician.connection._channels[CONTROL.id].send(bytes(60_000))
        await customer.take(1)
        # A third of the packets are acknowledged at least: two full packets are.
        assert len(customer.acknowledgements) >= 60_000 // 1160 // 3


async def test_a_gap_is_acknowledged_at_once_and_so_is_what_fills_it():
    async with pair() as (customer, technician):
        lost: list = []

        def drop(chunk) -> bool:
            if isinstance(chunk, DataChunk) and not lost:
                lost.append(chunk)
                return True
            return False

        technician.drop = drop
        for number in range(5):
            technician.connection._channels[CONTROL.id].send(b"%d" % number)
        assert await customer.take(5) == [b"0", b"1", b"2", b"3", b"4"]
        await technician.all_acknowledged()
        gaps = [bool(chunk.gaps) for chunk in customer.acknowledgements]
        assert gaps[:4] == [True] * 4
        assert not gaps[-1]
        assert customer.sctp._acknowledging is None


async def test_a_connection_that_closes_meanwhile_is_left_alone():
    async with pair() as (customer, technician):
        technician.connection.send(INPUT, AllReleased())
        await customer.take(1)
        await customer.connection.close()
        sent = len(customer.sent)
        await customer.sctp._acknowledge_if_open()
        assert len(customer.acknowledgements) <= sent


def test_what_is_overridden_in_aiortc_is_still_there():
    for method in ("_receive_data_chunk", "_send_chunk", "_send_sack"):
        assert getattr(RTCSctpTransport, method) is not getattr(PatientSctpTransport, method)
