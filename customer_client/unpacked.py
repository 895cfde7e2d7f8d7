"""Removes the folder the self-extracting file unpacked this program into: after a session nothing of it is left.

The file itself is the customer's, and stays. Linux only: elsewhere a running program cannot be deleted.
"""

import logging
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

if sys.platform != "win32":
    import fcntl

FOLDER_VARIABLE, LOCK_VARIABLE = "DESKSIDE_UNPACKED", "DESKSIDE_UNPACKED_LOCK"
"""Set by the file (installers/unpacker/unpack.c): the folder, and the number of the locked handle on it."""

_RELEASE = re.compile(r"[0-9a-f]{16}")

_log = logging.getLogger(__name__)


def remove_unpacked(environment: Mapping[str, str]) -> bool:
    """Remove the folder `environment` names, unless another copy of this program runs from it; return whether it went.

    Only what the unpacker made is ever removed: a folder with the name of a release that the inherited handle is of.
    """
    folder, number = Path(environment.get(FOLDER_VARIABLE, "")), environment.get(LOCK_VARIABLE, "")
    if sys.platform == "win32" or not _RELEASE.fullmatch(folder.name) or not number.isdecimal():
        return False
    try:
        return _remove(folder, int(number))
    except OSError as error:
        _log.info("the unpacked program stays: %s", error)
        return False


def _remove(folder: Path, handle: int) -> bool:
    """Remove `folder` behind the unpacker's own lock.

    Raises:
        OSError: it is not what `handle` is open on, somebody else uses it, or the disk refuses.
    """
    with (folder.parent / ".lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(handle), folder.lstat()):
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        aside = folder.with_name(f".new-{folder.name}")
        folder.rename(aside)
        shutil.rmtree(aside)
        if [path.name for path in folder.parent.iterdir()] == [".lock"]:
            Path(lock.name).unlink()
            folder.parent.rmdir()
    return True
