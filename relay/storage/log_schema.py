"""The tables of the log (`relay.log`). Triggers refuse UPDATE and DELETE on all of them but `log_lane`."""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from relay.storage.schema import STRICT, Base, Long

_WITHOUT_ROWID = STRICT | {"sqlite_with_rowid": False}


class LogTreeRow(Base):
    """One tree of the log: the one of its origin, which names the UTC year."""

    __tablename__ = "log_tree"
    __table_args__ = (STRICT,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    origin: Mapped[str] = mapped_column(Text, unique=True)
    created_at_ms: Mapped[int] = mapped_column(Long)


class LogLeafRow(Base):
    """A leaf exactly as it was hashed. `receipted`: both parties of `session_id` get a receipt for it."""

    __tablename__ = "log_leaf"
    __table_args__ = (Index("log_leaf_session", "session_id"), STRICT)

    tree_id: Mapped[int] = mapped_column(ForeignKey("log_tree.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Long, primary_key=True, autoincrement=False)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)
    session_id: Mapped[str] = mapped_column(Text)
    receipted: Mapped[bool] = mapped_column(Integer)
    at_ms: Mapped[int] = mapped_column(Long)


class LogNodeRow(Base):
    """The hash of a complete subtree: `2**level` leaves, the `position`th of its level. Level 0 has the leaves' own."""

    __tablename__ = "log_node"
    __table_args__ = (_WITHOUT_ROWID,)

    tree_id: Mapped[int] = mapped_column(ForeignKey("log_tree.id"), primary_key=True)
    level: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Long, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class LogCheckpointRow(Base):
    """A checkpoint the log has signed; `lines` are its own signature lines."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (STRICT,)

    tree_id: Mapped[int] = mapped_column(ForeignKey("log_tree.id"), primary_key=True)
    size: Mapped[int] = mapped_column(Long, primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    lines: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)


class LogCosignatureRow(Base):
    """What a witness signed under a checkpoint, as a signature line."""

    __tablename__ = "log_cosignature"
    __table_args__ = (STRICT,)

    tree_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    size: Mapped[int] = mapped_column(Long, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    key_id: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)


class LogCertificateRow(Base):
    """A certificate the organisation gave the log; the newest that is valid is shown."""

    __tablename__ = "log_certificate"
    __table_args__ = (STRICT,)

    serial: Mapped[str] = mapped_column(Text, primary_key=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    not_before_ms: Mapped[int] = mapped_column(Long)
    not_after_ms: Mapped[int] = mapped_column(Long)
    kept_at_ms: Mapped[int] = mapped_column(Long)


class LogLaneRow(Base):
    """What of a lane is stored, and what of that is in the log. `waiting_since_ms`: since when something waits."""

    __tablename__ = "log_lane"
    __table_args__ = (Index("log_lane_waiting", "waiting_since_ms"), _WITHOUT_ROWID)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    lane: Mapped[str] = mapped_column(Text, primary_key=True)
    stored: Mapped[int] = mapped_column(Integer)
    logged: Mapped[int] = mapped_column(Integer)
    waiting_since_ms: Mapped[int | None] = mapped_column(Long)
    urgent: Mapped[bool] = mapped_column(Integer)
