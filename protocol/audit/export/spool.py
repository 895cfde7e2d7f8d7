"""Files of an export that is being made: kept in a temporary file, so that an export needs no memory of its own size.

The temporary file has no name and is gone with the process; what fits into 32 MiB never reaches the disk.
"""

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self, cast

from protocol.audit.export.container import (
    CHUNK_BYTES,
    MAX_BUNDLE_BYTES,
    MAX_MEMBERS,
    StoredMember,
    bundle_too_large,
    write_members,
)
from protocol.audit.export.manifest import FileEntry, file_entry
from protocol.errors import LocalError

IN_MEMORY_BYTES = 32 << 20


@dataclass(frozen=True)
class Piece:
    """Where some bytes lie in the temporary file."""

    offset: int
    size: int


class MemberSpool:
    """Takes the files of an export in any order; `write` puts them where they belong. Close it, or use it in `with`."""

    def __init__(self) -> None:
        self._file = cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 (`close` does)
        self._end = 0
        self._pieces: dict[str, tuple[Piece, ...]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __contains__(self, name: str) -> bool:
        return name in self._pieces

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def keep(self, data: bytes) -> Piece:
        """Keep some bytes that become part of a file later.

        Raises:
            LocalError: together they are more than fits into an export (`bundle_too_large`).
        """
        if self._end + len(data) > MAX_BUNDLE_BYTES:
            raise bundle_too_large(f"more than {MAX_BUNDLE_BYTES} bytes")
        self._file.seek(self._end)
        self._file.write(data)
        self._end += len(data)
        return Piece(self._end - len(data), len(data))

    def add(self, name: str, data: bytes) -> None:
        """Keep the file `name` with this content.

        Raises:
            LocalError: there is one already, or `bundle_too_large`.
        """
        self.join(name, [self.keep(data)])

    def join(self, name: str, pieces: Sequence[Piece]) -> None:
        """Make the file `name` of what was kept before, in this order.

        Raises:
            LocalError: there is one already, or there are too many files (`bundle_too_large`).
        """
        if name in self._pieces:
            raise LocalError(f"{name} twice in one export")
        if len(self._pieces) >= MAX_MEMBERS:
            raise bundle_too_large(f"more than {MAX_MEMBERS} files")
        self._pieces[name] = tuple(pieces)

    def entries(self) -> tuple[FileEntry, ...]:
        """Return what a manifest says about the files so far, ascending by name."""
        return tuple(file_entry(name, self._chunks(name)) for name in sorted(self._pieces))

    def write(self, file: BinaryIO) -> None:
        """Write the container of all files to `file`.

        Raises:
            LocalError: a name is not allowed, or `bundle_too_large`.
        """
        write_members([self._member(name) for name in sorted(self._pieces)], file)

    def _member(self, name: str) -> StoredMember:
        crc = 0
        for chunk in self._chunks(name):
            crc = zlib.crc32(chunk, crc)
        size = sum(piece.size for piece in self._pieces[name])
        return StoredMember(name, crc, size, lambda: self._chunks(name))

    def _chunks(self, name: str) -> Iterator[bytes]:
        for piece in self._pieces[name]:
            for begin in range(0, piece.size, CHUNK_BYTES):
                self._file.seek(piece.offset + begin)
                yield self._file.read(min(CHUNK_BYTES, piece.size - begin))
