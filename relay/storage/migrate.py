"""Creating the database and bringing an older one up to date, with a backup first. Blocking: run before serving."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from protocol.errors import EnvironmentFault
from relay.clock import iso_utc
from relay.storage.engine import DATABASE_FILE, prepare_connection

_log = logging.getLogger(__name__)
_SCRIPTS = Path(__file__).parent / "migrations"


class DatabaseIsNewer(EnvironmentFault):
    """The database was written by a newer relay; this one must not touch it."""

    code = "database_newer"
    user_text = (
        "This data folder was written by a newer Deskside relay. Install that version, or start from a backup of the "
        "data folder made by this version."
    )


def open_data_folder(data_dir: Path, now_ms: int, *, target: str = "head") -> Path:
    """Make `data_dir` and its database ready for this relay and return the path of the database.

    A database of an older relay is copied to `relay.db.before-<new revision>-<time>` and then changed. The folder gets
    mode 0700, the files 0600.

    Raises:
        DatabaseIsNewer: the database has a revision this relay does not know.
        EnvironmentFault: the folder cannot be made or written.
    """
    path = data_dir / DATABASE_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        path.touch(mode=0o600)
        path.chmod(0o600)
        _bring_up_to_date(path, now_ms, target)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise EnvironmentFault(
            f"{path}: {error}",
            code="data_folder_unusable",
            user_text=f"The data folder {data_dir} cannot be used: {reason}.",
        ) from error
    return path


def _bring_up_to_date(path: Path, now_ms: int, target: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", prepare_connection)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    wanted = scripts.get_current_head() if target == "head" else target
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise DatabaseIsNewer(f"{path}: revision {current!r} is unknown, newest known is {wanted!r}")
        if current == wanted:
            return
        if current is not None:
            _back_up(path, path.with_name(f"{path.name}.before-{wanted}-{_file_stamp(now_ms)}"))
        with engine.begin() as connection:
            _upgrade(config, connection, str(wanted))
    finally:
        engine.dispose()
    _log.info("database migrated", extra={"from_revision": current, "to_revision": wanted})


def _upgrade(config: Config, connection: Connection, revision: str) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _back_up(path: Path, copy: Path) -> None:
    copy.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    _log.info("database backed up", extra={"file": copy.name})


def _file_stamp(now_ms: int) -> str:
    return iso_utc(now_ms).translate(str.maketrans("", "", "-:.")).removesuffix("Z")
