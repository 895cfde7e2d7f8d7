"""Leaves of acts on their way into the log, and how far the log vouches for sessions.

An act and its leaf are noted in one transaction, by whatever process acts; the running relay's sequencer moves noted
leaves into the tree, each once (`LogStore.sequence`).
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.log.leaf import ActLeaf, Leaf, encode_leaf, parse_leaf
from relay.storage.log_schema import LogCosignatureRow, LogLeafRow
from relay.storage.review_schema import NotedLeafRow

_MOST_AT_ONCE = 256


async def note_act(session: AsyncSession, leaf: ActLeaf) -> None:
    """Note the leaf of an act that is being written down in the same transaction."""
    session.add(NotedLeafRow(leaf=encode_leaf(leaf)))


async def take_acts(session: AsyncSession) -> list[Leaf]:
    """Return leaves that were noted, oldest first, and forget them: the caller logs them in this transaction."""
    rows = list(await session.scalars(select(NotedLeafRow).order_by(NotedLeafRow.id).limit(_MOST_AT_ONCE)))
    if rows:
        await session.execute(delete(NotedLeafRow).where(NotedLeafRow.id <= rows[-1].id))
    return [parse_leaf(row.leaf) for row in rows]


async def acts_wait(session: AsyncSession) -> bool:
    """Return whether leaves are noted that are not in the log yet."""
    return await session.scalar(select(NotedLeafRow.id).limit(1)) is not None


async def witness_states(session: AsyncSession, ids: Sequence[str]) -> dict[str, str]:
    """Return for each of these sessions that is in the log `logged`, or `witnessed` when a witness has seen its end."""
    newest = await session.execute(
        select(LogLeafRow.session_id, LogLeafRow.tree_id, func.max(LogLeafRow.position))
        .where(LogLeafRow.session_id.in_(ids))
        .group_by(LogLeafRow.session_id, LogLeafRow.tree_id)
    )
    places = [(owner, tree, position) for owner, tree, position in newest]
    trees = {tree for _, tree, _ in places}
    cosigned = {
        tree: int(size)
        for tree, size in await session.execute(
            select(LogCosignatureRow.tree_id, func.max(LogCosignatureRow.size))
            .where(LogCosignatureRow.tree_id.in_(trees))
            .group_by(LogCosignatureRow.tree_id)
        )
    }
    states: dict[str, str] = {}
    for owner, tree, position in places:
        seen = position < cosigned.get(tree, 0)
        states[owner] = "witnessed" if seen and states.get(owner) != "logged" else "logged"
    return states
