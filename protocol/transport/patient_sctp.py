"""SCTP that acknowledges a few messages together, in place of aiortc's (1.16). Runs on the network thread.

aiortc acknowledges each packet by a packet of its own. RFC 9260 section 6.2 lets a receiver wait for up to 500 ms; the
sender's timer waits for at least a second, so nothing is sent twice for it. While anything is missing, and for what
came twice, every packet is acknowledged at once: that is how the sender finds losses (section 7.2.4).
And what is sent meanwhile takes the acknowledgement along (section 6.10), which aiortc reads but never does.
Three methods with one underscore are overridden; tests pin them.
"""

import asyncio
from contextlib import suppress
from typing import Any

from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH, Chunk, DataChunk, RTCSctpTransport, SackChunk

from protocol.transport.tasks import create_task

ACKNOWLEDGE_WITHIN_S = 0.2
ACKNOWLEDGE_BYTES = 2 * USERDATA_MAX_LENGTH
"""Two full packets are acknowledged at once: bulk data must not wait for the timer."""

MAX_ACCOMPANIED_BYTES = USERDATA_MAX_LENGTH - 64
"""A longer message has no room for an acknowledgement in its packet."""


class _Together(Chunk):  # type: ignore[misc, unused-ignore]
    """Chunks that leave in one packet."""

    def __init__(self, *chunks: Chunk) -> None:
        super().__init__()
        self._chunks = chunks

    def __bytes__(self) -> bytes:
        return b"".join(bytes(chunk) for chunk in self._chunks)


class PatientSctpTransport(RTCSctpTransport):  # type: ignore[misc, unused-ignore]
    """Acknowledges after 200 ms, after two full packets, with what is sent, or at once while something is missing."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._unacknowledged_bytes = 0
        self._told_of_missing = False
        self._acknowledging: asyncio.TimerHandle | None = None

    async def _receive_data_chunk(self, chunk: Any) -> None:
        self._unacknowledged_bytes += len(chunk.user_data)
        await super()._receive_data_chunk(chunk)

    async def _send_sack(self) -> None:
        missing = bool(self._sack_misordered)
        if missing or self._told_of_missing or self._sack_duplicates or self._is_much_unacknowledged:
            self._told_of_missing = missing
            await self._acknowledge()
            return
        self._sack_needed = False
        if self._acknowledging is None:
            self._acknowledging = asyncio.get_running_loop().call_later(ACKNOWLEDGE_WITHIN_S, self._waited)

    @property
    def _is_much_unacknowledged(self) -> bool:
        return self._unacknowledged_bytes >= ACKNOWLEDGE_BYTES

    async def _send_chunk(self, chunk: Chunk) -> None:
        waiting = self._acknowledging is not None and not self._sack_misordered
        if waiting and isinstance(chunk, DataChunk) and len(chunk.user_data) <= MAX_ACCOMPANIED_BYTES:
            self._acknowledged()
            acknowledgement = SackChunk()
            acknowledgement.cumulative_tsn = self._last_received_tsn
            acknowledgement.advertised_rwnd = max(0, self._advertised_rwnd)
            chunk = _Together(acknowledgement, chunk)
        await super()._send_chunk(chunk)

    def _waited(self) -> None:
        create_task(self._acknowledge_if_open(), name="acknowledge messages")

    async def _acknowledge_if_open(self) -> None:
        # When the line goes away meanwhile, whoever reads from it says so.
        with suppress(ConnectionError):
            if self.state == "connected":
                await self._acknowledge()

    async def _acknowledge(self) -> None:
        self._acknowledged()
        await super()._send_sack()

    def _acknowledged(self) -> None:
        if self._acknowledging is not None:
            self._acknowledging.cancel()
            self._acknowledging = None
        self._unacknowledged_bytes = 0
