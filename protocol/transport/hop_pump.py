"""Drives one end of a tunnel's hop over a live WebSocket: the same on the relay and in the programs."""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.tunnel import Hop


class HopPump:
    """Runs on the event loop of its WebSocket. `write` sends one binary frame and waits while the line is full."""

    def __init__(self, write: Callable[[bytes], Awaitable[None]]) -> None:
        self.hop = Hop()
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._due: asyncio.TimerHandle | None = None

    def offer(self, frame: bytes) -> None:
        """Send the frame of a datagram as soon as there is room, or drop it."""
        self.hop.offer(frame, self._loop.time())
        self._wanted.set()

    def received(self, frame: bytes) -> bytes | None:
        """Take a frame of the other end; return it when it is a datagram's.

        Raises:
            PeerError: it breaks the tunnel's rules.
        """
        datagram = self.hop.received(frame, self._loop.time())
        self._wanted.set()
        return datagram

    async def run(self) -> None:
        """Write what may be written, until cancelled or until the line breaks (whatever `write` then raises)."""
        try:
            while True:
                self._wanted.clear()
                while (frame := self.hop.next_frame(self._loop.time())) is not None:
                    await self._write(frame)
                self._arm()
                await self._wanted.wait()
        finally:
            self._disarm()

    def _arm(self) -> None:
        self._disarm()
        wake_at = self.hop.wake_at()
        if wake_at is not None:
            self._due = self._loop.call_at(wake_at, self._wanted.set)

    def _disarm(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
