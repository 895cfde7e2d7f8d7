"""What the technician did with mouse and keyboard, written into the record as counts. Network thread."""

import asyncio

from customer_client.session.desktop import Desktop
from customer_client.session.permissions import Keeper
from protocol.audit.events import EventType

SUMMARY_INTERVAL_S = 10.0


class InputSummaries:
    """Summarises the input of `desktop` in the record of `keeper`."""

    def __init__(self, desktop: Desktop, keeper: Keeper) -> None:
        self._desktop = desktop
        self._keeper = keeper

    async def write_forever(self) -> None:
        """Write a summary every 10 s in which there was something.

        Raises:
            SessionOver: the session has ended, and nothing can be recorded any more.
        """
        while True:
            await asyncio.sleep(SUMMARY_INTERVAL_S)
            await self.write()

    async def write(self) -> None:
        """Write what there was since the last summary; once control has ended, that is the last of it."""
        counts = self._desktop.input.summary() if self._desktop.input is not None else None
        if counts is not None:
            await self._keeper.write(EventType.INPUT_SUMMARY, counts)
