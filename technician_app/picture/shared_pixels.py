"""The frame buffer that the decoder process writes and the window paints from.

One mapping lives as long as its session, so that the old picture stays while a new process begins one. It is as large
as the largest picture we accept, but memory is taken page by page as pixels are written, so a small display costs
little. No lock guards it: `DecoderProcess` lets the
decoder write only between paints.
"""

import mmap
import os
import secrets
import sys
import tempfile

from protocol.errors import EnvironmentFault

BYTES_PER_PIXEL = 4
_NAME = "deskside-picture"


class SharedPixels:
    """`max_pixels` BGRX pixels, made by the app.

    On Linux it is memory without a name, sealed so that the decoder process can never shrink it under the window's
    feet (reading beyond the end would kill the app).

    Raises:
        EnvironmentFault: there is no memory for it (`no_picture_memory`).
    """

    def __init__(self, max_pixels: int) -> None:
        self.size_bytes = max_pixels * BYTES_PER_PIXEL
        self._descriptor = -1
        try:
            if sys.platform == "win32":
                self.handle = f"{_NAME}-{secrets.token_hex(16)}"
                self._mapping = mmap.mmap(-1, self.size_bytes, tagname=self.handle)
            else:
                self._descriptor = _sealed_descriptor(self.size_bytes)
                self.handle = str(self._descriptor)
                self._mapping = mmap.mmap(self._descriptor, self.size_bytes)
        except OSError as error:
            self.let_go()
            raise EnvironmentFault(f"frame buffer: {error}", code="no_picture_memory") from error
        self.pixels = memoryview(self._mapping).toreadonly()
        """The whole buffer. Whoever keeps it keeps the mapping: it ends with its last reader."""

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the decoder process has to inherit to open `handle`."""
        return (self._descriptor,) if self._descriptor >= 0 else ()

    def let_go(self) -> None:
        """Close the descriptor when no decoder process will need it any more; the mapping stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def open_shared_pixels(handle: str, size_bytes: int) -> memoryview:
    """Return the writable buffer named by `handle`, in the decoder process.

    Raises:
        OSError: there is no such buffer.
    """
    if sys.platform == "win32":
        return memoryview(mmap.mmap(-1, size_bytes, tagname=handle))
    descriptor = int(handle)
    mapping = mmap.mmap(descriptor, size_bytes)
    os.close(descriptor)
    return memoryview(mapping)


def _sealed_descriptor(size_bytes: int) -> int:
    if hasattr(os, "memfd_create"):
        import fcntl

        descriptor = os.memfd_create(_NAME, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, size_bytes)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        return descriptor
    with tempfile.TemporaryFile() as file:
        file.truncate(size_bytes)
        return os.dup(file.fileno())
