"""Reading the whole log back, for checking it: every leaf, node and checkpoint as the disk has them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import func, select

from protocol.audit.log.checkpoint import Checkpoint
from relay.storage.engine import Database
from relay.storage.log_schema import LogCheckpointRow, LogLeafRow, LogNodeRow, LogTreeRow
from relay.storage.schema import EventRow

_LEAVES_AT_ONCE = 1000


@dataclass(frozen=True)
class KeptLeaf:
    """A leaf at its position, and the hash that was made from it when it was added (None: there is none)."""

    position: int
    leaf: bytes
    hash: bytes | None


@dataclass(frozen=True)
class KeptEvent:
    """An event as it is on disk."""

    seq: int
    event: bytes
    signature: bytes
    signer: bytes


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint and its own signature lines as text."""

    checkpoint: Checkpoint
    lines: str


class LogReader:
    """Every method is one transaction, but for `leaves`, which takes a part at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def trees(self) -> list[tuple[int, str]]:
        """Return id and origin of every tree."""
        async with self._database.reading() as session:
            rows = await session.execute(select(LogTreeRow.id, LogTreeRow.origin).order_by(LogTreeRow.id))
            return [(row.id, row.origin) for row in rows]

    async def leaves(self, tree: int) -> AsyncIterator[KeptLeaf]:
        """Yield every leaf of a tree in its order."""
        after = -1
        while True:
            query = (
                select(LogLeafRow.position, LogLeafRow.leaf, LogNodeRow.hash)
                .outerjoin(
                    LogNodeRow,
                    (LogNodeRow.tree_id == LogLeafRow.tree_id)
                    & (LogNodeRow.level == 0)
                    & (LogNodeRow.position == LogLeafRow.position),
                )
                .where(LogLeafRow.tree_id == tree, LogLeafRow.position > after)
                .order_by(LogLeafRow.position)
                .limit(_LEAVES_AT_ONCE)
            )
            async with self._database.reading() as session:
                rows = [KeptLeaf(*row) for row in await session.execute(query)]
            for row in rows:
                yield row
            if len(rows) < _LEAVES_AT_ONCE:
                return
            after = rows[-1].position

    async def checkpoints(self, tree: int, origin: str) -> list[KeptCheckpoint]:
        """Return every checkpoint of a tree, by size."""
        query = select(LogCheckpointRow).where(LogCheckpointRow.tree_id == tree).order_by(LogCheckpointRow.size)
        async with self._database.reading() as session:
            return [
                KeptCheckpoint(Checkpoint(origin, row.size, row.root), row.lines)
                for row in await session.scalars(query)
            ]

    async def events(self, session_id: str, lane: str, first: int, end: int) -> list[KeptEvent]:
        """Return the events from `first` to `end` (exclusive) of a lane that are there."""
        query = (
            select(EventRow.seq, EventRow.event, EventRow.signature, EventRow.signer)
            .where(EventRow.session_id == session_id, EventRow.lane == lane, EventRow.seq.between(first, end - 1))
            .order_by(EventRow.seq)
        )
        async with self._database.reading() as session:
            return [KeptEvent(*row) for row in await session.execute(query)]

    async def event_counts(self) -> dict[tuple[str, str], int]:
        """Return one more than the highest seq of every lane."""
        query = select(EventRow.session_id, EventRow.lane, func.max(EventRow.seq)).group_by(
            EventRow.session_id, EventRow.lane
        )
        async with self._database.reading() as session:
            return {(sid, lane): seq + 1 for sid, lane, seq in await session.execute(query)}
