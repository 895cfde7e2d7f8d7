"""The new file an export is written to: noted first, then there whole, or not there at all."""

import errno
import hashlib
import os
import shutil
import tempfile
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
    """Yield a file without a name; when the block ends, what is in it is on disk as the new file `path`.

    So whoever notes the file in the block has done so before anybody can have it. When the block raises, or the program
    is killed in it, there is no file.

    Raises:
        EnvironmentFault: `path` exists or cannot be written (`file_unusable`).
    """
    try:
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        with tempfile.TemporaryFile(dir=path.parent) as file:
            yield file
            file.seek(0)
            _write_whole(file, path)
    except OSError as error:
        raise _unusable(path, error) from error


def _write_whole(source: BinaryIO, path: Path) -> None:
    with path.open("xb") as target:
        try:
            shutil.copyfileobj(source, target)
            target.flush()
            os.fsync(target.fileno())
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
