"""The log's leaves, checkpoints and cosignatures."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NEVER_CHANGED = {
    "log_tree": ("id",),
    "log_leaf": ("tree_id", "position"),
    "log_node": ("tree_id", "level", "position"),
    "log_checkpoint": ("tree_id", "size"),
    "log_cosignature": ("tree_id", "size", "name", "key_id"),
    "log_certificate": ("serial",),
}


def upgrade() -> None:
    """Apply this step."""
    _tree()
    _checkpoints()
    _lanes()
    for table, keys in _NEVER_CHANGED.items():
        _forbid_changes(table, keys)


def _tree() -> None:
    op.create_table(
        "log_tree",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False, unique=True),
        sa.Column("created_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_leaf",
        sa.Column("tree_id", sa.Integer, sa.ForeignKey("log_tree.id"), primary_key=True),
        sa.Column("position", LONG, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("receipted", sa.Integer, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("log_leaf_session", "log_leaf", ["session_id"])
    op.create_table(
        "log_node",
        sa.Column("tree_id", sa.Integer, sa.ForeignKey("log_tree.id"), primary_key=True),
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", LONG, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _checkpoints() -> None:
    op.create_table(
        "log_checkpoint",
        sa.Column("tree_id", sa.Integer, sa.ForeignKey("log_tree.id"), primary_key=True),
        sa.Column("size", LONG, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("lines", sa.Text, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_cosignature",
        sa.Column("tree_id", sa.Integer, primary_key=True),
        sa.Column("size", LONG, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("key_id", sa.LargeBinary, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "log_certificate",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("not_before_ms", LONG, nullable=False),
        sa.Column("not_after_ms", LONG, nullable=False),
        sa.Column("kept_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )


def _lanes() -> None:
    op.create_table(
        "log_lane",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("stored", sa.Integer, nullable=False),
        sa.Column("logged", sa.Integer, nullable=False),
        sa.Column("waiting_since_ms", LONG),
        sa.Column("urgent", sa.Integer, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("log_lane_waiting", "log_lane", ["waiting_since_ms"])
    # What was recorded before there was a log goes into it, too.
    op.execute(
        "INSERT INTO log_lane SELECT session_id, lane, COUNT(*), 0, MAX(stored_at_ms), 0 "
        "FROM event GROUP BY session_id, lane"
    )


def _forbid_changes(table: str, keys: tuple[str, ...]) -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END"
        )
    same = " AND ".join(f"held.{key} = NEW.{key}" for key in keys)
    # INSERT OR REPLACE deletes without firing the trigger above. The names are those of this module.
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {table} AS held WHERE {same}) "
        "BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END"
    )
