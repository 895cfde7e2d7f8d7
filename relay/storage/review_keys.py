"""Review keys of the organisation, and the sealed record keys of sessions, on disk."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.errors import PeerError
from protocol.messages.review_api import DepositedKeys, SealedKey
from protocol.pairing.certificates import read_certificate
from protocol.review_key import read_review_certificate
from relay.storage.engine import Database
from relay.storage.erasure import bodies_were_erased
from relay.storage.review_schema import ReviewKeyRow, SessionKeyRow
from relay.storage.schema import SessionRow

REVIEW, DEVICE = "review", "device"


class ReviewKeyStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, certificate: bytes, now_ms: int) -> None:
        """Keep the certificate of a new review key; the caller has verified it."""
        serial = read_review_certificate(certificate).serial
        async with self._database.writing() as session:
            session.add(ReviewKeyRow(serial=serial, certificate=certificate, added_at_ms=now_ms))

    async def certificates(self) -> tuple[bytes, ...]:
        """Return every review certificate, newest first, expired ones too: old records need old keys."""
        async with self._database.reading() as session:
            return await review_certificates(session)

    async def deposit(self, session_id: str, keys: DepositedKeys, now_ms: int) -> DepositedKeys:
        """Keep the sealed record key of a session where none is kept yet; return what is kept.

        Raises:
            PeerError: sealed to a key that is neither a review key nor the session's device (`invalid_request`).
        """
        async with self._database.writing() as session:
            row = await session.get_one(SessionRow, session_id)
            held = {one.purpose for one in await _rows(session, session_id)}
            for purpose, key in ((REVIEW, keys.review), (DEVICE, keys.device)):
                if key is None or purpose in held or await bodies_were_erased(session, session_id):
                    continue
                await _check_recipient(session, purpose, key.recipient, row.certificate)
                session.add(
                    SessionKeyRow(
                        session_id=session_id,
                        purpose=purpose,
                        recipient=key.recipient,
                        sealed=key.sealed,
                        deposited_at_ms=now_ms,
                    )
                )
            await session.flush()
            return await deposited_keys(session, session_id)


async def review_certificates(session: AsyncSession) -> tuple[bytes, ...]:
    """Return every review certificate, newest first."""
    query = select(ReviewKeyRow.certificate).order_by(ReviewKeyRow.added_at_ms.desc(), ReviewKeyRow.serial)
    return tuple(await session.scalars(query))


async def deposited_keys(session: AsyncSession, session_id: str) -> DepositedKeys:
    """Return the sealed record keys kept of a session."""
    kept = {row.purpose: SealedKey(row.recipient, row.sealed) for row in await _rows(session, session_id)}
    return DepositedKeys(review=kept.get(REVIEW), device=kept.get(DEVICE))


async def _rows(session: AsyncSession, session_id: str) -> list[SessionKeyRow]:
    return list(await session.scalars(select(SessionKeyRow).where(SessionKeyRow.session_id == session_id)))


async def _check_recipient(session: AsyncSession, purpose: str, recipient: str, certificate: bytes) -> None:
    if purpose == REVIEW:
        known = await session.get(ReviewKeyRow, recipient) is not None
    else:
        known = read_certificate(certificate).serial == recipient
    if not known:
        raise PeerError(
            f"{purpose} key for {recipient}",
            code="invalid_request",
            user_text=f"{purpose}: there is no such key to seal to.",
        )
