"""Checks a relay's own disk against its log: has anybody changed the record behind its back, and where?

Whoever can write to the database can change rows in spite of the triggers; what they cannot do is make the rows fit the
checkpoints that were signed, the witnesses' memory and the parties' receipts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.audit.events import check_signed_event
from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.leaf import BatchLeaf, Leaf, parse_leaf
from protocol.audit.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from protocol.audit.log.note import parse_signatures
from protocol.errors import PeerError
from relay.storage.log_reading import KeptCheckpoint, KeptEvent, KeptLeaf, LogReader

MAX_FAULTS = 100


@dataclass(frozen=True)
class LogFault:
    """Something on disk that cannot be as it was written. `seq` is -1 when it is not about one event."""

    place: str
    text: str
    session: str = ""
    lane: str = ""
    seq: int = -1


@dataclass(frozen=True)
class LogReport:
    """What was looked at, and what is wrong."""

    leaves: int
    events: int
    checkpoints: int
    faults: tuple[LogFault, ...]


class LogCheck:
    """One check of the log `keys` name."""

    def __init__(self, reader: LogReader, keys: LogKeys) -> None:
        self._reader = reader
        self._keys = keys
        self._faults: list[LogFault] = []
        self._leaves = self._events = self._checkpoints = 0
        self._logged: dict[tuple[str, str], int] = {}

    async def run(self) -> LogReport:
        """Read everything and return what was found, the first 100 faults in the order of the log.

        Raises:
            EnvironmentFault: the storage cannot be read.
        """
        for tree, origin in await self._reader.trees():
            await self._check_tree(tree, origin)
        counts = await self._reader.event_counts()
        for (session, lane), logged in sorted(self._logged.items()):
            held = counts.get((session, lane), 0)
            if held < logged:
                text = f"The log has {logged} events of this lane, the record only {held}."
                self._fault(LogFault("record", text, session, lane, held))
        return LogReport(self._leaves, self._events, self._checkpoints, tuple(self._faults[:MAX_FAULTS]))

    async def _check_tree(self, tree: int, origin: str) -> None:
        frontier, roots = Frontier(), {0: EMPTY_ROOT}
        checkpoints = await self._reader.checkpoints(tree, origin)
        wanted = {kept.checkpoint.size for kept in checkpoints}
        async for kept in self._reader.leaves(tree):
            if kept.position != frontier.size:
                self._fault(LogFault(f"{origin} {frontier.size}", "Leaves of the log are missing from here on."))
                break
            await self._check_leaf(origin, kept)
            frontier, _ = frontier.append(leaf_hash(kept.leaf))
            if frontier.size in wanted:
                roots[frontier.size] = frontier.root
        self._leaves += frontier.size
        self._check_checkpoints(checkpoints, roots)

    async def _check_leaf(self, origin: str, kept: KeptLeaf) -> None:
        place = f"{origin} {kept.position}"
        if kept.hash != leaf_hash(kept.leaf):
            self._fault(LogFault(place, "The leaf is not the one that was logged here."))
        try:
            leaf: Leaf = parse_leaf(kept.leaf)
        except PeerError as error:
            self._fault(LogFault(place, f"The leaf cannot be read: {error}."))
            return
        if isinstance(leaf, BatchLeaf):
            key = (leaf.sid, leaf.lane)
            if leaf.first != self._logged.get(key, 0):
                self._fault(LogFault(place, "A batch before this one is missing.", leaf.sid, leaf.lane, leaf.first))
            self._logged[key] = leaf.end
            await self._check_events(place, leaf)

    async def _check_events(self, place: str, leaf: BatchLeaf) -> None:
        held = await self._reader.events(leaf.sid, leaf.lane, leaf.first, leaf.end)
        self._events += len(held)
        seq = leaf.first
        for event in held:
            fault = "An event is missing." if event.seq != seq else _event_fault(event, leaf)
            if fault:
                self._fault(LogFault(place, fault, leaf.sid, leaf.lane, seq))
                return
            seq += 1
        if seq != leaf.end:
            self._fault(LogFault(place, "An event is missing.", leaf.sid, leaf.lane, seq))
        elif hashlib.sha256(held[-1].event).hexdigest() != leaf.head:
            self._fault(LogFault(place, "Another event was logged here.", leaf.sid, leaf.lane, leaf.end - 1))

    def _check_checkpoints(self, kept: Sequence[KeptCheckpoint], roots: dict[int, bytes]) -> None:
        for one in kept:
            self._checkpoints += 1
            place = f"{one.checkpoint.origin} checkpoint {one.checkpoint.size}"
            if roots.get(one.checkpoint.size) != one.checkpoint.root:
                self._fault(LogFault(place, "The leaves do not lead to the root that was signed."))
            try:
                lines = parse_signatures(one.lines)
                for key, line in zip(self._keys.verifiers(one.checkpoint.origin), lines, strict=True):
                    verify_signature(key, line, one.checkpoint)
            except (PeerError, ValueError) as error:
                self._fault(LogFault(place, f"The log's own signature does not hold: {error}."))

    def _fault(self, fault: LogFault) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(fault)


def _event_fault(kept: KeptEvent, leaf: BatchLeaf) -> str:
    """Return what is wrong with an event on its own; empty when nothing is."""
    try:
        event = check_signed_event(kept.event, kept.signature, kept.signer, session=leaf.sid, lane=leaf.lane)
    except PeerError as error:
        return f"The event was changed: {error}."
    return "" if event.seq == kept.seq else "The event stands in another place than its own."
