"""Which lanes have events that are not in the log yet: noted in the transaction that stores the events."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.events import EventType, parse_event
from protocol.audit.log.leaf import BatchLeaf, batch_leaf
from protocol.errors import EnvironmentFault
from relay.storage.log_schema import LogLaneRow
from relay.storage.schema import EventRow

LOGGED_WITHIN_MS = 60_000
LOGGED_AFTER_EVENTS = 256
_MOST_AT_ONCE = 256


@dataclass(frozen=True)
class LaneBatch:
    """A batch that is due. `receipted`: it holds the opening or the seal, for which the parties get receipts."""

    leaf: BatchLeaf
    receipted: bool


async def note_stored(
    session: AsyncSession, session_id: str, lane: str, stored: int, now_ms: int, *, urgent: bool
) -> None:
    """Note that the first `stored` events of the lane are stored; `urgent` when they shall be logged at once."""
    row = await session.get(LogLaneRow, (session_id, lane))
    if row is None:
        row = LogLaneRow(session_id=session_id, lane=lane, stored=0, logged=0, urgent=False)
        session.add(row)
    row.stored, row.urgent = stored, bool(row.urgent) or urgent
    if row.waiting_since_ms is None:
        row.waiting_since_ms = now_ms


async def take_due(session: AsyncSession, now_ms: int) -> list[LaneBatch]:
    """Return a batch for each lane that is due and note it as logged: the caller logs them in this transaction.

    Raises:
        EnvironmentFault: an event that was noted as stored is not there (`record_damaged`).
    """
    due = or_(
        LogLaneRow.urgent.is_(True),
        LogLaneRow.waiting_since_ms <= now_ms - LOGGED_WITHIN_MS,
        LogLaneRow.stored - LogLaneRow.logged >= LOGGED_AFTER_EVENTS,
    )
    query = (
        select(LogLaneRow)
        .where(LogLaneRow.waiting_since_ms.is_not(None), due)
        .order_by(LogLaneRow.waiting_since_ms, LogLaneRow.session_id, LogLaneRow.lane)
        .limit(_MOST_AT_ONCE)
    )
    batches = []
    for row in list(await session.scalars(query)):
        if row.stored > row.logged:
            batches.append(await _batch(session, row))
        row.logged, row.waiting_since_ms, row.urgent = row.stored, None, False
    return batches


async def is_waiting(session: AsyncSession) -> bool:
    """Return whether any lane has events that are not in the log."""
    query = select(LogLaneRow.lane).where(LogLaneRow.waiting_since_ms.is_not(None)).limit(1)
    return await session.scalar(query) is not None


async def _batch(session: AsyncSession, row: LogLaneRow) -> LaneBatch:
    newest = await session.scalar(
        select(EventRow.event).where(
            EventRow.session_id == row.session_id, EventRow.lane == row.lane, EventRow.seq == row.stored - 1
        )
    )
    if newest is None:
        raise EnvironmentFault(
            f"event {row.session_id} {row.lane} {row.stored - 1} is gone",
            code="record_damaged",
            user_text="The relay's record is damaged. Its operator was told.",
        )
    leaf = batch_leaf(row.session_id, row.lane, row.logged, row.stored, hashlib.sha256(newest).hexdigest())
    sealed = parse_event(newest).type is EventType.SESSION_SEAL
    return LaneBatch(leaf, receipted=row.logged == 0 or sealed)
