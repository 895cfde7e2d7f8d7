"""The index sessions are searched by: kept in the transactions that change a session, read page by page."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.events import CUSTOMER, EventType
from protocol.messages.review_api import FoundSession
from relay.audit.checking import NewEvents
from relay.clock import iso_utc
from relay.review.searching import PAGE_SIZE, Place, SessionQuery, fold
from relay.storage.engine import Database
from relay.storage.joined_schema import JoinedSessionRow
from relay.storage.log_acts import witness_states
from relay.storage.review_schema import ErasureRow, HoldActRow, SessionIndexRow, SignatureRow
from relay.storage.schema import AccountRow, SessionRow, TicketRow


async def index_opened(session: AsyncSession, opened: SessionRow, ticket: TicketRow) -> None:
    """Add a session that was just opened on `ticket`."""
    technician = (await session.get_one(AccountRow, opened.account_id)).display_name
    words = (ticket.number, ticket.subject, ticket.customer, opened.reason, technician)
    session.add(
        SessionIndexRow(
            session_id=opened.id,
            opened_at_ms=opened.opened_at_ms,
            ticket_number=ticket.number,
            account_id=opened.account_id,
            technician=fold(technician),
            customer=fold(ticket.customer),
            words=fold("\n".join(words)),
            kinds="|",
            ticket_state=ticket.state,
            customer_events=0,
            technician_events=0,
            customer_seen=0,
            technician_seen=0,
            sealed_customer=False,
            sealed_technician=False,
        )
    )


async def index_events(session: AsyncSession, session_id: str, lane: str, new: NewEvents) -> None:
    """Let the index follow events that are being kept."""
    if not new.events:
        return
    row = await session.get_one(SessionIndexRow, session_id)
    kinds = {kind for kind in row.kinds.split("|") if kind} | {kind.value for kind in new.types}
    row.kinds = "|" + "".join(f"{kind}|" for kind in sorted(kinds))
    count, sealed = new.first_seq + len(new.events), EventType.SESSION_SEAL in new.types
    if lane == CUSTOMER:
        row.customer_events, row.technician_seen = count, new.seen
        row.sealed_customer = sealed
    else:
        row.technician_events, row.customer_seen = count, new.seen
        row.sealed_technician = sealed


class SessionSearch:
    """Finds sessions. Every method is one consistent view of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: SessionQuery) -> tuple[tuple[FoundSession, ...], Place | None]:
        """Return at most 50 sessions and where the page ended; None when nothing follows."""
        wanted = (
            select(SessionIndexRow.session_id, SessionIndexRow.opened_at_ms)
            .where(*_conditions(query))
            .order_by(SessionIndexRow.opened_at_ms.desc(), SessionIndexRow.session_id.desc())
            .limit(PAGE_SIZE + 1)
        )
        async with self._database.reading() as session:
            places = [Place(opened_at_ms, found) for found, opened_at_ms in await session.execute(wanted)]
            shown = places[:PAGE_SIZE]
            found = await found_sessions(session, [place.session for place in shown])
        return found, shown[-1] if len(places) > PAGE_SIZE else None

    async def one(self, session_id: str) -> FoundSession:
        """Return one session, which exists."""
        async with self._database.reading() as session:
            return (await found_sessions(session, [session_id]))[0]


async def found_sessions(session: AsyncSession, ids: Sequence[str]) -> tuple[FoundSession, ...]:
    """Return what the relay knows about these sessions, in this order."""
    query = (
        select(SessionIndexRow, SessionRow, TicketRow, AccountRow, JoinedSessionRow.joins)
        .join(SessionRow, SessionRow.id == SessionIndexRow.session_id)
        .join(TicketRow, TicketRow.number == SessionRow.ticket_number)
        .join(AccountRow, AccountRow.id == SessionRow.account_id)
        .outerjoin(JoinedSessionRow, JoinedSessionRow.session_id == SessionRow.id)
        .where(SessionIndexRow.session_id.in_(ids))
    )
    signed = select(SignatureRow.session_id, func.count()).where(SignatureRow.session_id.in_(ids))
    signatures = {owner: int(n) for owner, n in await session.execute(signed.group_by(SignatureRow.session_id))}
    held = await held_sessions(session, ids)
    erased = await _erased_scopes(session, ids)
    witnesses = await witness_states(session, ids)
    found = {
        index.session_id: _found(
            index,
            row,
            ticket,
            person,
            joins=joins or "",
            signatures=signatures.get(row.id, 0),
            on_hold=row.id in held,
            erased=erased.get(row.id, ()),
            witness=witnesses.get(row.id, ""),
        )
        for index, row, ticket, person, joins in await session.execute(query)
    }
    return tuple(found[one] for one in ids if one in found)


async def held_sessions(session: AsyncSession, ids: Sequence[str]) -> frozenset[str]:
    """Return which of these sessions are on hold."""
    newest = select(func.max(HoldActRow.id)).where(HoldActRow.session_id.in_(ids)).group_by(HoldActRow.session_id)
    acts = await session.scalars(select(HoldActRow).where(HoldActRow.id.in_(newest)))
    return frozenset(act.session_id for act in acts if act.held)


async def _erased_scopes(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    rows = await session.execute(
        select(ErasureRow.session_id, ErasureRow.scope).where(ErasureRow.session_id.in_(ids)).order_by(ErasureRow.id)
    )
    scopes: dict[str, tuple[str, ...]] = {}
    for owner, scope in rows:
        if scope not in scopes.get(owner, ()):
            scopes[owner] = (*scopes.get(owner, ()), scope)
    return scopes


def _conditions(query: SessionQuery) -> list[ColumnElement[bool]]:
    row = SessionIndexRow
    conditions: list[ColumnElement[bool]] = []
    if query.only_of is not None:
        conditions.append(row.account_id == query.only_of)
    if query.ticket:
        number = query.ticket.upper()
        conditions.append(
            row.ticket_number == number if len(number) >= len("DS-2026-000001") else row.ticket_number.contains(number)
        )
    for text, column in ((query.technician, row.technician), (query.customer, row.customer), (query.text, row.words)):
        if text:
            conditions.append(column.contains(text, autoescape=True))
    if query.kind:
        conditions.append(row.kinds.contains(f"|{query.kind}|", autoescape=True))
    if query.opened_from_ms is not None:
        conditions.append(row.opened_at_ms >= query.opened_from_ms)
    if query.opened_before_ms is not None:
        conditions.append(row.opened_at_ms < query.opened_before_ms)
    if query.after is not None:
        after = query.after
        conditions.append(row.opened_at_ms <= after.opened_at_ms)
        conditions.append(
            or_(
                row.opened_at_ms < after.opened_at_ms,
                and_(row.opened_at_ms == after.opened_at_ms, row.session_id < after.session),
            )
        )
    return conditions


def _found(
    index: SessionIndexRow,
    row: SessionRow,
    ticket: TicketRow,
    person: AccountRow,
    *,
    joins: str,
    signatures: int,
    on_hold: bool,
    erased: tuple[str, ...],
    witness: str,
) -> FoundSession:
    return FoundSession(
        session=row.id,
        ticket=ticket.number,
        subject=ticket.subject,
        customer=ticket.customer,
        technician=person.display_name,
        technician_id=person.id,
        reason=row.reason,
        state=row.state,
        opened_at=iso_utc(row.opened_at_ms),
        ended_at="" if row.ended_at_ms is None else iso_utc(row.ended_at_ms),
        customer_events=index.customer_events,
        technician_events=index.technician_events,
        kinds=tuple(kind for kind in index.kinds.split("|") if kind),
        sealed_by_customer=bool(index.sealed_customer),
        sealed_by_technician=bool(index.sealed_technician),
        missing=index.customer_seen > index.customer_events or index.technician_seen > index.technician_events,
        witness=witness,
        ticket_state_at_opening=index.ticket_state,
        joins=joins,
        signatures=signatures,
        on_hold=on_hold,
        erased=erased,
    )
