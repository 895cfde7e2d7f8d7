"""Sessions, their mailboxes, and the signed events nobody may change."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "support_session",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("ticket_number", sa.Text, sa.ForeignKey("ticket.number"), nullable=False, index=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at_ms", LONG, nullable=False),
        sa.Column("ended_at_ms", LONG),
        sqlite_strict=True,
    )
    _mailboxes()
    _events()


def _mailboxes() -> None:
    op.create_table(
        "mailbox",
        sa.Column("mailbox", sa.LargeBinary, primary_key=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), nullable=False, unique=True),
        sa.Column("route", sa.Text, nullable=False, unique=True),
        sa.Column("spoken_route", sa.Text),
        sa.Column("link_ends_at_ms", LONG, nullable=False),
        sa.Column("spoken_ends_at_ms", LONG, nullable=False),
        sa.Column("technician_token", sa.LargeBinary, nullable=False),
        sa.Column("customer_token", sa.LargeBinary),
        sa.Column("technician_left", sa.Integer, nullable=False),
        sa.Column("customer_left", sa.Integer, nullable=False),
        sa.Column("closed_at_ms", LONG),
        sqlite_strict=True,
    )
    op.create_index("mailbox_open_spoken", "mailbox", ["spoken_route"])


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("signer", sa.LargeBinary, nullable=False),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("stored_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_no_{act.lower()} BEFORE {act} ON event "
            "BEGIN SELECT RAISE(ABORT, 'the record is never changed'); END"
        )
    # INSERT OR REPLACE deletes without firing the trigger above.
    op.execute(
        "CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event AS held "
        "WHERE held.session_id = NEW.session_id AND held.lane = NEW.lane AND held.seq = NEW.seq) "
        "BEGIN SELECT RAISE(ABORT, 'the record is never changed'); END"
    )
