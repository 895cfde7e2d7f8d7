"""A network between two peer connections of this process that loses, delays, reorders, doubles and queues datagrams."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiortc.rtcicetransport

from protocol.transport import hooks
from protocol.transport.guards import GuardedConnection
from protocol.transport.tasks import create_task


@dataclass
class Way:
    """One direction: delay in s, probabilities 0..1, a rate in bit/s (0: none) with a queue in s before it.

    Nothing is lost while `calm`. `cut` loses everything.
    """

    delay_s: float = 0.0
    loss: float = 0.0
    reordered: float = 0.0
    doubled: float = 0.0
    rate_bps: float = 0.0
    queue_s: float = 0.3
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    calm: bool = True
    cut: bool = False
    free_at: float = 0.0
    sent_bytes: int = 0
    sent_datagrams: int = 0
    overflowed: int = 0

    def arrivals(self, size: int, now: float) -> list[float]:
        """Return when a datagram of `size` bytes sent at `now` arrives: once, twice, or not at all."""
        self.sent_bytes += size + 28
        self.sent_datagrams += 1
        if self.cut or (not self.calm and self.chance.random() < self.loss):
            return []
        at = now
        if self.rate_bps:
            if self.free_at - now > self.queue_s:
                self.overflowed += 1
                return []
            at = self.free_at = max(self.free_at, now) + (size + 28) * 8 / self.rate_bps
        at += self.delay_s
        if not self.calm and self.chance.random() < self.reordered:
            at += self.chance.uniform(0.001, 0.02)
        twice = not self.calm and self.chance.random() < self.doubled
        return [at, at + 0.003] if twice else [at]


@contextmanager
def rough_network(there: Way, back: Way) -> Iterator[None]:
    """Let connections made inside use `there` from the offering side (ICE controlling) and `back` from the other."""

    class RoughConnection(GuardedConnection):
        async def sendto(self, data: bytes, component: int) -> None:
            loop = asyncio.get_running_loop()
            way = there if self.ice_controlling else back
            for at in way.arrivals(len(data), loop.time()):
                if at <= loop.time():
                    await super().sendto(data, component)
                else:
                    loop.call_at(at, self._late, data, component)

        def _late(self, data: bytes, component: int) -> None:
            if not over.is_set():
                create_task(self._deliver(data, component), name="late datagram")

        async def _deliver(self, data: bytes, component: int) -> None:
            try:
                await super().sendto(data, component)
            except ConnectionError:
                return

    over = asyncio.Event()
    hooks.install()
    before = aiortc.rtcicetransport.Connection
    aiortc.rtcicetransport.Connection = RoughConnection
    try:
        yield
    finally:
        over.set()
        aiortc.rtcicetransport.Connection = before
