"""The container of an export: a zip whose every byte follows from the names and contents of its members.

Members are stored, never compressed: deflate has many spellings of one content, and zip bombs. A reader rebuilds every
header and compares, so that nothing can hide between, before or behind the members (docs/audit_format.md, section 2).
"""

import hashlib
import io
import re
import struct
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from protocol.errors import LocalError, PeerError

MAX_BUNDLE_BYTES = 1 << 30
MAX_MEMBERS = 60_000
MAX_NAME_BYTES = 120
CHUNK_BYTES = 1 << 20
"""So much of a member is read or written at a time."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_VERSION_NEEDED = 10
_MADE_BY = 0x0314
"""Unix, zip 2.0: so that unpacking gives ordinary files."""

_FILE_MODE = 0o100644 << 16
_DOS_DATE = 0x0021
"""1980-01-01, the earliest a zip can say; the time is midnight."""


class BundleMalformed(PeerError):
    """The bytes are not an export as specified; `member` names the file inside it, empty for the container itself."""

    code = "bundle_malformed"
    user_text = "This file is not a Deskside export, or it was damaged."

    def __init__(self, detail: str, *, member: str = "") -> None:
        super().__init__(f"{member}: {detail}" if member else detail)
        self.member = member


@dataclass(frozen=True)
class _Member:
    """One entry: its name, CRC-32, size and the offset of its local header."""

    name: str
    crc: int
    size: int
    offset: int

    @property
    def local_header(self) -> bytes:
        name = self.name.encode("ascii")
        fields = (b"PK\3\4", _VERSION_NEEDED, 0, 0, 0, _DOS_DATE, self.crc, self.size, self.size, len(name), 0)
        return _LOCAL.pack(*fields) + name

    @property
    def central_header(self) -> bytes:
        name = self.name.encode("ascii")
        sizes = (self.crc, self.size, self.size, len(name))
        fields = (b"PK\1\2", _MADE_BY, _VERSION_NEEDED, 0, 0, 0, _DOS_DATE, *sizes, 0, 0, 0, 0, _FILE_MODE, self.offset)
        return _CENTRAL.pack(*fields) + name

    @property
    def data_offset(self) -> int:
        return self.offset + _LOCAL.size + len(self.name)

    @property
    def end(self) -> int:
        return self.data_offset + self.size


@dataclass(frozen=True)
class StoredMember:
    """A file on its way into a container: what its header says, and where its content comes from, as often as asked."""

    name: str
    crc: int
    size: int
    chunks: Callable[[], Iterable[bytes]]


def write_container(members: Mapping[str, bytes], file: BinaryIO) -> None:
    """Write `members` to `file` in the order of their names; equal members give equal bytes.

    Raises:
        LocalError: a name is not allowed, or the file would be too large to be read again (`bundle_too_large`).
    """

    def stored(name: str, data: bytes) -> StoredMember:
        return StoredMember(name, zlib.crc32(data), len(data), lambda: (data,))

    write_members([stored(name, members[name]) for name in sorted(members)], file)


def write_members(members: Iterable[StoredMember], file: BinaryIO) -> None:
    """Write `members`, which come in the order of their names, to `file`; only one chunk is in memory at a time.

    Raises:
        LocalError: as `write_container`.
    """
    entries, contents, offset = list[_Member](), [], 0
    for member in members:
        if not _name_allowed(member.name):
            raise LocalError(f"not a name inside an export: {member.name[:200]!r}")
        entries.append(_Member(member.name, member.crc, member.size, offset))
        contents.append(member.chunks)
        offset = entries[-1].end
    ending = _ending(entries, offset)
    if offset + len(ending) > MAX_BUNDLE_BYTES or len(entries) > MAX_MEMBERS:
        raise bundle_too_large(f"{len(entries)} files and {offset} bytes")
    for entry, chunks in zip(entries, contents, strict=True):
        file.write(entry.local_header)
        for chunk in chunks():
            file.write(chunk)
    file.write(ending)


def bundle_too_large(detail: str) -> LocalError:
    """Return the error of an export that no verifier would read again (`bundle_too_large`)."""
    words = "This is more than fits into one export, which is 1 GB and 1,000,000 events. Export fewer sessions at once."
    return LocalError(f"an export of {detail}", code="bundle_too_large", user_text=words)


class Container:
    """A zip that is exactly as specified; members are read from `file` when asked for, never unpacked to disk."""

    def __init__(self, file: BinaryIO) -> None:
        """Check everything but the contents.

        Raises:
            BundleMalformed: too large, or any byte outside the contents is not the one it must be.
        """
        self._file = file
        size = file.seek(0, io.SEEK_END)
        if size > MAX_BUNDLE_BYTES:
            raise BundleMalformed(f"{size} bytes, at most {MAX_BUNDLE_BYTES} allowed")
        self._members = {entry.name: entry for entry in self._read_directory(size)}
        self._names = tuple(self._members)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, ascending."""
        return self._names

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def beginning_with(self, text: str) -> tuple[str, ...]:
        """Return the names that begin with `text`, ascending."""
        return self._names[bisect_left(self._names, text) : bisect_left(self._names, text + "\x7f")]

    def size(self, name: str) -> int:
        """Return the size of a member in bytes."""
        return self._members[name].size

    def read(self, name: str, max_bytes: int = MAX_BUNDLE_BYTES) -> bytes:
        """Return the content of a member.

        Raises:
            BundleMalformed: no such member, more than `max_bytes` of it, or its checksum does not fit.
        """
        entry = self._members.get(name)
        if entry is None:
            raise BundleMalformed("is missing", member=name)
        if entry.size > max_bytes:
            raise BundleMalformed(f"{entry.size} bytes, at most {max_bytes} allowed", member=name)
        self._file.seek(entry.data_offset)
        data = self._file.read(entry.size)
        if zlib.crc32(data) != entry.crc:
            raise BundleMalformed("its checksum does not fit", member=name)
        return data

    def sha256(self, name: str) -> str:
        """Return the SHA-256 of a member in hex; however large it is, only a piece of it is in memory at a time.

        Raises:
            BundleMalformed: no such member, or its checksum does not fit.
        """
        entry = self._members.get(name)
        if entry is None:
            raise BundleMalformed("is missing", member=name)
        digest, crc = hashlib.sha256(), 0
        self._file.seek(entry.data_offset)
        for begin in range(0, entry.size, CHUNK_BYTES):
            chunk = self._file.read(min(CHUNK_BYTES, entry.size - begin))
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
        if crc != entry.crc:
            raise BundleMalformed("its checksum does not fit", member=name)
        return digest.hexdigest()

    def _read_directory(self, size: int) -> list[_Member]:
        if size < _END.size:
            raise BundleMalformed("too short")
        self._file.seek(size - _END.size)
        *_, count, directory_bytes, directory_offset, _ = _END.unpack(self._file.read(_END.size))
        if count > MAX_MEMBERS or directory_bytes > count * (_CENTRAL.size + MAX_NAME_BYTES):
            raise BundleMalformed("too many files in it")
        if directory_offset + directory_bytes + _END.size != size:
            raise BundleMalformed("it does not end where its directory says")
        self._file.seek(directory_offset)
        ending = self._file.read()
        entries = _parse_directory(ending[:directory_bytes], count)
        if _ending(entries, directory_offset) != ending:
            raise BundleMalformed("its directory is not the canonical one")
        self._check_places(entries, directory_offset)
        return entries

    def _check_places(self, entries: list[_Member], directory_offset: int) -> None:
        """Check that the members stand back to back in order, each behind its canonical header."""
        place, before = 0, ""
        for entry in entries:
            if entry.name <= before or entry.offset != place or entry.end > directory_offset:
                raise BundleMalformed("not where it must stand", member=entry.name)
            self._file.seek(place)
            if self._file.read(entry.data_offset - place) != entry.local_header:
                raise BundleMalformed("its header is not the canonical one", member=entry.name)
            place, before = entry.end, entry.name
        if place != directory_offset:
            raise BundleMalformed("something stands between the files and the directory")


def _parse_directory(data: bytes, count: int) -> list[_Member]:
    entries, place = [], 0
    for _ in range(count):
        if place + _CENTRAL.size > len(data):
            raise BundleMalformed("its directory is cut off")
        fields = _CENTRAL.unpack_from(data, place)
        name = data[place + _CENTRAL.size : place + _CENTRAL.size + fields[10]].decode("latin-1")
        if not _name_allowed(name):
            raise BundleMalformed(f"a file with the name {name[:MAX_NAME_BYTES]!r}")
        entries.append(_Member(name, crc=fields[7], size=fields[8], offset=fields[16]))
        place += _CENTRAL.size + len(name)
    return entries


def _ending(entries: list[_Member], offset: int) -> bytes:
    directory = b"".join(entry.central_header for entry in entries)
    count = len(entries)
    return directory + _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)


def _name_allowed(name: str) -> bool:
    return len(name) <= MAX_NAME_BYTES and _NAME.fullmatch(name) is not None
