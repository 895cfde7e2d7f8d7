"""Sessions a colleague opened beside another one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply this step."""
    op.create_table(
        "joined_session",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("joins", sa.Text, sa.ForeignKey("support_session.id"), nullable=False, index=True),
        sa.Column("invited_by", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("invitation", sa.LargeBinary, nullable=False),
        sa.Column("expires_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
