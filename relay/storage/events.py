"""The record on disk: events are added, never changed. The transaction is on disk before a method returns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.events import LANES
from protocol.messages.relay_api import StoredCounts
from protocol.messages.signaling import StoredEvent
from relay.audit.checking import HeldLane, NewEvents, check_delivery, lane_of, sequence_numbers
from relay.storage.engine import Database
from relay.storage.erasure import bodies_were_erased
from relay.storage.log_lanes import note_stored
from relay.storage.review_index import index_events
from relay.storage.review_schema import EventBodyRow
from relay.storage.schema import DeviceRow, EventRow, SessionRow
from relay.storage.ticket_rows import add_note, find_ticket, not_found


@dataclass(frozen=True)
class StoredRecord:
    """Everything held of one session, events of lane C first, each lane by `seq`."""

    session: str
    technician_certificate: bytes
    events: tuple[StoredEvent, ...]


class EventStore:
    """Every method is one transaction."""

    def __init__(self, database: Database, kept: Callable[[bool], None] = lambda urgent: None) -> None:
        """`kept` is called when events are on disk, and told whether they are urgent for the log."""
        self._database = database
        self._kept = kept

    async def keep(self, session_id: str, delivered: Sequence[StoredEvent], now_ms: int) -> StoredCounts:
        """Check and keep the events of one delivery, all or none; return what is on disk afterwards.

        Raises:
            PeerError: `event_invalid`, `event_gap`, `event_conflict` or `not_found`.
        """
        lane, numbers = lane_of(delivered), sequence_numbers(delivered)
        async with self._database.writing() as session:
            owner = await session.get(SessionRow, session_id)
            if owner is None:
                raise not_found("There is no session with this id.")
            held = await _held_lane(session, session_id, lane)
            new = check_delivery(
                session_id,
                held,
                await _held_events(session, session_id, lane, [seq for seq in numbers if seq < held.count]),
                delivered,
                await _technician_keys(session, owner.account_id),
            )
            session.add_all(_rows(session_id, new, now_ms))
            await session.flush()
            # What comes late of a session that was erased is proven, and not brought back.
            if not await bodies_were_erased(session, session_id):
                session.add_all(_bodies(session_id, new))
            await index_events(session, session_id, lane, new)
            await _follow(session, owner, new, now_ms)
            if new.events:
                stored = new.first_seq + len(new.events)
                await note_stored(session, session_id, lane, stored, now_ms, urgent=new.anchored_now)
            await session.flush()
            counts = await _counts(session, session_id)
        if new.events:
            self._kept(new.anchored_now)
        return counts

    async def counts(self, session_id: str) -> StoredCounts:
        """Return how many events of each lane are on disk."""
        async with self._database.reading() as session:
            return await _counts(session, session_id)

    async def record(self, session_id: str) -> StoredRecord:
        """Return everything held of the session; `sealed_body` is empty where it was erased.

        Raises:
            PeerError: there is no such session (`not_found`).
        """
        same = (EventBodyRow.lane == EventRow.lane) & (EventBodyRow.seq == EventRow.seq)
        query = (
            select(EventRow, EventBodyRow.sealed_body)
            .outerjoin(EventBodyRow, (EventBodyRow.session_id == EventRow.session_id) & same)
            .where(EventRow.session_id == session_id)
            .order_by(EventRow.lane, EventRow.seq)
        )
        async with self._database.reading() as session:
            owner = await session.get(SessionRow, session_id)
            if owner is None:
                raise not_found("There is no session with this id.")
            events = tuple(
                StoredEvent(
                    lane=row.lane,
                    event=row.event,
                    signature=row.signature,
                    signer=row.signer,
                    sealed_body=body or b"",
                )
                for row, body in await session.execute(query)
            )
        return StoredRecord(session_id, owner.certificate, events)


async def _held_lane(session: AsyncSession, session_id: str, lane: str) -> HeldLane:
    newest = await session.scalar(
        select(EventRow)
        .where(EventRow.session_id == session_id, EventRow.lane == lane)
        .order_by(EventRow.seq.desc())
        .limit(1)
    )
    return HeldLane() if newest is None else HeldLane(newest.seq + 1, newest.event, newest.signer)


async def _held_events(session: AsyncSession, session_id: str, lane: str, numbers: list[int]) -> dict[int, bytes]:
    if not numbers:
        return {}
    query = select(EventRow.seq, EventRow.event).where(
        EventRow.session_id == session_id, EventRow.lane == lane, EventRow.seq.in_(numbers)
    )
    return {row.seq: row.event for row in await session.execute(query)}


async def _technician_keys(session: AsyncSession, account_id: str) -> frozenset[bytes]:
    # Late events are kept after a certificate ran out or a device was replaced: certified once is enough here, and
    # who checks the record checks the certificate's dates against the events.
    query = select(DeviceRow.signing_key).where(DeviceRow.account_id == account_id, DeviceRow.certificate.is_not(None))
    return frozenset(await session.scalars(query))


async def _follow(session: AsyncSession, owner: SessionRow, new: NewEvents, now_ms: int) -> None:
    """Let the session's state, and the ticket's history, follow the record."""
    started = new.technician_opened and owner.state in ("waiting", "expired")
    ended = new.sealed and owner.state != "ended"
    if not started and not ended:
        return
    ticket = await find_ticket(session, owner.ticket_number)
    if started:
        owner.state, owner.ended_at_ms = "active", None
        text = f"Session {owner.id} started."
        add_note(session, ticket, kind="session", text=text, person_id=owner.account_id, now_ms=now_ms)
    if ended:
        owner.state, owner.ended_at_ms = "ended", now_ms
        text = f"Session {owner.id} ended."
        add_note(session, ticket, kind="session", text=text, person_id=owner.account_id, now_ms=now_ms)


async def _counts(session: AsyncSession, session_id: str) -> StoredCounts:
    query = (
        select(EventRow.lane, func.count().label("events"))
        .where(EventRow.session_id == session_id)
        .group_by(EventRow.lane)
    )
    counts = {row.lane: row.events for row in await session.execute(query)}
    customer, technician = (counts.get(lane, 0) for lane in LANES)
    return StoredCounts(customer=customer, technician=technician)


def _rows(session_id: str, new: NewEvents, now_ms: int) -> list[EventRow]:
    return [
        EventRow(
            session_id=session_id,
            lane=one.lane,
            seq=seq,
            event=one.event,
            signature=one.signature,
            signer=one.signer,
            stored_at_ms=now_ms,
        )
        for seq, one in enumerate(new.events, start=new.first_seq)
    ]


def _bodies(session_id: str, new: NewEvents) -> list[EventBodyRow]:
    return [
        EventBodyRow(session_id=session_id, lane=one.lane, seq=seq, sealed_body=one.sealed_body)
        for seq, one in enumerate(new.events, start=new.first_seq)
    ]
