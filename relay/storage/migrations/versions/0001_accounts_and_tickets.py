"""Accounts, the organisation with its devices, and tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    _accounts()
    _organisation()
    _tickets()


def _accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at_ms", LONG, nullable=False),
        sa.Column("disabled_at_ms", LONG),
        sqlite_strict=True,
    )
    op.create_table(
        "access_token",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("created_at_ms", LONG, nullable=False),
        sa.Column("last_used_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("root_key", sa.LargeBinary, nullable=False),
        sa.Column("created_at_ms", LONG, nullable=False),
        sa.CheckConstraint("id = 1", name="one_organisation"),
        sqlite_strict=True,
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("signing_key", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("sealing_key", sa.LargeBinary, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("enrolled_at_ms", LONG, nullable=False),
        sa.Column("replaced_at_ms", LONG),
        sa.Column("certificate", sa.LargeBinary),
        sa.Column("not_before_ms", LONG),
        sa.Column("not_after_ms", LONG),
        sqlite_strict=True,
    )


def _tickets() -> None:
    op.create_table(
        "ticket",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("customer", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, index=True),
        sa.Column("priority", sa.Text, nullable=False),
        sa.Column("created_at_ms", LONG, nullable=False),
        sa.Column("updated_at_ms", LONG, nullable=False, index=True),
        sa.Column("created_by", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.UniqueConstraint("year", "ordinal", name="ticket_ordinal"),
        sqlite_strict=True,
    )
    op.create_table(
        "ticket_note",
        sa.Column("id", sa.Integer, primary_key=True),
        *_written_on_a_ticket(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer, primary_key=True),
        *_written_on_a_ticket(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size_bytes", LONG, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def _written_on_a_ticket() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("ticket_number", sa.Text, sa.ForeignKey("ticket.number"), nullable=False, index=True),
        sa.Column("at_ms", LONG, nullable=False),
        sa.Column("author_id", sa.Text, sa.ForeignKey("account.id"), nullable=False),
    )
