"""What a program or library of Windows says about itself: which libraries it loads. Source: Microsoft's PE format."""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

_IMPORTS, _DELAYED_IMPORTS = 1, 13
"""Places in the table of data directories."""

_IMPORT_ENTRY, _DELAYED_ENTRY = struct.Struct("<IIIII"), struct.Struct("<IIIIIIII")


class NotAnImage(ValueError):
    """The file is not a 64-bit program or library of Windows."""


def imported(path: Path) -> set[str]:
    """Return the names of the libraries that the image at `path` loads, lower case, also those loaded when first used.

    Raises:
        NotAnImage: it is not what Windows could load.
    """
    image = path.read_bytes()
    return {_text(image, at).lower() for at in _names(image)}


def rename_imports(path: Path, new_names: Mapping[str, str]) -> int:
    """Have the image at `path` load libraries under their new names; return how many names were replaced.

    A new name must not be longer than the one in its place.

    Raises:
        NotAnImage: it is not what Windows could load.
        ValueError: a new name is too long.
    """
    image = bytearray(path.read_bytes())
    replaced = 0
    for at in list(_names(image)):
        old = _text(image, at)
        new = new_names.get(old)
        if new is None:
            continue
        if len(new) > len(old):
            raise ValueError(f"{new} is longer than {old}")
        image[at : at + len(old)] = new.encode("ascii").ljust(len(old), b"\0")
        replaced += 1
    path.write_bytes(image)
    return replaced


def _names(image: bytes | bytearray) -> Iterator[int]:
    """Yield where in the file the names of the imported libraries begin."""
    try:
        header = _header(image)
        for place, entry, name_field in ((_IMPORTS, _IMPORT_ENTRY, 3), (_DELAYED_IMPORTS, _DELAYED_ENTRY, 1)):
            address, size = struct.unpack_from("<II", image, header + 24 + 112 + 8 * place)
            at = _place(image, header, address) if address and size else None
            while at is not None:
                name = entry.unpack_from(image, at)[name_field]
                if not name:
                    break
                yield _place(image, header, name)
                at += entry.size
    except (struct.error, IndexError) as fault:
        raise NotAnImage(str(fault)) from fault


def _header(image: bytes | bytearray) -> int:
    if image[:2] != b"MZ":
        raise NotAnImage("no MZ")
    header: int = struct.unpack_from("<I", image, 0x3C)[0]
    if image[header : header + 4] != b"PE\0\0" or struct.unpack_from("<H", image, header + 24)[0] != 0x20B:
        raise NotAnImage("no PE32+")
    return header


def _place(image: bytes | bytearray, header: int, address: int) -> int:
    """Return where in the file the address `address` of the loaded image is."""
    sections, optional = struct.unpack_from("<H", image, header + 6)[0], struct.unpack_from("<H", image, header + 20)[0]
    for one in range(sections):
        size, begins, raw_size, raw = struct.unpack_from("<IIII", image, header + 24 + optional + 40 * one + 8)
        if begins <= address < begins + max(size, raw_size):
            return int(raw + address - begins)
    raise NotAnImage(f"nothing at {address:#x}")


def _text(image: bytes | bytearray, at: int) -> str:
    return bytes(image[at : image.index(b"\0", at)]).decode("ascii")
