"""A file as it goes out: opened once, hashed, read through the same descriptor, and watched for changes.

Blocking: for a worker thread, one call at a time.
"""

import hashlib
import os
import stat
import unicodedata
from pathlib import Path

from protocol.errors import EnvironmentFault
from protocol.files.file_types import BLOCKED_SENTENCE, HEAD_BYTES, is_blocked, size_words
from protocol.files.safe_filename import safe_filename
from protocol.messages.files import MAX_FILE_BYTES

_BLOCK_BYTES = 1024 * 1024
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Not blocking, because a pipe in the place of a file would hold the thread for ever."""


class FileToSend:
    """One file to send; `close` when it is not needed any more."""

    def __init__(self, path: Path) -> None:
        """Open `path` and read it once for its SHA-256 (about 2 s for 1 GB).

        Raises:
            EnvironmentFault: no such file, not a file, too large, or of a kind that is not sent (`file_unreadable`,
                `too_large`, `blocked_type`).
        """
        self.name = safe_filename(unicodedata.normalize("NFC", path.name))
        try:
            self._handle = os.open(path, _FLAGS)
        except OSError as error:
            raise _unreadable(path, str(error)) from error
        try:
            self._stamp = self._look()
            self.size_bytes = self._stamp[0]
            self._check(path)
            self.sha256 = self._digest(self.size_bytes)
        except BaseException:
            self.close()
            raise

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset` on.

        Raises:
            EnvironmentFault: the file has changed since it was offered (`file_changed`), or cannot be read.
        """
        try:
            if self._look() != self._stamp:
                raise _changed(self.name)
            data = self._read(offset, length)
        except OSError as error:
            raise _unreadable(Path(self.name), str(error)) from error
        if len(data) != length:
            raise _changed(self.name)
        return data

    def begins_with(self, length: int, prefix_sha256: bytes) -> bool:
        """Return whether the first `length` bytes have this SHA-256.

        Raises:
            EnvironmentFault: as `read`.
        """
        if self._look() != self._stamp:
            raise _changed(self.name)
        return self._digest(length) == prefix_sha256

    def close(self) -> None:
        """Let go of the file. May be called again."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _look(self) -> tuple[int, int, int]:
        seen = os.fstat(self._handle)
        if not stat.S_ISREG(seen.st_mode):
            raise _unreadable(Path(self.name), "not a file")
        return seen.st_size, seen.st_mtime_ns, seen.st_ino

    def _check(self, path: Path) -> None:
        if self.size_bytes > MAX_FILE_BYTES:
            text = f"{self.name} is larger than {size_words(MAX_FILE_BYTES)}, the most Deskside sends."
            raise EnvironmentFault(str(path), code="too_large", user_text=text)
        if is_blocked(self.name, self._read(0, HEAD_BYTES)):
            text = f"{self.name} was not sent. {BLOCKED_SENTENCE}"
            raise EnvironmentFault(str(path), code="blocked_type", user_text=text)

    def _digest(self, length: int) -> bytes:
        digest, offset = hashlib.sha256(), 0
        while offset < length:
            data = self._read(offset, min(_BLOCK_BYTES, length - offset))
            if not data:
                raise _changed(self.name)
            digest.update(data)
            offset += len(data)
        return digest.digest()

    def _read(self, offset: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._handle, length, offset)
        os.lseek(self._handle, offset, os.SEEK_SET)
        return os.read(self._handle, length)


def _changed(name: str) -> EnvironmentFault:
    text = f"{name} was changed while it was being sent, so it was not sent. Save it and send it again."
    return EnvironmentFault(name, code="file_changed", user_text=text)


def _unreadable(path: Path, detail: str) -> EnvironmentFault:
    text = f"{safe_filename(path.name)} cannot be read."
    return EnvironmentFault(detail, code="file_unreadable", user_text=text)
