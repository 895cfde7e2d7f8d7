"""Puts leaves into the tree of the year, in one order, durably. Runs on the relay's event loop, one for each relay.

Whoever appends is answered when its leaf is on disk. What many ask for at once goes to disk at once, so that the log
costs the mailbox one small transaction now and then, however busy the sessions are.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.leaf import Leaf
from protocol.errors import EnvironmentFault
from relay.clock import Clock, utc_year
from relay.storage.log import LogStore

LOOK_EVERY_S = 5.0
"""How often lanes whose minute may be over are looked for, while any wait."""

LOOK_AT_LEAST_EVERY_S = 30.0
"""How often to look when nothing is known to wait: a command on this computer may have noted something."""

RETRY_AFTER_S = 2.0
_MOST_ACTS_AT_ONCE = 512

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Appended:
    """Where a leaf stands: the `index`th of the tree `origin`, counted from 0."""

    origin: str
    index: int


class Sequencer:
    """The only one that adds to the log of a running relay. `grew` is told the origin of a tree that has grown."""

    def __init__(self, store: LogStore, keys: LogKeys, *, clock: Clock, grew: Callable[[str], None]) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._grew = grew
        self._acts: list[tuple[Leaf, asyncio.Future[Appended]]] = []
        self._wanted = asyncio.Event()
        self._waiting = True

    async def append(self, leaf: Leaf) -> Appended:
        """Add a leaf; it is on disk when this returns.

        Raises:
            EnvironmentFault: the storage refuses.
        """
        done: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._acts.append((leaf, done))
        self._wanted.set()
        return await done

    def events_kept(self, urgent: bool) -> None:
        """Events were stored; `urgent` ones are logged now, the others within their minute."""
        self._waiting = True
        if urgent:
            self._wanted.set()

    async def run(self) -> None:
        """Add to the log until cancelled; then nobody is left waiting."""
        self._wanted.set()
        try:
            while True:
                await self._wait()
                await self._round()
        finally:
            for _, done in self._acts:
                done.cancel()

    async def sequence_once(self) -> None:
        """Add everything that is due now.

        Raises:
            EnvironmentFault: the storage refuses; whoever waits is told so.
        """
        taken, self._acts = self._acts[:_MOST_ACTS_AT_ONCE], self._acts[_MOST_ACTS_AT_ONCE:]
        now_ms = self._clock()
        origin = self._keys.origin(utc_year(now_ms))
        try:
            sequenced = await self._store.sequence(origin, [leaf for leaf, _ in taken], now_ms)
        except Exception as error:
            for _, done in taken:
                if not done.done():
                    done.set_exception(error)
            raise
        for (_, done), position in zip(taken, sequenced.positions, strict=True):
            if not done.done():
                done.set_result(Appended(origin, position))
        self._waiting = sequenced.waiting
        if self._acts:
            self._wanted.set()
        if sequenced.added:
            self._grew(origin)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S if self._waiting else LOOK_AT_LEAST_EVERY_S):
                await self._wanted.wait()
        self._wanted.clear()

    async def _round(self) -> None:
        try:
            await self.sequence_once()
        except EnvironmentFault as fault:
            # A full disk is repaired while we run; what waits is still noted in the database.
            _log.error("nothing was logged", extra={"code": fault.code, "detail": str(fault)})
            self._waiting = True
            await asyncio.sleep(RETRY_AFTER_S)
            self._wanted.set()
