"""Where the bytes of recordings are: files below the data folder, behind an interface that object storage can join."""

import os
import shutil
from pathlib import Path
from typing import Protocol

from protocol.errors import EnvironmentFault

FOLDER = "recordings"


class RecordingFiles(Protocol):
    """Named by session id (32 hex digits) and number. Blocking: call it off the event loop."""

    def write(self, session: str, number: int, offset: int, data: bytes) -> None:
        """Have `data` on disk at `offset`; what was there or behind it is gone. Raises EnvironmentFault."""

    def read(self, session: str, number: int, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end. Raises EnvironmentFault."""

    def delete(self, session: str) -> None:
        """Delete everything of a session. Raises EnvironmentFault."""

    @property
    def free_bytes(self) -> int:
        """How much room is left."""


class RecordingFolder:
    """Implements `RecordingFiles` in `folder`, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, session: str, number: int, offset: int, data: bytes) -> None:
        """Have `data` on disk at `offset`; what was there or behind it is gone.

        Raises:
            EnvironmentFault: the disk refuses (`storage_failed`).
        """
        path = self._path(session, number)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.ftruncate(descriptor, offset)
                os.lseek(descriptor, offset, os.SEEK_SET)
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _fault(error) from error

    def read(self, session: str, number: int, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end.

        Raises:
            EnvironmentFault: the disk refuses (`storage_failed`).
        """
        try:
            with self._path(session, number).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError as error:
            raise _fault(error) from error

    def delete(self, session: str) -> None:
        """Delete everything of a session.

        Raises:
            EnvironmentFault: the disk refuses (`storage_failed`).
        """
        try:
            shutil.rmtree(self._folder / session)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _fault(error) from error

    @property
    def free_bytes(self) -> int:
        """How much room is left on the disk."""
        folder = self._folder if self._folder.exists() else self._folder.parent
        return shutil.disk_usage(folder).free

    def _path(self, session: str, number: int) -> Path:
        return self._folder / session / f"{number:03d}.dsrec"


def _fault(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error), code="storage_failed", user_text="The relay cannot use its storage. Its operator was told."
    )
