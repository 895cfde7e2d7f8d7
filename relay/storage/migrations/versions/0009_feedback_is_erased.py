"""What customers wrote afterwards is erased with their session, counted, and kept by a legal hold."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("erasure", sa.Column("feedback", sa.Integer, nullable=False, server_default="0"))
    for table in ("abuse_report", "survey"):
        op.execute(  # the names are our own
            f"CREATE TRIGGER {table}_held BEFORE DELETE ON {table} WHEN (SELECT held FROM hold_act "  # noqa: S608
            "WHERE session_id = OLD.session_id ORDER BY id DESC LIMIT 1) = 1 "
            "BEGIN SELECT RAISE(ABORT, 'this session is on hold'); END"
        )
