"""The tables of what customers say afterwards. Reports are never changed; triggers refuse it."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from relay.storage.schema import STRICT, Base, Long


class AbuseReportRow(Base):
    """A report of abuse about a session."""

    __tablename__ = "abuse_report"
    __table_args__ = (STRICT | {"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    at_ms: Mapped[int] = mapped_column(Long)
    text: Mapped[str] = mapped_column(Text)


class SurveyRow(Base):
    """The customer's answers about a session, the newest ones only."""

    __tablename__ = "survey"
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="one_to_five_stars"), STRICT)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    at_ms: Mapped[int] = mapped_column(Long)
    stars: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
