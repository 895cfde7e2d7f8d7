"""Reports of abuse and answers to the survey."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "abuse_report",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), nullable=False, index=True),
        sa.Column("at_ms", LONG, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "survey",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("at_ms", LONG, nullable=False),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name="one_to_five_stars"),
        sqlite_strict=True,
    )
    op.execute(
        "CREATE TRIGGER abuse_report_no_update BEFORE UPDATE ON abuse_report "
        "BEGIN SELECT RAISE(ABORT, 'a report is never changed'); END"
    )
