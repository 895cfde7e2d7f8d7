"""Gives the parties of a session their receipts: proofs that its opening and its seal are in the witnessed log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from protocol.audit.log.certificate import LogCertificate, read_log_certificate
from protocol.audit.log.merkle import inclusion_nodes, inclusion_proof
from protocol.audit.log.note import NoteSignature, VerifierKey
from protocol.audit.log.policy import NO_WITNESSES, Policy
from protocol.audit.log.proof import print_proof
from protocol.messages.signaling import MAX_RECEIPT_BYTES, FromRelay, LogCertified, ReceiptIssued
from protocol.transport.tasks import cancelled, create_task
from relay.clock import Clock
from relay.storage.log import LoggedLeaf, LogStore, SignedHead

UNWITNESSED_AFTER_S = 5.0
"""How long a checkpoint waits for its quorum before the parties get what there is."""

_HEADS_LOOKED_AT = 8

_log = logging.getLogger(__name__)

TellSession = Callable[[str, Callable[[], Awaitable[Sequence[FromRelay]]]], Awaitable[None]]
"""Makes and hands over messages when anybody is in the mailbox of a session."""


class ReceiptDesk:
    """What the log can prove, for the parties and for export. `tell` is set by whoever knows the mailboxes."""

    def __init__(self, store: LogStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told: dict[str, int] = {}
        self._told_early: dict[str, int] = {}
        self._impatient: dict[str, asyncio.Task[None]] = {}
        self.tell: TellSession | None = None

    async def certificate(self) -> LogCertificate | None:
        """Return the log's certificate as it is valid now; None when the organisation gave it none."""
        data = await self.certificate_bytes()
        return None if data is None else read_log_certificate(data)

    async def certificate_bytes(self) -> bytes | None:
        """Return the log's certificate as the organisation signed it."""
        return await self._store.certificate(self._clock())

    async def greeting(self, session_id: str) -> tuple[FromRelay, ...]:
        """Return what a party that comes to the mailbox of a session is told: the log, and its receipts so far."""
        certificate = await self.certificate_bytes()
        if certificate is None:
            return ()
        proofs = await self._proofs(await self._store.leaves_of_session(session_id, receipted=True))
        return (LogCertified(certificate), *_as_messages(proofs))

    async def begin(self) -> None:
        """Note up to where the log is witnessed: who was here before a restart gets its receipts when it attaches."""
        policy = await self._policy()
        for origin in await self._store.origins():
            head = await self._best_head(origin, policy)
            self._told[origin] = 0 if head is None else head.checkpoint.size

    async def close(self) -> None:
        """Wait for nobody any more."""
        for task in list(self._impatient.values()):
            await cancelled(task)

    async def advanced(self, origin: str) -> None:
        """A new checkpoint or cosignature of a tree is there: hand out what it proves for the first time."""
        if self.tell is None or await self.certificate() is None:
            return
        head = await self._best_head(origin, await self._policy())
        if head is not None:
            first = self._told.get(origin, 0)
            self._told[origin] = max(first, head.checkpoint.size)
            await self._hand_out(origin, first, head.checkpoint.size)
        newest = await self._newest_size(origin)
        if newest > self._told.get(origin, 0) and origin not in self._impatient:
            self._impatient[origin] = create_task(self._wait_no_longer(origin), name="receipts without a quorum")

    async def _wait_no_longer(self, origin: str) -> None:
        """Hand out what the log alone vouches for when witnesses are long in coming; better receipts may follow."""
        try:
            await asyncio.sleep(UNWITNESSED_AFTER_S)
            first = max(self._told.get(origin, 0), self._told_early.get(origin, 0))
            end = self._told_early[origin] = await self._newest_size(origin)
            await self._hand_out(origin, first, end)
        finally:
            del self._impatient[origin]

    async def _hand_out(self, origin: str, first: int, end: int) -> None:
        by_session: dict[str, list[LoggedLeaf]] = {}
        for leaf in await self._store.receipted_leaves(origin, first, end):
            by_session.setdefault(leaf.session, []).append(leaf)
        for session_id, own in by_session.items():
            assert self.tell is not None
            await self.tell(session_id, partial(self._messages, own))

    async def _messages(self, leaves: Sequence[LoggedLeaf]) -> Sequence[FromRelay]:
        certificate = await self.certificate_bytes()
        proofs = _as_messages(await self._proofs(leaves))
        return proofs if certificate is None else (LogCertified(certificate), *proofs)

    async def _newest_size(self, origin: str) -> int:
        return max([head.checkpoint.size for head in await self._store.newest_heads(origin)], default=0)

    async def proofs(self, session_id: str) -> tuple[bytes, ...]:
        """Return a proof file for every leaf about the session that a checkpoint covers.

        Raises:
            EnvironmentFault: the storage fails.
        """
        return await self._proofs(await self._store.leaves_of_session(session_id, receipted=False))

    async def _proofs(self, leaves: Sequence[LoggedLeaf]) -> tuple[bytes, ...]:
        policy = await self._policy()
        found: list[bytes] = []
        for origin in dict.fromkeys(leaf.origin for leaf in leaves):
            heads = await self._heads(origin, policy)
            own = [(leaf, _covering(heads, leaf.position)) for leaf in leaves if leaf.origin == origin]
            found += await self._print(origin, [(leaf, head) for leaf, head in own if head is not None], policy)
        return tuple(found)

    async def _print(self, origin: str, leaves: Sequence[tuple[LoggedLeaf, SignedHead]], policy: Policy) -> list[bytes]:
        covers = {
            (leaf.position, head.checkpoint.size): inclusion_nodes(leaf.position, head.checkpoint.size)
            for leaf, head in leaves
        }
        places = {place for path in covers.values() for cover in path for place in cover}
        nodes = await self._store.nodes(origin, places)
        return [
            print_proof(
                leaf.leaf,
                leaf.position,
                inclusion_proof(leaf.position, head.checkpoint.size, lambda level, index: nodes[level, index]),
                head.checkpoint.text,
                (*head.signatures, *_in_order(head.cosignatures, policy)),
            )
            for leaf, head in leaves
        ]

    async def _policy(self) -> Policy:
        certificate = await self.certificate()
        return NO_WITNESSES if certificate is None else certificate.witnesses

    async def _heads(self, origin: str, policy: Policy) -> list[SignedHead]:
        """Return the checkpoints proofs are made with, the best first: the newest with a quorum, then the newest."""
        quorum = await self._best_head(origin, policy)
        newest = await self._store.newest_heads(origin)
        return [*([quorum] if quorum is not None else []), *newest]

    async def _best_head(self, origin: str, policy: Policy) -> SignedHead | None:
        """Return the newest checkpoint whose quorum is met."""
        heads = await self._store.newest_heads(origin, _HEADS_LOOKED_AT, cosigned=policy.wants_witnesses)
        for head in heads:
            if policy.is_met(_signers(head.cosignatures, policy)):
                return head
        return None


def _covering(heads: Sequence[SignedHead], position: int) -> SignedHead | None:
    return next((head for head in heads if head.checkpoint.size > position), None)


def _signers(lines: Sequence[NoteSignature], policy: Policy) -> set[VerifierKey]:
    return {witness.key for witness in policy.witnesses if any(line.is_by(witness.key) for line in lines)}


def _in_order(lines: Sequence[NoteSignature], policy: Policy) -> list[NoteSignature]:
    return [line for witness in policy.witnesses for line in lines if line.is_by(witness.key)]


def _as_messages(proofs: Sequence[bytes]) -> tuple[ReceiptIssued, ...]:
    fitting = tuple(ReceiptIssued(proof) for proof in proofs if len(proof) <= MAX_RECEIPT_BYTES)
    if len(fitting) != len(proofs):
        _log.warning("a receipt is too long for the mailbox; fewer ML-DSA-44 witnesses make it shorter")
    return fitting
