"""Files that were still coming when the program was killed: noted while they come, swept at its next start. Blocking.

Only what a note names is ever deleted, and only while it is the very file this program made: by device and inode, not
by its name. A file another running copy of the program is writing is locked, and left alone.
"""

import logging
import os
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from protocol.errors import EnvironmentFault

if sys.platform != "win32":
    import fcntl

SUFFIX = ".unfinished"
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_log = logging.getLogger(__name__)


class _Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    device: int
    inode: int


class UnfinishedFiles:
    """Notes in `folder`, one small file for each file that is coming; `folder` is one of this program's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, path: Path, handle: int) -> Path:
        """Note that the file open at `handle`, just made at `path`, is not whole; return the note.

        Raises:
            EnvironmentFault: the disk refuses (`folder_refused`).
        """
        if sys.platform != "win32":
            # Where locks are not to be had, sweeping finds that out too, and leaves the file alone.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        note = self._folder / f"{secrets.token_hex(8)}{SUFFIX}"
        try:
            status = os.fstat(handle)
            note.write_bytes(msgspec.json.encode(_Note(str(path.absolute()), status.st_dev, status.st_ino)))
        except OSError as error:
            text = "The folder of this program cannot be written to."
            raise EnvironmentFault(str(error), code="folder_refused", user_text=text) from error
        return note


def sweep_unfinished(sessions: Path) -> int:
    """Delete what notes in `sessions` and the folders in it name; return how many files went."""
    return sum(_sweep(note) for pattern in (f"*{SUFFIX}", f"*/*{SUFFIX}") for note in sessions.glob(pattern))


def _sweep(note: Path) -> bool:
    """Delete the file `note` names, if it is still that file, and the note; return whether a file went."""
    try:
        noted = msgspec.json.decode(note.read_bytes(), type=_Note)
        part = Path(noted.path)
        if not part.parent.is_dir():
            return False  # on a drive that is not there now: another time
        deleted = _delete(part, noted)
        note.unlink(missing_ok=True)
    except msgspec.DecodeError:
        note.unlink(missing_ok=True)
        return False
    except OSError as error:
        _log.info("an unfinished file is left for now: %s", error)
        return False
    return deleted


def _delete(part: Path, noted: _Note) -> bool:
    """Delete `part` if it is the file noted; return whether it was.

    Raises:
        OSError: it cannot be looked at, locked or deleted now.
    """
    try:
        handle = os.open(part, _OPEN)
    except FileNotFoundError:
        return False
    try:
        status = os.fstat(handle)
        ours = stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) == (noted.device, noted.inode)
        if ours and sys.platform != "win32":
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
    finally:
        os.close(handle)
    if ours and sys.platform == "win32":
        part.unlink()  # refused by the system while another program has it open
    return ours
