"""Memory that the X server writes pictures into: System V shared memory by ctypes. Linux only."""

import ctypes
import weakref
from typing import Any

_IPC_PRIVATE = 0
_IPC_CREATE_FOR_OWNER = 0o1600
_IPC_RMID = 0

_c_library = ctypes.CDLL(None, use_errno=True)
_shmget = _c_library.shmget
_shmget.argtypes = (ctypes.c_int, ctypes.c_size_t, ctypes.c_int)
_shmget.restype = ctypes.c_int
_shmat = _c_library.shmat
_shmat.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_shmat.restype = ctypes.c_void_p
_shmdt = _c_library.shmdt
_shmdt.argtypes = (ctypes.c_void_p,)
_shmdt.restype = ctypes.c_int
_shmctl = _c_library.shmctl
_shmctl.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_shmctl.restype = ctypes.c_int
_FAILED = ctypes.c_void_p(-1).value


class SharedMemory:
    """`size_bytes` of memory another process may attach by `memory_id` until `forbid_attaching`.

    Only processes of this user (and root) can attach it. `lend` hands it out; it is `free` again once nobody holds
    the view any more, nor a slice of it. The memory itself goes with the last view, however long that lives.

    Raises:
        OSError: the system has no shared memory left, or does not allow it.
    """

    def __init__(self, size_bytes: int) -> None:
        self.memory_id = _shmget(_IPC_PRIVATE, size_bytes, _IPC_CREATE_FOR_OWNER)
        if self.memory_id < 0:
            raise OSError(ctypes.get_errno(), "no shared memory")
        self._address = _shmat(self.memory_id, None, 0)
        if self._address in (None, _FAILED):
            failed = ctypes.get_errno()
            self.forbid_attaching()
            raise OSError(failed, "shared memory cannot be attached")
        ending = weakref.finalize(self, _shmdt, self._address)
        # At exit other threads may still read; the system takes the memory back with the process.
        ending.atexit = False
        # A subclass in Python can be referred to weakly and carries attributes; a plain ctypes array does neither.
        self._view_type: Any = type("LentPixels", (ctypes.c_ubyte * size_bytes,), {})
        self._lent: weakref.ref[Any] | None = None

    @property
    def free(self) -> bool:
        """Whether nobody holds a view."""
        return self._lent is None or self._lent() is None

    def forbid_attaching(self) -> None:
        """Let no further process attach it; the memory ends with its last user, also when that one crashes."""
        _shmctl(self.memory_id, _IPC_RMID, None)

    def lend(self) -> memoryview:
        """Return a view of all bytes, which keeps the memory alive and not `free`."""
        pixels = self._view_type.from_address(self._address)
        pixels.memory = self
        self._lent = weakref.ref(pixels)
        return memoryview(pixels).cast("B")
