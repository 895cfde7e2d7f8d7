"""What the decoder process may do: hold some memory, use what it has open, and nothing else. Runs in that process."""

import ctypes
import sys

_MEBIBYTE = 1 << 20
OWN_MEMORY_BYTES = 512 * _MEBIBYTE
"""Address space beside the frame buffer: interpreter, codecs (about 250 MiB mapped, 60 MiB used) and one update."""

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9


def give_up_rights(picture_bytes: int) -> None:
    """Take every right away that decoding does not need; there is no way back.

    After this no file or socket can be opened (nothing may be imported either), no file grows, no memory image is
    written to disk, and address space ends at the frame buffer's `picture_bytes` plus `OWN_MEMORY_BYTES`.

    Raises:
        OSError: the system refused one of it; the process must not go on then.
    """
    if sys.platform == "win32":
        return
    import resource

    if sys.platform == "linux":
        _set_process_flags()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # elsewhere this limit is not enforced, or counts what the system maps by itself
        memory_bytes = picture_bytes + OWN_MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # no new descriptors at all: what is open stays usable. Without files and sockets there is no network either
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _set_process_flags() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    # the first one also ends this process should the app die without closing its pipe
    for option, value in ((_PR_SET_PDEATHSIG, _SIGKILL), (_PR_SET_DUMPABLE, 0), (_PR_SET_NO_NEW_PRIVS, 1)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")
