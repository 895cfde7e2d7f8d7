"""What customers said afterwards, on disk: reports of abuse for administrators, answers for the ticket."""

import hmac

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from protocol.messages.feedback_api import Report, ReportPage
from protocol.messages.relay_api import SurveyAnswer
from relay.clock import HOUR_MS, iso_utc
from relay.storage.engine import Database
from relay.storage.erasure import all_was_erased
from relay.storage.feedback_schema import AbuseReportRow, SurveyRow
from relay.storage.schema import AccountRow, MailboxRow, SessionRow

MOST_REPORTS = 3
"""For one session: enough to add what was forgotten, too little to fill a disk."""

PAGE_SIZE = 50
LATEST_MS = 7 * 24 * HOUR_MS
"""After the session was opened; a program that still holds the token then is no customer at an end page."""


class FeedbackStore:
    """Every method is one transaction. `token_hash` is the SHA-256 of the customer's mailbox token."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, session_id: str, token_hash: bytes, text: str, now_ms: int) -> None:
        """Keep a report of abuse.

        Raises:
            PeerError: not the token of this session's customer (`token_invalid`), or enough were kept
                (`too_many_requests`).
        """
        async with self._database.writing() as session:
            await _check_customer(session, session_id, token_hash, now_ms)
            kept = await session.scalar(
                select(func.count()).select_from(AbuseReportRow).where(AbuseReportRow.session_id == session_id)
            )
            if (kept or 0) >= MOST_REPORTS:
                raise PeerError(
                    "enough reports of one session",
                    code="too_many_requests",
                    user_text="Your reports about this session were received. Please call the organisation for more.",
                )
            session.add(AbuseReportRow(session_id=session_id, at_ms=now_ms, text=text))

    async def survey(self, session_id: str, token_hash: bytes, stars: int, text: str, now_ms: int) -> None:
        """Keep the answers; they replace earlier ones.

        Raises:
            PeerError: not the token of this session's customer (`token_invalid`).
        """
        async with self._database.writing() as session:
            await _check_customer(session, session_id, token_hash, now_ms)
            await session.merge(SurveyRow(session_id=session_id, at_ms=now_ms, stars=stars, text=text))

    async def reports(self, before: int) -> ReportPage:
        """Return the reports with a smaller id than `before` (0: the newest), newest first."""
        query = (
            select(AbuseReportRow, SessionRow.ticket_number, AccountRow.display_name)
            .join(SessionRow, SessionRow.id == AbuseReportRow.session_id)
            .join(AccountRow, AccountRow.id == SessionRow.account_id)
            .order_by(AbuseReportRow.id.desc())
            .limit(PAGE_SIZE + 1)
        )
        if before:
            query = query.where(AbuseReportRow.id < before)
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        reports = tuple(
            Report(
                id=row.id,
                at=iso_utc(row.at_ms),
                session=row.session_id,
                ticket=ticket,
                technician=technician,
                text=row.text,
            )
            for row, ticket, technician in found[:PAGE_SIZE]
        )
        return ReportPage(reports=reports, next_before=reports[-1].id if len(found) > PAGE_SIZE else 0)


async def surveys_of_ticket(session: AsyncSession, number: str) -> tuple[SurveyAnswer, ...]:
    """Return what the customers of a ticket's sessions answered, oldest session first."""
    rows = await session.scalars(
        select(SurveyRow)
        .join(SessionRow, SessionRow.id == SurveyRow.session_id)
        .where(SessionRow.ticket_number == number)
        .order_by(SessionRow.opened_at_ms)
    )
    return tuple(
        SurveyAnswer(session=row.session_id, at=iso_utc(row.at_ms), stars=row.stars, text=row.text) for row in rows
    )


async def _check_customer(session: AsyncSession, session_id: str, token_hash: bytes, now_ms: int) -> None:
    """Check that the token is the one this session's customer was given, not too long ago, and nothing was erased.

    Raises:
        PeerError: it is not (`token_invalid`); nothing is said about which of the two is unknown.
    """
    found = (
        await session.execute(
            select(MailboxRow.customer_token, SessionRow.opened_at_ms)
            .join(SessionRow, SessionRow.id == MailboxRow.session_id)
            .where(MailboxRow.session_id == session_id)
        )
    ).one_or_none()
    kept = found[0] if found is not None and found[0] is not None else b""
    fits = hmac.compare_digest(kept, token_hash)
    over = found is not None and (now_ms - found[1] > LATEST_MS or await all_was_erased(session, session_id))
    if found is None or not fits or over:
        raise PeerError(
            "not the token of this session's customer",
            code="token_invalid",
            user_text="The relay does not know this session any more.",
        )
