"""A file as it comes in: written as `.part`, hashed, marked, and given its name only when it is whole and right.

Blocking: for a worker thread, one call at a time. Everything happens under the folder's own descriptor, so that nobody
can put another folder in its place meanwhile; nothing is ever overwritten, followed, opened or made executable.
"""

import errno
import hashlib
import os
import sys
from pathlib import Path

from protocol.errors import EnvironmentFault
from protocol.files.safe_filename import folded, safe_filename
from protocol.transport.files.quarantine import mark_as_received
from protocol.transport.files.unfinished import UnfinishedFiles

PART = ".part"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_TRIES = 100
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What file systems without hard links, such as FAT, answer."""


class ReceivedFile:
    """One file being written. `create` makes it; `keep` or `discard` ends it."""

    def __init__(
        self, folder: Path, folder_handle: int | None, received_name: str, unfinished: UnfinishedFiles | None
    ) -> None:
        self._unfinished = unfinished
        self._note: Path | None = None
        self._folder = folder
        self._folder_handle = folder_handle
        self._received_name = received_name
        self._hash = hashlib.sha256()
        self._part = ""
        self._handle = -1
        self.written_bytes = 0

    @classmethod
    def create(cls, folder: Path, received_name: str, unfinished: UnfinishedFiles | None = None) -> "ReceivedFile":
        """Return an empty file in `folder` (made if it is not there) for what is called `received_name` elsewhere.

        Until it is whole it is noted in `unfinished`, so that it can be swept should this program be killed.

        Raises:
            EnvironmentFault: the folder or the file cannot be made (`folder_refused`).
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = cls(folder, _open_folder(folder), received_name, unfinished)
            file._create_part()
            file._note_it()
        except OSError as error:
            raise _fault(error) from error
        return file

    @property
    def prefix_sha256(self) -> bytes:
        """The SHA-256 of what was written so far, 32 bytes."""
        return self._hash.digest()

    def write(self, data: bytes) -> None:
        """Append `data`.

        Raises:
            EnvironmentFault: the disk refuses (`disk_full`, `folder_refused`).
        """
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError as error:
            raise _fault(error) from error
        self._hash.update(data)
        self.written_bytes += len(data)

    def is_right(self, sha256: bytes) -> bool:
        """Bring everything to the disk itself; return whether it has this SHA-256.

        Raises:
            EnvironmentFault: the disk refuses.
        """
        try:
            os.fsync(self._handle)
        except OSError as error:
            raise _fault(error) from error
        return self._hash.digest() == sha256

    def keep(self) -> Path:
        """Mark the file, give it a name nothing in the folder has, and return where it is.

        Raises:
            EnvironmentFault: the disk refuses.
        """
        try:
            mark_as_received(self._handle, self._folder / self._part)
            self._forget_note()  # while it is locked: nobody sweeps what is whole
            os.close(self._handle)
            self._handle = -1
            for _ in range(_TRIES):
                name = self._free_name("")
                if self._rename(name):
                    self._part = ""
                    self._sync_folder()
                    self._close_folder()
                    return self._folder / name
        except OSError as error:
            raise _fault(error) from error
        raise EnvironmentFault("no free name", code="folder_refused")

    def discard(self) -> None:
        """Delete what was written. May be called again, and after `keep`."""
        try:
            if self._handle >= 0:
                os.close(self._handle)
            if self._part and (self._folder_handle is not None or sys.platform == "win32"):
                os.unlink(self._at(self._part), dir_fd=self._folder_handle)
            self._forget_note()
        except OSError as error:
            raise _fault(error) from error
        finally:
            self._handle, self._part = -1, ""
            self._close_folder()

    def _create_part(self) -> None:
        for _ in range(_TRIES):
            part = self._free_name(PART) + PART
            try:
                self._handle = os.open(self._at(part), _FLAGS | _BINARY, 0o600, dir_fd=self._folder_handle)
            except FileExistsError:
                continue
            self._part = part
            return
        raise OSError(errno.EEXIST, "no free name")

    def _note_it(self) -> None:
        if self._unfinished is None:
            return
        try:
            self._note = self._unfinished.note(self._folder / self._part, self._handle)
        except EnvironmentFault:
            self.discard()
            raise

    def _forget_note(self) -> None:
        if self._note is not None:
            self._note.unlink(missing_ok=True)
            self._note = None

    def _free_name(self, suffix: str) -> str:
        where = self._folder if self._folder_handle is None else self._folder_handle
        with os.scandir(where) as entries:
            used = {folded(entry.name) for entry in entries if entry.name != self._part}
        return safe_filename(self._received_name, lambda name: name in used or folded(name + suffix) in used)

    def _rename(self, name: str) -> bool:
        """Give the part file `name` unless something has it; return whether it worked."""
        at = {"src_dir_fd": self._folder_handle, "dst_dir_fd": self._folder_handle}
        part, final = self._at(self._part), self._at(name)
        try:
            if sys.platform == "win32":
                Path(part).rename(final)  # which overwrites nothing there
                return True
            os.link(part, final, **at, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return self._rename_over_own(part, final)
        os.unlink(part, dir_fd=self._folder_handle)
        return True

    def _rename_over_own(self, part: str, final: str) -> bool:
        """The same without hard links: reserve the name, then put the file in the place of what reserved it."""
        try:
            os.close(os.open(final, _FLAGS, 0o600, dir_fd=self._folder_handle))
        except FileExistsError:
            return False
        os.rename(part, final, src_dir_fd=self._folder_handle, dst_dir_fd=self._folder_handle)
        return True

    def _at(self, name: str) -> str:
        return name if self._folder_handle is not None else str(self._folder / name)

    def _sync_folder(self) -> None:
        if self._folder_handle is not None:
            os.fsync(self._folder_handle)

    def _close_folder(self) -> None:
        if self._folder_handle is not None:
            os.close(self._folder_handle)
            self._folder_handle = None


def free_bytes(folder: Path) -> int:
    """Return how much room there is where `folder` is, or will be made.

    Raises:
        EnvironmentFault: that cannot be found out (`folder_refused`).
    """
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        if sys.platform == "win32":
            import shutil

            return shutil.disk_usage(there).free
        room = os.statvfs(there)
    except OSError as error:
        raise _fault(error) from error
    return room.f_bavail * room.f_frsize


def _open_folder(folder: Path) -> int | None:
    """Return a descriptor of `folder`; None on Windows, where nothing can be opened relative to one."""
    if sys.platform == "win32":
        return None
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _fault(error: OSError) -> EnvironmentFault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentFault(str(error), code="disk_full", user_text="There is no more room on the disk.")
    text = "The folder for received files cannot be written to. Choose another folder."
    return EnvironmentFault(str(error), code="folder_refused", user_text=text)
