"""Holds, views, exports and electronic signatures on disk: added, never changed; each is a leaf of the log."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from protocol.messages.review_api import ErasureNotice, HoldAct
from protocol.messages.review_api import ReviewAct as ShownAct
from relay.accounts.people import Person
from relay.clock import iso_utc
from relay.review.acts import OPERATOR, Act, By
from relay.storage.engine import Database
from relay.storage.log_acts import note_act
from relay.storage.review_index import held_sessions
from relay.storage.review_schema import ErasureRow, HoldActRow, ReviewActRow, SignatureRow
from relay.storage.schema import AccountRow


@dataclass(frozen=True)
class DoneToSession:
    """Everything that was done with a session after it ended, oldest first."""

    holds: tuple[HoldAct, ...]
    erasures: tuple[ErasureNotice, ...]
    acts: tuple[ShownAct, ...]


class ReviewActStore:
    """Every method is one transaction; its leaf is noted for the log in the same one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def looked(self, session_id: str, person: Person, now_ms: int) -> None:
        """Remember that `person` views the session."""
        await self._add(Act("view", session_id, By.person(person), now_ms, {}), "")

    async def exported(self, session_id: str, by: By, file_format: str, sha256: str, now_ms: int) -> None:
        """Remember that `by` made a file of the session."""
        facts = {"format": file_format, "sha256": sha256}
        act = Act("export", session_id, by, now_ms, facts)
        await self._add(act, f"{file_format} {sha256}")

    async def change_hold(self, session_id: str, *, held: bool, reason: str, by: By, now_ms: int) -> None:
        """Set or lift a legal hold.

        Raises:
            PeerError: it stands like that already (`hold_unchanged`).
        """
        async with self._database.writing() as session:
            if (session_id in await held_sessions(session, [session_id])) == held:
                raise PeerError(
                    "no change",
                    code="hold_unchanged",
                    user_text="This session is on hold already." if held else "This session is not on hold.",
                )
            act = Act("hold", session_id, by, now_ms, {"held": held, "reason": reason})
            session.add(
                HoldActRow(
                    session_id=session_id,
                    held=held,
                    reason=reason,
                    document=act.document,
                    by_id=by.id,
                    by_name=by.name,
                    at_ms=now_ms,
                )
            )
            await note_act(session, act.leaf())

    async def sign(self, session_id: str, document: bytes, person: Person, now_ms: int) -> None:
        """Keep an electronic signature that was checked.

        Raises:
            PeerError: exactly this one is kept already (`signature_kept`).
        """
        act = Act("signature", session_id, By.person(person), now_ms, {})
        row = SignatureRow(session_id=session_id, document=document, by_id=person.id, at_ms=now_ms)
        try:
            async with self._database.writing() as session:
                session.add(row)
                await note_act(session, act.leaf_of(document))
        except IntegrityError as error:
            raise PeerError(
                "the same document again", code="signature_kept", user_text="This signature is kept already."
            ) from error

    async def _add(self, act: Act, detail: str) -> None:
        async with self._database.writing() as session:
            session.add(
                ReviewActRow(
                    session_id=act.session,
                    kind=act.kind,
                    detail=detail,
                    document=act.document,
                    by_id=act.by.id,
                    role=act.by.role,
                    at_ms=act.at_ms,
                )
            )
            await note_act(session, act.leaf())


async def done_to(session: AsyncSession, session_id: str) -> DoneToSession:
    """Return what was done with a session."""
    holds = await session.scalars(select(HoldActRow).where(HoldActRow.session_id == session_id).order_by(HoldActRow.id))
    erasures = await session.scalars(
        select(ErasureRow).where(ErasureRow.session_id == session_id).order_by(ErasureRow.id)
    )
    acts = await session.execute(
        select(ReviewActRow, AccountRow.display_name)
        .outerjoin(AccountRow, AccountRow.id == ReviewActRow.by_id)
        .where(ReviewActRow.session_id == session_id)
        .order_by(ReviewActRow.id)
    )
    return DoneToSession(
        tuple(HoldAct(iso_utc(row.at_ms), row.by_name, bool(row.held), row.reason, row.document) for row in holds),
        tuple(map(erasure_notice, erasures)),
        tuple(
            ShownAct(iso_utc(row.at_ms), name or OPERATOR.name, row.role, row.kind, row.detail, row.document)
            for row, name in acts
        ),
    )


def erasure_notice(row: ErasureRow) -> ErasureNotice:
    """Return an erasure as it is told."""
    return ErasureNotice(
        at=iso_utc(row.at_ms),
        by=row.by_name,
        basis=row.basis,
        scope=row.scope,
        bodies=row.bodies,
        keys=row.keys,
        attachments=row.attachments,
        recordings=row.recordings,
        document=row.document,
        feedback=row.feedback,
    )
