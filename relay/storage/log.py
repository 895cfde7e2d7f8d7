"""The log on disk: leaves and nodes are added, never changed. Every method is one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.leaf import Leaf, encode_leaf
from protocol.audit.log.merkle import Frontier, frontier_nodes, leaf_hash
from protocol.audit.log.note import NoteSignature, parse_signatures
from protocol.errors import EnvironmentFault
from relay.storage.engine import Database
from relay.storage.log_acts import take_acts
from relay.storage.log_lanes import is_waiting, take_due
from relay.storage.log_schema import (
    LogCertificateRow,
    LogCheckpointRow,
    LogCosignatureRow,
    LogLeafRow,
    LogNodeRow,
    LogTreeRow,
)

NodePlace = tuple[int, int]
"""Level and position of a complete subtree."""

_ROWS_AT_ONCE = 200


@dataclass(frozen=True)
class Sequenced:
    """What one transaction added: the positions of the acts handed in, and whether lanes still wait for their time."""

    positions: tuple[int, ...]
    added: int
    waiting: bool


@dataclass(frozen=True)
class SignedHead:
    """A checkpoint with the log's own signatures, and the cosignatures known."""

    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]
    cosignatures: tuple[NoteSignature, ...] = ()


@dataclass(frozen=True)
class LoggedLeaf:
    """A leaf and where it stands."""

    origin: str
    position: int
    leaf: bytes
    session: str


class LogStore:
    """The trees of one relay's log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sequence(self, origin: str, acts: Sequence[Leaf], now_ms: int) -> Sequenced:
        """Append `acts`, acts that were noted and every due batch to the tree `origin`; on disk when this returns.

        Raises:
            EnvironmentFault: the storage fails, or the tree on disk is damaged (`log_damaged`).
        """
        async with self._database.writing() as session:
            due = await take_due(session, now_ms)
            noted = await take_acts(session)
            waiting = await is_waiting(session) if not due and not noted else True
            leaves: list[tuple[Leaf, bool]] = [(leaf, False) for leaf in (*acts, *noted)]
            leaves += [(batch.leaf, batch.receipted) for batch in due]
            if not leaves:
                return Sequenced((), 0, waiting)
            tree = await _tree(session, origin, now_ms)
            frontier = await _frontier(session, tree)
            await _append(session, tree, frontier, leaves, now_ms)
            await session.flush()
            return Sequenced(tuple(range(frontier.size, frontier.size + len(acts))), len(leaves), waiting)

    async def frontier(self, origin: str) -> Frontier:
        """Return size and peaks of the tree; an empty one when nothing was logged in it.

        Raises:
            EnvironmentFault: the tree on disk is damaged (`log_damaged`).
        """
        async with self._database.reading() as session:
            tree = await session.scalar(select(LogTreeRow.id).where(LogTreeRow.origin == origin))
            return Frontier() if tree is None else await _frontier(session, tree)

    async def nodes(self, origin: str, places: Iterable[NodePlace]) -> dict[NodePlace, bytes]:
        """Return the hashes of complete subtrees.

        Raises:
            EnvironmentFault: one is not there (`log_damaged`).
        """
        async with self._database.reading() as session:
            tree = await session.scalar(select(LogTreeRow.id).where(LogTreeRow.origin == origin))
            return await _nodes(session, tree or 0, sorted(set(places)))

    async def keep_checkpoint(self, head: SignedHead, now_ms: int) -> None:
        """Keep a checkpoint the log has signed."""
        checkpoint = head.checkpoint
        async with self._database.writing() as session:
            session.add(
                LogCheckpointRow(
                    tree_id=await _tree(session, checkpoint.origin, now_ms),
                    size=checkpoint.size,
                    root=checkpoint.root,
                    lines="".join(signature.line for signature in head.signatures),
                    at_ms=now_ms,
                )
            )

    async def keep_cosignature(self, checkpoint: Checkpoint, signature: NoteSignature, now_ms: int) -> None:
        """Keep what a witness signed; the first of a witness for one size stays."""
        async with self._database.writing() as session:
            tree = await _tree(session, checkpoint.origin, now_ms)
            key = (tree, checkpoint.size, signature.name, signature.key_id)
            if await session.get(LogCosignatureRow, key) is None:
                row = LogCosignatureRow(
                    tree_id=tree,
                    size=checkpoint.size,
                    name=signature.name,
                    key_id=signature.key_id,
                    line=signature.line,
                    at_ms=now_ms,
                )
                session.add(row)

    async def newest_heads(self, origin: str, limit: int = 1, *, cosigned: bool = False) -> list[SignedHead]:
        """Return the newest checkpoints of the tree, the newest first; `cosigned`: only those with a cosignature."""
        async with self._database.reading() as session:
            tree = await session.scalar(select(LogTreeRow.id).where(LogTreeRow.origin == origin))
            if tree is None:
                return []
            query = select(LogCheckpointRow).where(LogCheckpointRow.tree_id == tree)
            if cosigned:
                sizes = select(LogCosignatureRow.size).where(LogCosignatureRow.tree_id == tree)
                query = query.where(LogCheckpointRow.size.in_(sizes))
            rows = list(await session.scalars(query.order_by(LogCheckpointRow.size.desc()).limit(limit)))
            return [await _head(session, origin, row) for row in rows]

    async def origins(self) -> list[str]:
        """Return the origin of every tree, oldest first."""
        async with self._database.reading() as session:
            return list(await session.scalars(select(LogTreeRow.origin).order_by(LogTreeRow.id)))

    async def leaves_of_session(self, session_id: str, *, receipted: bool) -> list[LoggedLeaf]:
        """Return the leaves about a session in their order; `receipted`: only those the parties get receipts for."""
        condition = LogLeafRow.session_id == session_id
        return await self._leaves(condition & LogLeafRow.receipted.is_(True) if receipted else condition)

    async def receipted_leaves(self, origin: str, first: int, end: int) -> list[LoggedLeaf]:
        """Return the leaves from `first` to `end` (exclusive) for which the parties get receipts."""
        return await self._leaves(
            (LogTreeRow.origin == origin) & LogLeafRow.position.between(first, end - 1) & LogLeafRow.receipted.is_(True)
        )

    async def keep_certificate(self, serial: str, certificate: bytes, dates_ms: tuple[int, int], now_ms: int) -> None:
        """Keep a certificate of the log; `dates_ms` is the time it is valid in (Unix ms)."""
        async with self._database.writing() as session:
            session.add(
                LogCertificateRow(
                    serial=serial,
                    certificate=certificate,
                    not_before_ms=dates_ms[0],
                    not_after_ms=dates_ms[1],
                    kept_at_ms=now_ms,
                )
            )

    async def certificate(self, now_ms: int) -> bytes | None:
        """Return the newest certificate that is valid at `now_ms`."""
        query = (
            select(LogCertificateRow.certificate)
            .where(LogCertificateRow.not_before_ms <= now_ms, LogCertificateRow.not_after_ms > now_ms)
            .order_by(LogCertificateRow.kept_at_ms.desc(), LogCertificateRow.not_after_ms.desc())
            .limit(1)
        )
        async with self._database.reading() as session:
            return await session.scalar(query)

    async def _leaves(self, condition: object) -> list[LoggedLeaf]:
        query = (
            select(LogTreeRow.origin, LogLeafRow.position, LogLeafRow.leaf, LogLeafRow.session_id)
            .join(LogTreeRow, LogTreeRow.id == LogLeafRow.tree_id)
            .where(condition)  # type: ignore[arg-type]
            .order_by(LogLeafRow.tree_id, LogLeafRow.position)
        )
        async with self._database.reading() as session:
            return [LoggedLeaf(*row) for row in await session.execute(query)]


async def _tree(session: AsyncSession, origin: str, now_ms: int) -> int:
    found = await session.scalar(select(LogTreeRow.id).where(LogTreeRow.origin == origin))
    if found is not None:
        return found
    row = LogTreeRow(origin=origin, created_at_ms=now_ms)
    session.add(row)
    await session.flush()
    return row.id


async def _frontier(session: AsyncSession, tree: int) -> Frontier:
    newest = await session.scalar(select(func.max(LogLeafRow.position)).where(LogLeafRow.tree_id == tree))
    size = 0 if newest is None else newest + 1
    places = frontier_nodes(size)
    hashes = await _nodes(session, tree, places)
    return Frontier(size, tuple(hashes[place] for place in places))


async def _nodes(session: AsyncSession, tree: int, places: Sequence[NodePlace]) -> dict[NodePlace, bytes]:
    found: dict[NodePlace, bytes] = {}
    for start in range(0, len(places), _ROWS_AT_ONCE):
        # A row-value IN would read the whole tree: SQLite uses the key only for terms that name all of it.
        each = [
            and_(LogNodeRow.tree_id == tree, LogNodeRow.level == level, LogNodeRow.position == position)
            for level, position in places[start : start + _ROWS_AT_ONCE]
        ]
        query = select(LogNodeRow.level, LogNodeRow.position, LogNodeRow.hash).where(or_(*each))
        found |= {(level, position): hash for level, position, hash in await session.execute(query)}
    if len(found) != len(set(places)):
        raise EnvironmentFault(
            f"nodes of tree {tree} are missing: {sorted(set(places) - set(found))[:5]}",
            code="log_damaged",
            user_text="The relay's log is damaged. Its operator was told; `deskside-relay log check` says where.",
        )
    return found


async def _append(
    session: AsyncSession, tree: int, frontier: Frontier, leaves: Sequence[tuple[Leaf, bool]], now_ms: int
) -> None:
    rows, nodes = [], []
    for leaf, receipted in leaves:
        data = encode_leaf(leaf)
        rows.append(
            {
                "tree_id": tree,
                "position": frontier.size,
                "leaf": data,
                "session_id": leaf.sid,
                "receipted": receipted,
                "at_ms": now_ms,
            }
        )
        frontier, completed = frontier.append(leaf_hash(data))
        nodes += [
            {"tree_id": tree, "level": node.level, "position": node.index, "hash": node.hash} for node in completed
        ]
    await session.execute(insert(LogLeafRow), rows)
    await session.execute(insert(LogNodeRow), nodes)


async def _head(session: AsyncSession, origin: str, row: LogCheckpointRow) -> SignedHead:
    lines = await session.scalars(
        select(LogCosignatureRow.line)
        .where(LogCosignatureRow.tree_id == row.tree_id, LogCosignatureRow.size == row.size)
        .order_by(LogCosignatureRow.name, LogCosignatureRow.key_id)
    )
    cosignatures = "".join(lines)
    return SignedHead(
        Checkpoint(origin, row.size, row.root),
        parse_signatures(row.lines),
        parse_signatures(cosignatures) if cosignatures else (),
    )
