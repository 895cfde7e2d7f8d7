import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from protocol.errors import EnvironmentFault
from relay.accounts.people import Person, Role
from relay.storage.accounts import AccountStore
from relay.storage.engine import Database
from relay.storage.migrate import DatabaseIsNewer, open_data_folder
from relay.storage.schema import Base
from tests.support.relay_events import LaneWriter

NOON_MS = 1_800_000_000_000


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found)


def test_a_new_folder_gets_a_database_only_its_owner_can_read_and_no_backup(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path / "deep" / "data", NOON_MS)
    assert files(path.parent) == {"relay.db"}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600


def test_opening_again_changes_nothing_and_makes_no_backup(tmp_path: Path) -> None:
    open_data_folder(tmp_path, NOON_MS)
    open_data_folder(tmp_path, NOON_MS + 1)
    assert files(tmp_path) == {"relay.db"}


async def test_an_older_database_is_copied_first_and_keeps_its_rows(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path, NOON_MS, target="0001")
    database = Database(path)
    await AccountStore(database).add(Person("1", "tess", "Tess", Role.TECHNICIAN), "hash", NOON_MS)
    await database.close()
    open_data_folder(tmp_path, NOON_MS)
    (backup,) = files(tmp_path) - {"relay.db"}
    newest = revision(path)
    assert backup == f"relay.db.before-{newest}-20270115T080000000"
    assert (tmp_path / backup).stat().st_mode & 0o777 == 0o600
    assert (revision(tmp_path / backup), newest > "0001") == ("0001", True)
    for copy in (path, tmp_path / backup):
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("SELECT name FROM account").fetchall() == [("tess",)]


def test_a_database_of_a_newer_relay_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path, NOON_MS)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(DatabaseIsNewer) as caught:
        open_data_folder(tmp_path, NOON_MS)
    assert "newer Deskside relay" in caught.value.user_text
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "relay.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(EnvironmentFault) as caught:
        open_data_folder(tmp_path, NOON_MS)
    assert caught.value.code == "data_folder_unusable"


def test_the_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{open_data_folder(tmp_path, NOON_MS)}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


async def test_the_database_is_durable_and_checks_its_references(tmp_path: Path) -> None:
    database = Database(open_data_folder(tmp_path, NOON_MS))
    async with database.reading() as session:
        connection = await session.connection()
        settings = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]
    with pytest.raises(IntegrityError):
        await AccountStore(database).add_token("nobody", bytes(32), NOON_MS)
    await database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET event = x'00'",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event VALUES ('s', 'C', 0, x'00', x'02', x'03', 5)",
    ],
)
def test_sql_itself_refuses_to_change_the_record(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(open_data_folder(tmp_path, NOON_MS))) as connection:
        connection.execute("INSERT INTO event VALUES ('s', 'C', 0, x'01', x'02', x'03', 5)")
        with pytest.raises(sqlite3.IntegrityError, match="the record is never changed"):
            connection.execute(statement)
        assert connection.execute("SELECT event, signature FROM event").fetchall() == [(b"\x01", b"\x02")]


@pytest.mark.parametrize("table", ["hold_act", "erasure", "review_act", "e_signature"])
def test_sql_itself_refuses_to_change_what_was_done(tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(open_data_folder(tmp_path, NOON_MS))) as connection:
        columns = connection.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
        values = ", ".join({"INTEGER": "1", "TEXT": "'x'", "BLOB": "x'01'"}[kind] for _, kind in columns)
        connection.execute(f"INSERT INTO {table} VALUES ({values})")
        for change in (f"UPDATE {table} SET at_ms = 2", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                connection.execute(change)
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({values})")


@pytest.mark.parametrize("table", ["event_body", "session_key"])
def test_sql_itself_refuses_to_delete_what_is_on_hold(tmp_path: Path, table: str) -> None:
    with closing(sqlite3.connect(open_data_folder(tmp_path, NOON_MS))) as connection:
        connection.execute("INSERT INTO event_body VALUES ('s', 'C', 0, x'01')")
        connection.execute("INSERT INTO session_key VALUES ('s', 'review', '1', x'01', 5)")
        for held in (1, 0):
            connection.execute(
                "INSERT INTO hold_act (session_id, held, reason, document, by_name, at_ms) "
                f"VALUES ('s', {held}, 'court', x'01', 'Ada', 5)"
            )
            if held:
                with pytest.raises(sqlite3.IntegrityError, match="on hold"):
                    connection.execute(f"DELETE FROM {table}")
        connection.execute(f"DELETE FROM {table}")


def test_bodies_of_an_older_relay_move_to_where_they_can_be_erased(tmp_path: Path) -> None:
    writers = [LaneWriter("a" * 32, lane, Ed25519PrivateKey.generate()) for lane in "CT"]
    events = [event for writer in writers for event in writer.write_many(3)]
    path = open_data_folder(tmp_path, NOON_MS, target="0002")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO account VALUES ('1', 'tess', 'Tess Technician', 'technician', 'x', 1, NULL)")
        connection.execute(
            "INSERT INTO ticket VALUES ('DS-2027-000001', 2027, 1, 'Printer', 'Carla', '', 'open', 'low', 1, 1, '1')"
        )
        connection.execute(
            "INSERT INTO support_session VALUES (?, 'DS-2027-000001', '1', x'00', 'Help', 'ended', 7, 9)", ("a" * 32,)
        )
        for number, event in enumerate(events):
            row = (event.lane, number % 3, event.event, event.signature, event.signer, event.sealed_body)
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, 5)", ("a" * 32, *row))
    open_data_folder(tmp_path, NOON_MS)
    with closing(sqlite3.connect(path)) as connection:
        moved = connection.execute("SELECT sealed_body FROM event_body ORDER BY lane, seq").fetchall()
        index = connection.execute(
            "SELECT customer, kinds, customer_events, technician_events, sealed_customer FROM session_index"
        ).fetchall()
    assert moved == [(event.sealed_body,) for event in events]
    assert index == [("carla", "|note|session.open|", 3, 3, 0)]


def test_what_was_done_in_review_moves_to_where_the_operator_has_a_place_too(tmp_path: Path) -> None:
    path = open_data_folder(tmp_path, NOON_MS, target="0002")
    row = (7, "s", "view", "", b"\x01", "1", "auditor", 5)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO account VALUES ('1', 'ada', 'Ada', 'auditor', 'x', 1, NULL)")
        connection.execute(
            "INSERT INTO ticket VALUES ('DS-2027-000001', 2027, 1, 'P', 'Carla', '', 'open', 'low', 1, 1, '1')"
        )
        connection.execute(
            "INSERT INTO support_session VALUES ('s', 'DS-2027-000001', '1', x'00', 'Help', 'ended', 7, 9)"
        )
    open_data_folder(tmp_path, NOON_MS, target="0007")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"INSERT INTO review_act VALUES ({', '.join('?' * len(row))})", row)
    open_data_folder(tmp_path, NOON_MS)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM review_act").fetchall() == [row]
        columns = "session_id, kind, detail, document, by_id, role, at_ms"
        connection.execute(f"INSERT INTO review_act ({columns}) VALUES ('s', 'export', '', x'02', NULL, 'operator', 6)")
        assert connection.execute("SELECT id FROM review_act ORDER BY id").fetchall() == [(7,), (8,)]
