"""The tables of the relay as SQLAlchemy models. Times are Unix milliseconds in UTC; ids are random and never reused."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# SQLite's INTEGER already holds 64 bits, and its STRICT tables know no BIGINT.
Long = BigInteger().with_variant(Integer(), "sqlite")
STRICT = {"sqlite_strict": True}


class Base(DeclarativeBase):
    """Base of every table."""


class AccountRow(Base):
    """A person who signs in. Accounts are disabled, never deleted, so an id always means the same person."""

    __tablename__ = "account"
    __table_args__ = (STRICT,)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    display_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    created_at_ms: Mapped[int] = mapped_column(Long)
    disabled_at_ms: Mapped[int | None] = mapped_column(Long)


class AccessTokenRow(Base):
    """A signed-in program. Only the SHA-256 of its token is kept."""

    __tablename__ = "access_token"
    __table_args__ = (STRICT,)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    created_at_ms: Mapped[int] = mapped_column(Long)
    last_used_at_ms: Mapped[int] = mapped_column(Long)


class OrganisationRow(Base):
    """The one organisation of this relay: its name and root public key. The private key is never here."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("id = 1", name="one_organisation"), STRICT)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    root_key: Mapped[bytes] = mapped_column(LargeBinary)
    created_at_ms: Mapped[int] = mapped_column(Long)


class DeviceRow(Base):
    """A technician's device: its public keys and, once the organisation signed it, its newest certificate."""

    __tablename__ = "device"
    __table_args__ = (STRICT,)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    signing_key: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    sealing_key: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str] = mapped_column(Text)
    enrolled_at_ms: Mapped[int] = mapped_column(Long)
    replaced_at_ms: Mapped[int | None] = mapped_column(Long)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)
    not_before_ms: Mapped[int | None] = mapped_column(Long)
    not_after_ms: Mapped[int | None] = mapped_column(Long)


class TicketRow(Base):
    """A ticket; `ordinal` counts from 1 in each year without gaps."""

    __tablename__ = "ticket"
    __table_args__ = (UniqueConstraint("year", "ordinal", name="ticket_ordinal"), STRICT)

    number: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    ordinal: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Text)
    customer: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, index=True)
    priority: Mapped[str] = mapped_column(Text)
    created_at_ms: Mapped[int] = mapped_column(Long)
    updated_at_ms: Mapped[int] = mapped_column(Long, index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("account.id"))


class NoteRow(Base):
    """A note on a ticket; `kind` is `note`, `state` or `session`."""

    __tablename__ = "ticket_note"
    __table_args__ = (STRICT | {"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_number: Mapped[str] = mapped_column(ForeignKey("ticket.number"), index=True)
    at_ms: Mapped[int] = mapped_column(Long)
    author_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)


class AttachmentRow(Base):
    """An attachment whose content the relay cannot read (at most 1 MiB). `session_id`: the session it comes from."""

    __tablename__ = "attachment"
    __table_args__ = (STRICT | {"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ticket_number: Mapped[str] = mapped_column(ForeignKey("ticket.number"), index=True)
    session_id: Mapped[str | None] = mapped_column(Text)
    at_ms: Mapped[int] = mapped_column(Long)
    author_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(Long)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class SessionRow(Base):
    """A support session of one technician on one ticket; `state` is waiting, active, ended or expired."""

    __tablename__ = "support_session"
    __table_args__ = (STRICT,)

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    ticket_number: Mapped[str] = mapped_column(ForeignKey("ticket.number"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    opened_at_ms: Mapped[int] = mapped_column(Long)
    ended_at_ms: Mapped[int | None] = mapped_column(Long)


class MailboxRow(Base):
    """The mailbox of a session: its routes, the hashes of its two tokens and what became of it."""

    __tablename__ = "mailbox"
    __table_args__ = (Index("mailbox_open_spoken", "spoken_route"), STRICT)

    mailbox: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), unique=True)
    route: Mapped[str] = mapped_column(Text, unique=True)
    spoken_route: Mapped[str | None] = mapped_column(Text)
    link_ends_at_ms: Mapped[int] = mapped_column(Long)
    spoken_ends_at_ms: Mapped[int] = mapped_column(Long)
    technician_token: Mapped[bytes] = mapped_column(LargeBinary)
    customer_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    technician_left: Mapped[bool] = mapped_column(Integer)
    customer_left: Mapped[bool] = mapped_column(Integer)
    closed_at_ms: Mapped[int | None] = mapped_column(Long)


class EventRow(Base):
    """One signed event of one lane, exactly as delivered. Triggers refuse UPDATE and DELETE on this table.

    Its sealed body is an `EventBodyRow`, which can be erased.
    """

    __tablename__ = "event"
    __table_args__ = (STRICT,)

    session_id: Mapped[str] = mapped_column(ForeignKey("support_session.id"), primary_key=True)
    lane: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    event: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    signer: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at_ms: Mapped[int] = mapped_column(Long)
