"""The self-extracting file: the unpacker, a table of files, their contents, and a trailer that says where they are.

The same files give the same bytes: order, modes and compression are fixed, and times and owners are not kept. Machine
code is changed before it is compressed (prepared.py); the table says for each file where, and the unpacker restores it.
"""

import hashlib
import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from installers.prepared import Preparer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"DSKFILE1"
LEVEL = 22
_ENTRY = struct.Struct("<HHQH")
_TRAILER = struct.Struct("<8sQQQQQQ16s")
_MODE, _MODE_EXECUTABLE = 0o600, 0o700
_MACHINE_CODE = {"", ".so", ".dll", ".pyd", ".exe"}


@dataclass(frozen=True)
class Packed:
    """A file that was made: its bytes, the bytes of its contents, and the release, 16 hex digits that name those."""

    size: int
    unpacked: int
    release: str


def pack(folder: Path, unpacker: bytes, made: Path) -> Packed:
    """Write the self-extracting file `made`: `unpacker` followed by everything in `folder`.

    Raises:
        OSError: reading or writing failed.
        ValueError: `folder` holds a link; there is no need for any, and following one would hide what is shipped.
    """
    table, contents = _read(folder)
    release = hashlib.sha256(struct.pack("<Q", len(table)) + table + contents).hexdigest()[:16]
    packed_table, packed_contents = compress(table), compress(contents)
    table_at = len(unpacker)
    contents_at = table_at + len(packed_table)
    trailer = _TRAILER.pack(
        MAGIC,
        *(table_at, len(packed_table), len(table)),
        *(contents_at, len(packed_contents), len(contents)),
        release.encode(),
    )
    fresh = made.with_name(made.name + ".new")
    fresh.write_bytes(unpacker + packed_table + packed_contents + trailer)
    fresh.chmod(0o755)
    fresh.replace(made)
    return Packed(made.stat().st_size, len(contents), release)


def compress(data: bytes, level: int = LEVEL) -> bytes:
    """Return `data` as one zstd frame with a checksum, in one thread so that the bytes depend on nothing else."""
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    return zstd.compress(data, options=options)


def files_of(folder: Path) -> list[Path]:
    """Return the regular files in `folder`, by name in the order of their bytes.

    Raises:
        ValueError: there is a link among them.
    """
    found = sorted(folder.rglob("*"), key=lambda path: os.fsencode(path.relative_to(folder)))
    links = [path for path in found if path.is_symlink()]
    if links:
        raise ValueError(f"{links[0]} is a link")
    return [path for path in found if path.is_file()]


def by_likeness(files: list[Path]) -> list[Path]:
    """Return `files` in the order that packs best: those of one kind together, machine code last."""
    return sorted(files, key=lambda path: (path.suffix in _MACHINE_CODE or ".so." in path.name, path.suffix))


def _read(folder: Path) -> tuple[bytes, bytes]:
    table, contents = bytearray(), bytearray()
    with Preparer() as preparer:
        for path in by_likeness(files_of(folder)):
            name = os.fsencode(path.relative_to(folder))
            data, regions = preparer.prepared(path.read_bytes())
            mode = _MODE_EXECUTABLE if path.stat().st_mode & 0o100 else _MODE
            table += _ENTRY.pack(len(name), mode, len(data), len(regions)) + name
            table += b"".join(region.packed() for region in regions)
            contents += data
    return bytes(table), bytes(contents)
