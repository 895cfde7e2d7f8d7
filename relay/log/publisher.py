"""Signs the log's checkpoints and has witnesses cosign them. Runs on the relay's event loop, one for each relay."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import httpx

from protocol.audit.log.certificate import LogCertificate
from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.merkle import Frontier, consistency_nodes, consistency_proof, frontier_nodes, root_of
from protocol.audit.log.policy import NO_WITNESSES, Policy, Witness
from protocol.errors import DesksideError, EnvironmentFault
from protocol.transport.tasks import cancelled, create_task
from relay.clock import SECOND_MS, Clock
from relay.log.keys import SigningKeys
from relay.log.witness_courier import WitnessCourier, WitnessDisagrees, client_for
from relay.storage.log import LogStore, SignedHead

CHECKPOINT_EVERY_S = 1.0
"""A tree that grows gets a checkpoint at once, and then no more often than this."""

_RETRIES_S = (1.0, 2.0, 5.0, 15.0, 60.0)

_log = logging.getLogger(__name__)


class LogSetBack(EnvironmentFault):
    """The tree on disk does not fit the newest checkpoint this log has signed: nothing more may be signed."""

    code = "log_set_back"
    user_text = (
        "The log in the data folder does not fit what it has signed before: it was changed, or set back to a backup. "
        "See the operations manual, `The log`."
    )


class Publisher:
    """`advanced` is awaited with a tree's origin whenever a new checkpoint or cosignature of it is there."""

    def __init__(
        self,
        store: LogStore,
        keys: SigningKeys,
        *,
        clock: Clock,
        certificate: Callable[[], Awaitable[LogCertificate | None]],
        advanced: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._certificate = certificate
        self._advanced = advanced
        self._grown: set[str] = set()
        self._wanted = asyncio.Event()
        self._couriers: dict[Witness, tuple[WitnessCourier, httpx.AsyncClient]] = {}
        self._errands: dict[tuple[Witness, str], asyncio.Task[None]] = {}
        self._to_cosign: dict[str, SignedHead] = {}

    def grew(self, origin: str) -> None:
        """A tree has grown."""
        self._grown.add(origin)
        self._wanted.set()

    async def run(self) -> None:
        """Publish until cancelled, beginning with what an earlier run has left unpublished."""
        try:
            for origin in (await self._store.origins())[-2:]:
                self.grew(origin)
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                await self._round()
                await asyncio.sleep(CHECKPOINT_EVERY_S)
        finally:
            await self._close()

    async def policy(self) -> Policy:
        """Return which witnesses the organisation wants; none without a certificate."""
        certificate = await self._certificate()
        return NO_WITNESSES if certificate is None else certificate.witnesses

    async def publish(self, origin: str) -> SignedHead | None:
        """Sign the tree as it is now, unless that is signed already; return the newest checkpoint.

        Raises:
            LogSetBack: the tree does not continue what was signed before.
            EnvironmentFault: the storage fails.
        """
        frontier = await self._store.frontier(origin)
        before = next(iter(await self._store.newest_heads(origin)), None)
        await self._check_continues(origin, before, frontier)
        if frontier.size == 0 or (before is not None and before.checkpoint.size == frontier.size):
            return before
        now_ms = self._clock()
        checkpoint = Checkpoint(origin, frontier.size, frontier.root)
        head = SignedHead(checkpoint, self._keys.sign(checkpoint, now_ms // SECOND_MS))
        await self._store.keep_checkpoint(head, now_ms)
        return head

    async def consistency(self, origin: str, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new` leaves begins with the tree of `old` leaves.

        Raises:
            LocalError: there are no such trees.
        """
        covers = consistency_nodes(old, new)
        nodes = await self._store.nodes(origin, {place for cover in covers for place in cover})
        return consistency_proof(old, new, lambda level, index: nodes[level, index])

    async def _round(self) -> None:
        grown, self._grown = self._grown, set()
        for origin in sorted(grown):
            try:
                head = await self.publish(origin)
            except EnvironmentFault as fault:
                _log.error("no checkpoint was signed", extra={"code": fault.code, "detail": str(fault)})
                if not isinstance(fault, LogSetBack):
                    self.grew(origin)
                continue
            if head is not None:
                self._to_cosign[origin] = head
                await self._tell(origin)
                await self._send_errands(origin)

    async def _check_continues(self, origin: str, before: SignedHead | None, frontier: Frontier) -> None:
        """A log signs nothing that is inconsistent with what it signed before, whatever happened to its disk."""
        if before is None:
            return
        size = before.checkpoint.size
        if size > frontier.size:
            raise LogSetBack(f"{origin} has {frontier.size} leaves, {size} were signed")
        nodes = await self._store.nodes(origin, frontier_nodes(size))
        if root_of(size, lambda level, index: nodes[level, index]) != before.checkpoint.root:
            raise LogSetBack(f"{origin} has another root at {size} than was signed")

    async def _send_errands(self, origin: str) -> None:
        """See that every witness is on its way to the newest checkpoint."""
        for witness in (await self.policy()).witnesses:
            running = self._errands.get((witness, origin))
            if witness.url and (running is None or running.done()):
                self._errands[witness, origin] = create_task(
                    self._errand(witness, origin), name=f"checkpoints to witness {witness.name}"
                )

    async def _errand(self, witness: Witness, origin: str) -> None:
        """Have one witness cosign the newest checkpoint, however long that takes and however new it has become."""
        courier = await self._courier(witness, origin)
        failures, done = 0, -1
        while (head := self._to_cosign[origin]).checkpoint.size > done:
            try:
                signature = await courier.cosign(head)
            except WitnessDisagrees as error:
                _log.error("a witness disagrees with this log", extra={"code": error.code, "detail": str(error)})
                return
            except DesksideError as error:
                _log.warning("no cosignature: %s", error, extra={"code": error.code})
                await asyncio.sleep(_RETRIES_S[min(failures, len(_RETRIES_S) - 1)])
                failures += 1
                continue
            done, failures = head.checkpoint.size, 0
            await self._store.keep_cosignature(head.checkpoint, signature, self._clock())
            await self._tell(origin)

    async def _courier(self, witness: Witness, origin: str) -> WitnessCourier:
        if witness not in self._couriers:
            client = client_for(witness.url)
            self._couriers[witness] = WitnessCourier(witness, client, self.consistency), client
        courier = self._couriers[witness][0]
        for head in await self._store.newest_heads(origin, cosigned=True):
            if any(line.is_by(witness.key) for line in head.cosignatures):
                courier.has_seen(origin, head.checkpoint.size)
        return courier

    async def _tell(self, origin: str) -> None:
        try:
            await self._advanced(origin)
        except EnvironmentFault as fault:
            _log.error("receipts could not be made", extra={"code": fault.code, "detail": str(fault)})

    async def _close(self) -> None:
        running = [task for task in self._errands.values() if not task.done()]
        for task in running:
            await cancelled(task)
        for _, client in self._couriers.values():
            await client.aclose()
