"""Review: keys, holds, signatures, bodies that can be erased."""

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NEVER_CHANGED = ("hold_act", "erasure", "review_act", "e_signature")


def upgrade() -> None:
    """Apply this step."""
    _bodies()
    _keys()
    _acts()
    _retention()
    _index()
    _triggers()
    _fill_index()


def _bodies() -> None:
    op.create_table(
        "event_body",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["session_id", "lane", "seq"], ["event.session_id", "event.lane", "event.seq"]),
        sqlite_strict=True,
    )
    op.execute("INSERT INTO event_body SELECT session_id, lane, seq, sealed_body FROM event")
    op.execute("ALTER TABLE event DROP COLUMN sealed_body")
    op.add_column("attachment", sa.Column("session_id", sa.Text))


def _keys() -> None:
    op.create_table(
        "session_key",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("deposited_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "review_key",
        sa.Column("serial", sa.Text, primary_key=True),
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("added_at_ms", LONG, nullable=False),
        sqlite_strict=True,
    )


def _acts() -> None:
    _act_table(
        "hold_act",
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        *_by_anybody(),
    )
    _act_table(
        "erasure",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        *_by_anybody(),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("bodies", "keys", "attachments", "recordings")),
    )
    _act_table(
        "review_act",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("by_id", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
    )
    _act_table(
        "e_signature",
        sa.Column("document", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("by_id", sa.Text, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
    )
    op.create_table(
        "noted_leaf",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def _by_anybody() -> "tuple[sa.Column[Any], ...]":
    return (
        sa.Column("by_id", sa.Text, sa.ForeignKey("account.id")),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at_ms", LONG, nullable=False),
    )


def _act_table(name: str, *columns: "sa.Column[Any]") -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), nullable=False, index=True),
        *columns,
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )


def _retention() -> None:
    op.create_table(
        "retention",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("days", sa.Integer, nullable=False),
        sqlite_strict=True,
    )


def _index() -> None:
    texts = ("ticket_number", "account_id", "technician", "customer", "words", "kinds", "ticket_state")
    numbers = (
        "customer_events",
        "technician_events",
        "customer_seen",
        "technician_seen",
        "sealed_customer",
        "sealed_technician",
    )
    op.create_table(
        "session_index",
        sa.Column("session_id", sa.Text, sa.ForeignKey("support_session.id"), primary_key=True),
        sa.Column("opened_at_ms", LONG, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        *(sa.Column(name, sa.Integer, nullable=False) for name in numbers),
        sqlite_strict=True,
    )
    op.create_index("session_index_newest", "session_index", ["opened_at_ms", "session_id"])
    op.create_index("session_index_of_technician", "session_index", ["account_id", "opened_at_ms", "session_id"])
    op.create_index("session_index_of_ticket", "session_index", ["ticket_number", "opened_at_ms", "session_id"])


def _triggers() -> None:
    for table in NEVER_CHANGED:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'what was done is never changed'); END"
            )
        # INSERT OR REPLACE deletes without firing the trigger above.
        same = "held.id = NEW.id" + (" OR held.document = NEW.document" if table == "e_signature" else "")
        op.execute(  # the names are our own
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608
            f"WHEN EXISTS (SELECT 1 FROM {table} AS held WHERE {same}) "
            "BEGIN SELECT RAISE(ABORT, 'what was done is never changed'); END"
        )
    for table in ("event_body", "session_key"):
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the record is never changed'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_held BEFORE DELETE ON {table} WHEN (SELECT held FROM hold_act "  # noqa: S608
            "WHERE session_id = OLD.session_id ORDER BY id DESC LIMIT 1) = 1 "
            "BEGIN SELECT RAISE(ABORT, 'this session is on hold'); END"
        )


def _fill_index() -> None:
    connection = op.get_bind()
    sessions = connection.execute(
        sa.text(
            "SELECT s.id, s.opened_at_ms, s.reason, s.account_id, a.display_name, t.number, t.customer, t.subject "
            "FROM support_session AS s JOIN account AS a ON a.id = s.account_id "
            "JOIN ticket AS t ON t.number = s.ticket_number"
        )
    ).all()
    for row in sessions:
        connection.execute(
            sa.text(
                "INSERT INTO session_index (session_id, opened_at_ms, ticket_number, account_id, technician, customer, "
                "words, kinds, ticket_state, customer_events, technician_events, customer_seen, technician_seen, "
                "sealed_customer, sealed_technician) VALUES (:id, :opened, :number, :account, :technician, :customer, "
                ":words, :kinds, '', :customer_events, :technician_events, :customer_seen, :technician_seen, "
                ":sealed_customer, :sealed_technician)"
            ),
            {
                "id": row.id,
                "opened": row.opened_at_ms,
                "number": row.number,
                "account": row.account_id,
                "technician": _fold(row.display_name),
                "customer": _fold(row.customer),
                "words": _fold(f"{row.number}\n{row.subject}\n{row.customer}\n{row.reason}\n{row.display_name}"),
                **_lanes(connection, row.id),
            },
        )


def _lanes(connection: sa.Connection, session_id: str) -> dict[str, object]:
    kinds: set[str] = set()
    found: dict[str, object] = {}
    for lane, side, other in (("C", "customer", "technician"), ("T", "technician", "customer")):
        rows = connection.execute(
            sa.text("SELECT event FROM event WHERE session_id = :id AND lane = :lane ORDER BY seq"),
            {"id": session_id, "lane": lane},
        )
        events = [json.loads(row.event) for row in rows]
        kinds |= {event["type"] for event in events}
        found[f"{side}_events"] = len(events)
        found[f"{other}_seen"] = events[-1]["peer"]["seq"] + 1 if events else 0
        found[f"sealed_{side}"] = int(bool(events) and events[-1]["type"] == "session.seal")
    return found | {"kinds": "".join(f"|{kind}" for kind in sorted(kinds)) + "|"}


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
