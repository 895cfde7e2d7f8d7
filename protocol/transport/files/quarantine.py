"""Marks a received file as coming from elsewhere, in the way each system has for it. Blocking; any thread.

Linux: the freedesktop.org attribute `user.xdg.origin.url`. macOS: `com.apple.quarantine`. Windows: the mark of the web,
a `Zone.Identifier` stream. The last two are written to Apple's and Microsoft's documentation and were not run here.
"""

import ctypes
import ctypes.util
import logging
import os
import sys
import time
from pathlib import Path

_ORIGIN = b"deskside:session"
_INTERNET_ZONE = "[ZoneTransfer]\r\nZoneId=3\r\n"
_log = logging.getLogger(__name__)


def mark_as_received(handle: int, path: Path) -> bool:
    """Mark the open file `handle`, which lies at `path`; return whether the file system could hold the mark."""
    try:
        if sys.platform == "win32":
            Path(f"{path}:Zone.Identifier").write_text(_INTERNET_ZONE, encoding="ascii")
        elif sys.platform == "darwin":
            _mark_on_macos(handle)
        else:
            os.setxattr(handle, "user.xdg.origin.url", _ORIGIN)
    except OSError as error:
        _log.info("a received file could not be marked: %s", error)
        return False
    return True


def _mark_on_macos(handle: int) -> None:
    # 0081: downloaded by a program that sandboxes nothing; the user is asked before it is opened.
    value = f"0081;{int(time.time()):08x};Deskside;".encode()
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    if library.fsetxattr(handle, b"com.apple.quarantine", value, len(value), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "fsetxattr")
