"""The table of sessions a colleague was invited to: each is a session of its own that names the one it joins."""

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from relay.storage.schema import STRICT, Base, Long


class JoinedSessionRow(Base):
    """A session opened for an invited colleague; `invitation` is for their device, the relay cannot open it."""

    __tablename__ = "joined_session"
    __table_args__ = (STRICT,)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    joins: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    invited_by: Mapped[str] = mapped_column(ForeignKey("account.id"))
    purpose: Mapped[str] = mapped_column(Text)
    invitation: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at_ms: Mapped[int] = mapped_column(Long)
