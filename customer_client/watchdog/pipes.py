"""Writing into a pipe without ever waiting for the other end to read."""

import ctypes
import errno
import os
import sys

_NEVER_WAIT = 0x1


def never_wait(pipe: int) -> None:
    """Let writing into the pipe of this file number fail instead of wait while it is full: `is_full` tells.

    Raises:
        OSError: the system does not let it.
    """
    if sys.platform == "win32":
        # There on Windows only; Python sets the mode itself from 3.12 on.
        import msvcrt

        from customer_client.windows.api import kernel32, last_error

        mode = ctypes.c_uint32(_NEVER_WAIT)
        if not kernel32().SetNamedPipeHandleState(msvcrt.get_osfhandle(pipe), ctypes.byref(mode), None, None):
            raise OSError(last_error(), "SetNamedPipeHandleState")
    else:
        os.set_blocking(pipe, False)


def is_full(why: OSError) -> bool:
    """Return whether `why` is that a pipe was full: the other end does not read. Windows says "no space left"."""
    return isinstance(why, BlockingIOError) or why.errno == errno.ENOSPC
