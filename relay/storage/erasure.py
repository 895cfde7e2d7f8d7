"""Erasing what a session left behind: bodies, keys, attachments and the customer's texts go.

The signed events and their proofs stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CursorResult, Delete, and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from relay.clock import HOUR_MS, MINUTE_MS
from relay.review.acts import Act, By
from relay.review.kinds_of_data import ATTACHMENT_KINDS, Kind
from relay.storage.engine import Database
from relay.storage.feedback_schema import AbuseReportRow, SurveyRow
from relay.storage.joined_schema import JoinedSessionRow
from relay.storage.log_acts import note_act
from relay.storage.review_index import held_sessions
from relay.storage.review_schema import ErasureRow, EventBodyRow, SessionKeyRow
from relay.storage.schema import AttachmentRow, MailboxRow, SessionRow
from relay.storage.ticket_rows import not_found

WHOLE_SESSION = "session"
_EVERY_KIND = tuple(kind for kinds in ATTACHMENT_KINDS.values() for kind in kinds)
_ATTACHED_LATE_MS = 10 * MINUTE_MS
_LONGEST_SESSION_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class DueSession:
    """A session of which something is kept too long; `items` are bodies and keys, attachments, or texts."""

    session: str
    items: int
    on_hold: bool


class ErasureStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def affected(self, session_id: str) -> tuple[str, ...]:
        """Return the session and those of colleagues who joined it, when all of them may be erased.

        Raises:
            PeerError: `not_found`; one is on hold (`session_on_hold`) or its programs may still come
                (`session_running`).
        """
        async with self._database.reading() as session:
            return await _erasable(session, session_id)

    async def erase(self, session_id: str, *, by: By, basis: str, recordings: int, now_ms: int) -> None:
        """Erase a session and those that joined it; `recordings` is how many recordings were deleted before.

        Raises:
            PeerError: as `affected`.
        """
        async with self._database.writing() as session:
            for one in await _erasable(session, session_id):
                row = await session.get_one(SessionRow, one)
                bodies = await _deleted(session, delete(EventBodyRow).where(EventBodyRow.session_id == one))
                keys = await _deleted(session, delete(SessionKeyRow).where(SessionKeyRow.session_id == one))
                attachments = await _deleted(session, delete(AttachmentRow).where(_made_by(row)))
                feedback = await _delete_feedback(session, one)
                gone = _Gone(bodies, keys, attachments, recordings if one == session_id else 0, feedback)
                await self._note(session, one, WHOLE_SESSION, gone, by=by, basis=basis, now_ms=now_ms)

    async def due(self, kind: Kind, before_ms: int) -> tuple[DueSession, ...]:
        """Return the sessions of which data of `kind` (not recordings) is older than it shall be."""
        async with self._database.reading() as session:
            counts = await _DUE.get(kind, _due_attachments)(session, kind, before_ms)
            held = await held_sessions(session, list(counts)) if counts else frozenset[str]()
        return tuple(DueSession(one, items, one in held) for one, items in counts.items())

    async def expire(self, kind: Kind, session_id: str, *, by: By, basis: str, before_ms: int, now_ms: int) -> None:
        """Erase data of `kind` of one session.

        Raises:
            PeerError: the session is on hold (`session_on_hold`).
        """
        async with self._database.writing() as session:
            await check_not_held(session, [session_id])
            row = await session.get_one(SessionRow, session_id)
            gone = _Gone()
            if kind is Kind.AUDIT:
                bodies = await _deleted(session, delete(EventBodyRow).where(EventBodyRow.session_id == session_id))
                keys = await _deleted(session, delete(SessionKeyRow).where(SessionKeyRow.session_id == session_id))
                gone = _Gone(bodies, keys)
            elif kind is Kind.FEEDBACK:
                gone = _Gone(feedback=await _delete_feedback(session, session_id, before_ms))
            else:
                old = and_(_made_by(row), AttachmentRow.kind.in_(ATTACHMENT_KINDS[kind]))
                old = and_(old, AttachmentRow.at_ms < before_ms)
                gone = _Gone(attachments=await _deleted(session, delete(AttachmentRow).where(old)))
            await self._note(session, session_id, kind.value, gone, by=by, basis=basis, now_ms=now_ms)

    async def note_recordings(self, session_id: str, count: int, *, by: By, basis: str, now_ms: int) -> None:
        """Keep that `count` recordings of a session were deleted."""
        async with self._database.writing() as session:
            gone = _Gone(recordings=count)
            await self._note(session, session_id, Kind.RECORDINGS.value, gone, by=by, basis=basis, now_ms=now_ms)

    async def held(self, session_id: str) -> bool:
        """Return whether the session is on hold."""
        async with self._database.reading() as session:
            return session_id in await held_sessions(session, [session_id])

    async def _note(
        self, session: AsyncSession, session_id: str, scope: str, gone: "_Gone", *, by: By, basis: str, now_ms: int
    ) -> None:
        facts = {"scope": scope, "basis": basis, **vars(gone)}
        act = Act("erasure", session_id, by, now_ms, facts)
        session.add(
            ErasureRow(
                session_id=session_id,
                scope=scope,
                basis=basis,
                document=act.document,
                by_id=by.id,
                by_name=by.name,
                at_ms=now_ms,
                **vars(gone),
            )
        )
        await note_act(session, act.leaf())


async def check_not_held(session: AsyncSession, ids: Sequence[str]) -> None:
    """Check that none of these sessions is on hold.

    Raises:
        PeerError: one is (`session_on_hold`).
    """
    if await held_sessions(session, ids):
        raise PeerError(
            "legal hold",
            code="session_on_hold",
            user_text="This session is on legal hold: nothing of it can be erased until the hold is lifted.",
        )


async def all_was_erased(session: AsyncSession, session_id: str) -> bool:
    """Return whether everything this session left behind was erased: nobody brings back any of it."""
    erased = exists().where(ErasureRow.session_id == session_id, ErasureRow.scope == WHOLE_SESSION)
    return bool(await session.scalar(select(erased)))


async def bodies_were_erased(session: AsyncSession, session_id: str) -> bool:
    """Return whether bodies of this session must not be kept any more: what comes late is not brought back."""
    scopes = (WHOLE_SESSION, Kind.AUDIT.value)
    query = select(exists().where(ErasureRow.session_id == session_id, ErasureRow.scope.in_(scopes)))
    return bool(await session.scalar(query))


@dataclass(frozen=True)
class _Gone:
    """How many of each were deleted."""

    bodies: int = 0
    keys: int = 0
    attachments: int = 0
    recordings: int = 0
    feedback: int = 0


async def _erasable(session: AsyncSession, session_id: str) -> tuple[str, ...]:
    if await session.get(SessionRow, session_id) is None:
        raise not_found("There is no session with this id.")
    joined = await session.scalars(
        select(JoinedSessionRow.session_id).where(JoinedSessionRow.joins == session_id).order_by("session_id")
    )
    ids = (session_id, *joined)
    await check_not_held(session, ids)
    open_mailbox = exists().where(MailboxRow.session_id.in_(ids), MailboxRow.closed_at_ms.is_(None))
    if await session.scalar(select(open_mailbox)):
        raise PeerError(
            "its mailbox is open",
            code="session_running",
            user_text="This session may still be running. It can be erased when both sides have left it.",
        )
    return ids


def _made_by(row: SessionRow) -> ColumnElement[bool]:
    """Attachments of a session: those that say so, and older ones by ticket, author and time."""
    ended_ms = row.ended_at_ms or row.opened_at_ms + _LONGEST_SESSION_MS
    unnamed = and_(
        AttachmentRow.session_id.is_(None),
        AttachmentRow.ticket_number == row.ticket_number,
        AttachmentRow.author_id == row.account_id,
        AttachmentRow.kind.in_(_EVERY_KIND),
        AttachmentRow.at_ms.between(row.opened_at_ms, ended_ms + _ATTACHED_LATE_MS),
    )
    return or_(AttachmentRow.session_id == row.id, unnamed)


async def _due_bodies(session: AsyncSession, _kind: Kind, before_ms: int) -> dict[str, int]:
    over = and_(
        SessionRow.opened_at_ms < before_ms, or_(SessionRow.ended_at_ms.is_(None), SessionRow.ended_at_ms < before_ms)
    )
    counts: dict[str, int] = {}
    for table in (EventBodyRow, SessionKeyRow):
        rows = await session.scalars(
            select(table.session_id).join(SessionRow, SessionRow.id == table.session_id).where(over)
        )
        for one in rows:
            counts[one] = counts.get(one, 0) + 1
    return counts


async def _due_attachments(session: AsyncSession, kind: Kind, before_ms: int) -> dict[str, int]:
    old = and_(AttachmentRow.kind.in_(ATTACHMENT_KINDS[kind]), AttachmentRow.at_ms < before_ms)
    tickets = select(AttachmentRow.ticket_number).where(old)
    rows = await session.scalars(select(SessionRow).where(SessionRow.ticket_number.in_(tickets)))
    counts: dict[str, int] = {}
    for row in rows:
        found = list(await session.scalars(select(AttachmentRow.id).where(old, _made_by(row))))
        if found:
            counts[row.id] = len(found)
    return counts


async def _due_feedback(session: AsyncSession, _kind: Kind, before_ms: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in _FEEDBACK:
        for one in await session.scalars(select(table.session_id).where(table.at_ms < before_ms)):
            counts[one] = counts.get(one, 0) + 1
    return counts


async def _delete_feedback(session: AsyncSession, session_id: str, before_ms: int | None = None) -> int:
    """Delete what the customer wrote afterwards, all of it or what is older; return how many texts."""
    gone = 0
    for table in _FEEDBACK:
        statement = delete(table).where(table.session_id == session_id)
        gone += await _deleted(session, statement if before_ms is None else statement.where(table.at_ms < before_ms))
    return gone


_FEEDBACK: tuple[type[AbuseReportRow] | type[SurveyRow], ...] = (AbuseReportRow, SurveyRow)
_DUE = {Kind.AUDIT: _due_bodies, Kind.FEEDBACK: _due_feedback}


async def _deleted(session: AsyncSession, statement: Delete) -> int:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0
