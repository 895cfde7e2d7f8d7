"""Machine code changed so that it packs better, and changed back on the customer's computer.

`unpacker/restore.h` does both and says how; here is said where. The regions of a file are those sections that its own
table of sections names (ELF), or its own table of sections and directories (PE): whoever unpacks is told each of them.
"""

import ctypes
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import IntEnum
from pathlib import Path
from typing import Self

HERE = Path(__file__).with_name("unpacker")
_OPTIONS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
_REGION = struct.Struct("<IIQQQ")
_LIMIT_OF_ADDRESSES = 1 << 31

_ELF_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_ELF_SECTION = struct.Struct("<IIQQQQIIQQ")
_X86_64 = 62
_SHT_PROGBITS, _SHT_RELA, _SHF_EXECUTABLE = 1, 4, 4
_PE_SECTION = struct.Struct("<8sIIII12xI")
_PE_HEADER_BYTES = 24
_X86_64_OF_WINDOWS, _EXECUTABLE, _PDATA_WIDTH = 0x8664, 1 << 29, 12
_RELA_WIDTH, _FRAME_WIDTH, _FRAME_HEADER = 24, 8, 12


class Kind(IntEnum):
    """What a region holds; the numbers are those of `restore.h`."""

    ADDRESSES = 1
    RECORDS = 2


@dataclass(frozen=True)
class Region:
    """`size` bytes from `at` in a file; `limit` and `address` are explained in `restore.h`."""

    kind: Kind
    limit: int
    address: int
    at: int
    size: int

    def packed(self) -> bytes:
        """Return the region as unpackers read it."""
        return _REGION.pack(*astuple(self))


class Preparer:
    """Changes files, with `restore.h` compiled as a library; to be used as a context."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="deskside-prepare-")

    def __enter__(self) -> Self:
        made = Path(self._folder.name, "prepare.so")
        command = ["gcc", *_OPTIONS, str(HERE / "prepare.c"), "-o", str(made)]
        subprocess.run(command, check=True)  # noqa: S603 - no shell
        self._change = ctypes.CDLL(str(made)).deskside_change_region
        return self

    def __exit__(self, *problem: object) -> None:
        self._folder.cleanup()

    def prepared(self, data: bytes) -> tuple[bytes, list[Region]]:
        """Return a file's bytes as they are packed, and the regions that are to be restored: none for most files.

        Raises:
            ValueError: what would be restored is not what was given.
        """
        regions = regions_of(data)
        made = self.changed(data, regions, restoring=False)
        if self.changed(made, regions, restoring=True) != data:
            raise ValueError("a file would not be restored as it was")
        return made, regions

    def changed(self, data: bytes, regions: list[Region], *, restoring: bool) -> bytes:
        """Return `data` with its `regions` changed, or restored.

        Raises:
            ValueError: one of the regions is not inside the file.
        """
        changed = ctypes.create_string_buffer(data, len(data))
        for region in regions:
            told = ctypes.create_string_buffer(region.packed())
            if not self._change(told, data, changed, ctypes.c_uint64(len(data)), int(restoring)):
                raise ValueError(f"{region} is not in a file of {len(data)} bytes")
        return changed.raw


def regions_of(data: bytes) -> list[Region]:
    """Return the regions of a file that pack better when they are changed."""
    if data[:4] == b"\x7fELF":
        return list(_of_elf(data))
    return list(_of_windows(data)) if data[:2] == b"MZ" else []


def _of_elf(data: bytes) -> Iterator[Region]:
    header = _ELF_HEADER.unpack_from(data)
    machine, table_at, width, count, names_in = header[2], header[6], header[11], header[12], header[13]
    if machine != _X86_64 or width != _ELF_SECTION.size or not count:
        return
    sections = [_ELF_SECTION.unpack_from(data, table_at + place * width) for place in range(count)]
    names_at = sections[names_in][4]
    limit = max(address + size for _, _, _, address, _, size, *_ in sections)
    for name, kind, flags, address, at, size, *_ in sections:
        named = data[names_at + name : data.index(b"\0", names_at + name)]
        if kind == _SHT_PROGBITS and flags & _SHF_EXECUTABLE and limit < _LIMIT_OF_ADDRESSES:
            yield Region(Kind.ADDRESSES, limit, address, at, size)
        elif kind == _SHT_RELA:
            yield Region(Kind.RECORDS, _RELA_WIDTH, 0, at, size)
        elif named == b".eh_frame_hdr":
            yield Region(Kind.RECORDS, _FRAME_WIDTH, 0, at + _FRAME_HEADER, size - _FRAME_HEADER)


def _of_windows(data: bytes) -> Iterator[Region]:
    (header_at,) = struct.unpack_from("<I", data, 0x3C)
    signature, machine, count, optional = struct.unpack_from("<4sHH12xH", data, header_at)
    if signature != b"PE\0\0" or machine != _X86_64_OF_WINDOWS:
        return
    table_at = header_at + _PE_HEADER_BYTES + optional
    sections = [_PE_SECTION.unpack_from(data, table_at + place * _PE_SECTION.size) for place in range(count)]
    limit = max(address + size for _, size, address, *_ in sections)
    for name, memory, address, size, at, flags in sections:
        if flags & _EXECUTABLE:
            yield Region(Kind.ADDRESSES, limit, address, at, size)
        elif name.rstrip(b"\0") == b".pdata":
            yield Region(Kind.RECORDS, _PDATA_WIDTH, 0, at, min(memory, size))
