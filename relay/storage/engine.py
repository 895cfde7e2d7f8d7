"""The database of a relay: one SQLite file, durable before it answers. Runs on the relay's event loop."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from protocol.errors import EnvironmentFault

DATABASE_FILE = "relay.db"

_log = logging.getLogger(__name__)

_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    # NORMAL may lose acknowledged commits on power loss, and `stored` is a promise.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is erased shall not be found in the file's free pages.
    "PRAGMA secure_delete = ON",
)


def prepare_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry | None = None) -> None:
    """Set what every connection of ours needs: durability, foreign keys, explicit transactions."""
    # sqlite3 would otherwise begin transactions only at the first INSERT, and commit before DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


class Database:
    """Transactions on the relay's database. Writers wait for each other, readers never wait."""

    def __init__(self, path: Path) -> None:
        """Open `path`, whose schema is already current (see `relay.storage.migrate`)."""
        self._path = path
        self._reader = _engine(path, begin="BEGIN", pool_size=4)
        # One connection: waiting for it in the loop is cheaper and fairer than SQLITE_BUSY.
        self._writer = _engine(path, begin="BEGIN IMMEDIATE", pool_size=1)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """One consistent view of the database.

        Raises:
            EnvironmentFault: the database cannot be read (`storage_failed`).
        """
        try:
            async with AsyncSession(self._reader, autoflush=False) as session:
                yield session
        except OperationalError as error:
            raise _storage_failed(error) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction that excludes every other writer; on disk when the block ends, undone when it raises.

        Raises:
            EnvironmentFault: the database cannot be written, for example on a full disk (`storage_failed`).
        """
        try:
            async with AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            raise _storage_failed(error) from error

    async def forget_deleted(self) -> None:
        """Empty the write-ahead log into the database, so that what was deleted is nowhere on disk any more.

        Whoever reads meanwhile is waited for, half a minute at most; the log says when that was too short.

        Raises:
            EnvironmentFault: the database cannot be written (`storage_failed`).
        """
        if not await asyncio.to_thread(_empty_journal, self._path):
            _log.warning("what was deleted may stand in the database's journal until more is erased or the relay stops")

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


def _empty_journal(path: Path) -> bool:
    """Return whether nothing is left in the journal."""
    try:
        with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
            for _ in range(3):
                (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    return True
            return False
    except sqlite3.OperationalError as error:
        raise EnvironmentFault(
            str(error), code="storage_failed", user_text="The relay cannot use its storage. Its operator was told."
        ) from error


def _storage_failed(error: OperationalError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error.orig), code="storage_failed", user_text="The relay cannot use its storage. Its operator was told."
    )


def _engine(path: Path, *, begin: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=pool_size, max_overflow=0, pool_timeout=30)

    def begin_transaction(connection: Connection) -> Any:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare_connection)
    event.listen(engine.sync_engine, "begin", begin_transaction)
    return engine
