"""Which other programs for remote control run, looked up now and then beside the network thread."""

import asyncio
import logging
from collections.abc import Callable

from customer_client.protection.remote_tools import RemoteTool
from protocol.errors import EnvironmentFault

LOOK_EVERY_S = 5.0

_log = logging.getLogger(__name__)


class OtherTools:
    """Network thread. `look` finds what runs now, blocks and is called on another thread."""

    def __init__(self, look: Callable[[], tuple[RemoteTool, ...]] = lambda: ()) -> None:
        self._look = look
        self.look_every_s = LOOK_EVERY_S
        self.before: tuple[RemoteTool, ...] = ()
        """What ran when the customer was asked."""
        self.running: tuple[RemoteTool, ...] = ()
        """What ran at the last look."""

    async def look_before(self) -> tuple[str, ...]:
        """Look for the first time, before the customer decides; return the names people call the programs by."""
        await self._find()
        self.before = self.running
        return tuple(tool.name for tool in self.before)

    async def look_again(self) -> None:
        """Wait for the next time to look, and look."""
        await asyncio.sleep(self.look_every_s)
        await self._find()

    async def _find(self) -> None:
        try:
            self.running = await asyncio.to_thread(self._look)
        except (EnvironmentFault, OSError) as fault:
            _log.warning("other programs for remote control cannot be looked for: %s", fault)
