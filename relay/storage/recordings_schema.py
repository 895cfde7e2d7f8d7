"""The tables of recordings. What is in one lies in files (`relay.storage.recording_files`), sealed."""

from collections.abc import Sequence

from sqlalchemy import ForeignKey, Integer, LargeBinary, Text, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from relay.storage.schema import STRICT, Base, Long


class RecordingRow(Base):
    """How much of a recording is held; `finished` (0 or 1) when nothing more will come."""

    __tablename__ = "recording"
    __table_args__ = (STRICT,)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    size_bytes: Mapped[int] = mapped_column(Long)
    finished: Mapped[int] = mapped_column(Integer)
    begun_at_ms: Mapped[int] = mapped_column(Long, index=True)


class RecordingExportRow(Base):
    """A stretch that was saved as ordinary video. Stays when the recording is erased: it left before."""

    __tablename__ = "recording_export"
    __table_args__ = (STRICT | {"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(Long)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    begins_ms: Mapped[int] = mapped_column(Long)
    ends_ms: Mapped[int] = mapped_column(Long)
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(Long)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    """Who saved what, in canonical JSON; its hash is in the log, as an act of the kind `export`."""


async def recordings_held(session: AsyncSession, sessions: Sequence[str]) -> dict[str, int]:
    """Return how many recordings are held of each of `sessions` that has any."""
    query = (
        select(RecordingRow.session_id, func.count())
        .where(RecordingRow.session_id.in_(sessions))
        .group_by(RecordingRow.session_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}
