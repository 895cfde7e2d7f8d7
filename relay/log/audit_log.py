"""The log of a relay, put together: what the rest of the relay appends to, reads from and starts."""

import asyncio

from protocol.audit.log.leaf import Leaf
from protocol.audit.log.note import print_note
from protocol.errors import LocalError, PeerError
from protocol.transport.tasks import cancelled, create_task
from relay.clock import Clock
from relay.log.keys import SigningKeys
from relay.log.publisher import Publisher
from relay.log.receipts import ReceiptDesk
from relay.log.sequencer import Appended, Sequencer
from relay.storage.engine import Database
from relay.storage.log import LogStore


class AuditLog:
    """One relay's log. Runs on the relay's event loop; `run` it while anybody may append."""

    def __init__(self, database: Database, keys: SigningKeys, *, clock: Clock) -> None:
        store = LogStore(database)
        self._store = store
        self._keys = keys
        self.receipts = ReceiptDesk(store, clock=clock)
        self._publisher = Publisher(
            store,
            keys,
            clock=clock,
            certificate=self.receipts.certificate,
            advanced=self.receipts.advanced,
        )
        self._sequencer = Sequencer(store, keys.public, clock=clock, grew=self._publisher.grew)

    def events_kept(self, urgent: bool) -> None:
        """Events were stored; `urgent` ones go into the log now, the others within their minute."""
        self._sequencer.events_kept(urgent)

    async def append(self, leaf: Leaf) -> Appended:
        """Add a leaf (`protocol.audit.log.leaf`); it is on disk when this returns, and in the next checkpoint.

        Raises:
            EnvironmentFault: the storage refuses.
        """
        return await self._sequencer.append(leaf)

    async def proofs(self, session_id: str) -> tuple[bytes, ...]:
        """Return a proof file for every leaf about the session that a checkpoint covers.

        Raises:
            EnvironmentFault: the storage fails.
        """
        return await self.receipts.proofs(session_id)

    async def checkpoint(self, year: int) -> bytes:
        """Return the newest checkpoint of a year's tree with all its signatures.

        Raises:
            PeerError: nothing was logged in that year (`not_found`).
        """
        heads = await self._store.newest_heads(self._keys.public.origin(year))
        if not heads:
            raise _no_such_tree()
        return print_note(heads[0].checkpoint.text, (*heads[0].signatures, *heads[0].cosignatures))

    async def consistency(self, year: int, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the first `new` leaves of a year begin with the first `old`.

        Raises:
            PeerError: there are not so many leaves (`not_found`).
        """
        origin = self._keys.public.origin(year)
        heads = await self._store.newest_heads(origin)
        if not heads or new > heads[0].checkpoint.size:
            raise _no_such_tree()
        try:
            return await self._publisher.consistency(origin, old, new)
        except LocalError as error:
            raise _no_such_tree() from error

    async def run(self) -> None:
        """Sequence, publish and have witnessed until cancelled."""
        await self.receipts.begin()
        parts = [
            create_task(self._sequencer.run(), name="log sequencer"),
            create_task(self._publisher.run(), name="log publisher"),
        ]
        try:
            await asyncio.wait(parts)
        finally:
            for part in parts:
                await cancelled(part)
            await self.receipts.close()


def _no_such_tree() -> PeerError:
    return PeerError("no such tree", code="not_found", user_text="The log holds nothing there.")
