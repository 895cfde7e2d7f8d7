"""Recordings of sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "recording",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size_bytes", LONG, nullable=False),
        sa.Column("finished", sa.Integer, nullable=False),
        sa.Column("begun_at_ms", LONG, nullable=False, index=True),
        sqlite_strict=True,
    )
    op.create_table(
        "recording_export",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
        sa.Column("account_id", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("begins_ms", LONG, nullable=False),
        sa.Column("ends_ms", LONG, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", LONG, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER recording_export_no_{act.lower()} BEFORE {act} ON recording_export "
            "BEGIN SELECT RAISE(ABORT, 'what was exported is never changed'); END"
        )
