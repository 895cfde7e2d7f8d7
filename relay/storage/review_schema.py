"""The tables of review: bodies that can be deleted, keys to them, and what is never changed (holds, erasure, acts).

Triggers (migration 0005) refuse UPDATE and DELETE on `hold_act`, `erasure`, `review_act` and `e_signature`, and DELETE
on `event_body` and `session_key` while the session is on hold. The hash of every `document` is in the log.
"""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from relay.storage.schema import STRICT, Base, Long

_COUNTED = STRICT | {"sqlite_autoincrement": True}


class EventBodyRow(Base):
    """Salt and body of one event, sealed under the session's record key. Deleting the row erases them."""

    __tablename__ = "event_body"
    __table_args__ = (
        ForeignKeyConstraint(["session_id", "lane", "seq"], ["event.session_id", "event.lane", "event.seq"]),
        STRICT,
    )

    session_id: Mapped[str] = mapped_column(Text, primary_key=True)
    lane: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)


class SessionKeyRow(Base):
    """A session's record key, sealed for a purpose (`review` or `device`) to the certificate `recipient`."""

    __tablename__ = "session_key"
    __table_args__ = (STRICT,)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(Text, primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    deposited_at_ms: Mapped[int] = mapped_column(Long)


class ReviewKeyRow(Base):
    """The certificate of a review key. The private key is never here."""

    __tablename__ = "review_key"
    __table_args__ = (STRICT,)

    serial: Mapped[str] = mapped_column(Text, primary_key=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    added_at_ms: Mapped[int] = mapped_column(Long)


class HoldActRow(Base):
    """A legal hold set or lifted; the newest of a session says how it stands. `by_id` is None for the operator."""

    __tablename__ = "hold_act"
    __table_args__ = (_COUNTED,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    held: Mapped[bool] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    by_name: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)


class ErasureRow(Base):
    """What was erased of a session: `scope` is `session`, or the kind of data whose time of retention was over."""

    __tablename__ = "erasure"
    __table_args__ = (_COUNTED,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    scope: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    by_name: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)
    bodies: Mapped[int] = mapped_column(Integer)
    keys: Mapped[int] = mapped_column(Integer)
    attachments: Mapped[int] = mapped_column(Integer)
    recordings: Mapped[int] = mapped_column(Integer)
    feedback: Mapped[int] = mapped_column(Integer, server_default="0")


class ReviewActRow(Base):
    """Somebody viewed or exported a session; `by_id` is None for the operator."""

    __tablename__ = "review_act"
    __table_args__ = (_COUNTED,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    by_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)


class SignatureRow(Base):
    """An electronic signature on a session: the signed document, exactly."""

    __tablename__ = "e_signature"
    __table_args__ = (_COUNTED,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), index=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    by_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    at_ms: Mapped[int] = mapped_column(Long)


class SessionIndexRow(Base):
    """What sessions are searched by, made of what the relay sees in clear. Texts are folded (`fold`).

    `kinds` is `|type|type|...|`. `*_events` counts what is held of a lane, `*_seen` how many of its events the other
    side had seen.
    """

    __tablename__ = "session_index"
    __table_args__ = (
        Index("session_index_newest", "opened_at_ms", "session_id"),
        Index("session_index_of_technician", "account_id", "opened_at_ms", "session_id"),
        Index("session_index_of_ticket", "ticket_number", "opened_at_ms", "session_id"),
        STRICT,
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    opened_at_ms: Mapped[int] = mapped_column(Long)
    ticket_number: Mapped[str] = mapped_column(Text)
    account_id: Mapped[str] = mapped_column(Text)
    technician: Mapped[str] = mapped_column(Text)
    customer: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    kinds: Mapped[str] = mapped_column(Text)
    ticket_state: Mapped[str] = mapped_column(Text)
    customer_events: Mapped[int] = mapped_column(Integer)
    technician_events: Mapped[int] = mapped_column(Integer)
    customer_seen: Mapped[int] = mapped_column(Integer)
    technician_seen: Mapped[int] = mapped_column(Integer)
    sealed_customer: Mapped[bool] = mapped_column(Integer)
    sealed_technician: Mapped[bool] = mapped_column(Integer)


class NotedLeafRow(Base):
    """The leaf of an act that is written down here and not in the log yet."""

    __tablename__ = "noted_leaf"
    __table_args__ = (_COUNTED,)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    leaf: Mapped[bytes] = mapped_column(LargeBinary)


class RetentionRow(Base):
    """For how many days one kind of data is kept; kinds without a row have their default."""

    __tablename__ = "retention"
    __table_args__ = (STRICT,)

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    days: Mapped[int] = mapped_column(Integer)
