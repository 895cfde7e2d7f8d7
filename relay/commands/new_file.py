"""The new file an export is written to: there whole and noted, or not there at all."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from protocol.errors import EnvironmentFault
from relay.clock import Clock
from relay.review.acts import OPERATOR
from relay.storage.engine import Database
from relay.storage.review_acts import ReviewActStore


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield the new file `path`; it is on disk when the block ends, and gone again when the block raises.

    Raises:
        EnvironmentFault: it exists or cannot be written (`file_unusable`).
    """
    try:
        file = path.open("x+b")
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise _unusable(path, error) from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def note_export(
    database: Database, clock: Clock, *, sessions: Sequence[str], file: BinaryIO, file_format: str
) -> None:
    """Remember that the operator made `file` of these sessions: the running relay's log gets it within 10 s.

    Raises:
        EnvironmentFault: the database refuses (`storage_failed`).
    """
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any readable file will do
    for session in sessions:
        await ReviewActStore(database).exported(session, OPERATOR, file_format, sha256, clock())


def _unusable(path: Path, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"{path}: {error}", code="file_unusable", user_text=f"{path} cannot be written: {error.strerror}."
    )
