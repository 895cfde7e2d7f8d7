"""The relay's operator exports sessions, too: what was done in review need not have been done by an account."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = "id, session_id, kind, detail, document, by_id, role, at_ms"


def upgrade() -> None:
    """Apply this step."""
    # SQLite cannot drop NOT NULL from a column. Dropping the old table takes its index and triggers along.
    op.create_table(
        "review_act_by_anybody",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("by_id", sa.Text, sa.ForeignKey("account.id")),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.execute(f"INSERT INTO review_act_by_anybody ({KEPT}) SELECT {KEPT} FROM review_act")  # noqa: S608 (our own names)
    op.drop_table("review_act")
    op.rename_table("review_act_by_anybody", "review_act")
    op.create_index("ix_review_act_session_id", "review_act", ["session_id"])
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER review_act_no_{act.lower()} BEFORE {act} ON review_act "
            "BEGIN SELECT RAISE(ABORT, 'what was done is never changed'); END"
        )
    # INSERT OR REPLACE deletes without firing the trigger above.
    op.execute(
        "CREATE TRIGGER review_act_no_replace BEFORE INSERT ON review_act "
        "WHEN EXISTS (SELECT 1 FROM review_act AS held WHERE held.id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'what was done is never changed'); END"
    )
