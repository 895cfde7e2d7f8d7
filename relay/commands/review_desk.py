"""What the commands of review work with: the stores of a data folder, beside a running relay or without one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from relay.clock import Clock
from relay.review.erasing import ErasureDesk
from relay.storage.engine import Database
from relay.storage.migrate import open_data_folder
from relay.storage.recording_files import FOLDER, RecordingFolder
from relay.storage.recording_store import RecordingStore
from relay.storage.retention import RetentionStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.review_keys import ReviewKeyStore
from relay.storage.review_sessions import ReviewStore

T = TypeVar("T")


@dataclass(frozen=True)
class ReviewDesk:
    """Everything a command may need. What it does is in the log as soon as the relay runs (within 10 s)."""

    erasing: ErasureDesk
    acts: ReviewActStore
    store: ReviewStore
    retention: RetentionStore
    keys: ReviewKeyStore


def with_review(data_dir: Path, clock: Clock, act: Callable[[ReviewDesk], Awaitable[T]]) -> T:
    """Run `act` on the data folder and return what it returns.

    Raises:
        EnvironmentFault: the folder cannot be used.
    """
    path = open_data_folder(data_dir, clock())

    async def run() -> T:
        database = Database(path)
        try:
            return await act(_desk(database, data_dir))
        finally:
            await database.close()

    return asyncio.run(run())


def _desk(database: Database, data_dir: Path) -> ReviewDesk:
    recordings = RecordingStore(database, RecordingFolder(data_dir / FOLDER))
    return ReviewDesk(
        # The running relay looks for acts of commands by itself.
        erasing=ErasureDesk(database, recordings, lambda: None),
        acts=ReviewActStore(database),
        store=ReviewStore(database),
        retention=RetentionStore(database),
        keys=ReviewKeyStore(database),
    )
