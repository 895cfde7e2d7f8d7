"""Compares this computer before and after a session, beside everything else. Network thread."""

import asyncio
import logging
from collections.abc import Callable

from customer_client.changes.collectors import LONGEST_S, collectors_of_this_computer, take_snapshot
from customer_client.changes.difference import Difference, compare
from customer_client.changes.snapshot import Snapshot
from protocol.transport.tasks import create_task

PATIENCE_S = LONGEST_S + 1.0
"""For a snapshot whose last step takes longer than it may."""

_log = logging.getLogger(__name__)


def snapshot_of_this_computer() -> Snapshot:
    """Return what this computer looks like now; blocks for about 2 s at most."""
    return take_snapshot(collectors_of_this_computer())


class ComputerComparison:
    """`begin` takes the first snapshot, `finish` the second; both in a thread of their own. Kept in memory only."""

    def __init__(self, take: Callable[[], Snapshot] = snapshot_of_this_computer) -> None:
        self._take = take
        self._before: asyncio.Task[Snapshot | None] | None = None
        self._difference: asyncio.Task[Difference | None] | None = None

    def begin(self) -> None:
        """Look at the computer as it is before anybody can change it."""
        if self._before is None:
            self._before = create_task(self._look(), name="look at this computer before")

    async def finish(self) -> Difference | None:
        """Return what is different now; None when it cannot be said. The first call decides, later ones repeat it."""
        if self._before is None:
            return None
        if self._difference is None:
            self._difference = create_task(self._compare(self._before), name="compare this computer", awaited=True)
        return await asyncio.shield(self._difference)

    async def _compare(self, before: "asyncio.Task[Snapshot | None]") -> Difference | None:
        first, second = await before, await self._look()
        return None if first is None or second is None else compare(first, second)

    async def _look(self) -> Snapshot | None:
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._take), PATIENCE_S)
        except TimeoutError:
            _log.warning("this computer could not be looked at in time")
            return None
