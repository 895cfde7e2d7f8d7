"""What a running relay does for review by itself: retention once a day, and acts of commands into the log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from protocol.errors import EnvironmentFault
from protocol.transport.tasks import cancelled, create_task
from relay.clock import Clock
from relay.review.erasing import ErasureDesk
from relay.storage.engine import Database
from relay.storage.log_acts import acts_wait

RETENTION_EVERY_S = 24 * 3600.0
RETENTION_FIRST_AFTER_S = 60.0
LOOK_FOR_ACTS_EVERY_S = 10.0

_log = logging.getLogger(__name__)


class Housekeeping:
    """Runs on the relay's event loop. `log_wanted` is called when acts wait for the log."""

    def __init__(
        self, database: Database, erasing: ErasureDesk, *, clock: Clock, log_wanted: Callable[[], None]
    ) -> None:
        self._database = database
        self._erasing = erasing
        self._clock = clock
        self._log_wanted = log_wanted

    async def run(self) -> None:
        """Work until cancelled."""
        parts = [
            create_task(self._regularly(self.retain, RETENTION_FIRST_AFTER_S, RETENTION_EVERY_S), name="retention"),
            create_task(self._regularly(self.look_for_acts, 0.0, LOOK_FOR_ACTS_EVERY_S), name="acts of commands"),
        ]
        try:
            await asyncio.wait(parts)
        finally:
            for part in parts:
                await cancelled(part)

    async def retain(self) -> None:
        """Erase what is kept longer than it shall be.

        Raises:
            EnvironmentFault: the storage refuses.
        """
        await self._erasing.expire(self._clock())

    async def look_for_acts(self) -> None:
        """Have the log take what a command (`erase`, `hold`) did beside the running relay.

        Raises:
            EnvironmentFault: the storage refuses.
        """
        async with self._database.reading() as session:
            waiting = await acts_wait(session)
        if waiting:
            self._log_wanted()

    async def _regularly(self, work: Callable[[], Awaitable[None]], first_after_s: float, every_s: float) -> None:
        await asyncio.sleep(first_after_s)
        while True:
            try:
                await work()
            except EnvironmentFault as fault:
                # A full disk is repaired while we run; the next round does what this one could not.
                _log.error("housekeeping waits", extra={"code": fault.code, "detail": str(fault)})
            await asyncio.sleep(every_s)
