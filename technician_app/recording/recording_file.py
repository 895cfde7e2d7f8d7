"""A recording's file in the technician's profile: only ever appended to, on disk before `append` returns. Blocking."""

import hashlib
import os
import threading
from pathlib import Path

from protocol.errors import EnvironmentFault
from protocol.recording.container import MAX_RECORDINGS

SUFFIX = ".dsrec"


class RecordingFile:
    """The file of recording `number` of a session, made by `create`."""

    def __init__(self, path: Path, number: int, descriptor: int) -> None:
        self.path = path
        self.number = number
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        """How much is on disk."""

    @classmethod
    def create(cls, folder: Path) -> "RecordingFile":
        """Make the next file in the session's `folder`; only its owner may read it.

        Raises:
            EnvironmentFault: the disk refuses, or there are too many (`recording_failed`).
        """
        for number in range(MAX_RECORDINGS):
            path = recording_path(folder, number)
            try:
                descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
            except FileExistsError:
                continue
            except OSError as error:
                raise _disk_fault(error) from error
            return cls(path, number, descriptor)
        raise _disk_fault(OSError(f"{MAX_RECORDINGS} recordings of one session"))

    def append(self, data: bytes) -> None:
        """Write `data` at the end.

        Raises:
            EnvironmentFault: the disk refuses (`recording_failed`); what was written before is still good.
        """
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise _disk_fault(error) from error
        self._digest.update(data)
        self.size_bytes += len(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of all that was appended, in hex."""
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class FileSource:
    """Implements `protocol.recording.reader.Source` on a file, for several threads. `close` it."""

    def __init__(self, path: Path) -> None:
        """Open `path`.

        Raises:
            EnvironmentFault: it cannot be read (`recording_unreadable`).
        """
        self._one = threading.Lock()
        try:
            self._file = path.open("rb")
            self.size_bytes = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            raise unreadable(error) from error

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset` on, fewer at the end.

        Raises:
            EnvironmentFault: the disk refuses (`recording_unreadable`).
        """
        try:
            with self._one:
                self._file.seek(offset)
                return self._file.read(length)
        except OSError as error:
            raise unreadable(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def recording_path(folder: Path, number: int) -> Path:
    """Return where recording `number` of the session with this folder is."""
    return folder / f"recording-{number:03d}{SUFFIX}"


def number_of(path: Path) -> int | None:
    """Return which recording a file is by its name; None when it is none."""
    digits = path.name.removeprefix("recording-").removesuffix(SUFFIX)
    return int(digits) if path.suffix == SUFFIX and len(digits) == 3 and digits.isdecimal() else None


def unreadable(error: OSError) -> EnvironmentFault:
    """Return the fault of a file that cannot be read."""
    return EnvironmentFault(
        str(error), code="recording_unreadable", user_text="The recording cannot be read from this computer's disk."
    )


def _disk_fault(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        str(error),
        code="recording_failed",
        user_text="This computer could not write the recording to its disk, so recording has ended.",
    )
