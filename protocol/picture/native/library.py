"""Finds and loads the compiled inner loops. Pure; any thread, as long as nobody else writes the same pixels.

Callers check bounds; the C code checks them again by the sizes it is given and refuses what does not fit.
"""

import ctypes
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from protocol.errors import LocalError
from protocol.picture.geometry import Rect

LIBRARY_PATH = Path(__file__).with_name("deskside_pixels.dll" if sys.platform == "win32" else "libdeskside_pixels.so")
VERSION = 2
"""Of the functions; the same number is in pixels.c."""

LONG_BYTES = 32 * 1024
"""Work on more than this lets other threads run meanwhile. That costs 1 us a call; without it the network thread was up
to 5 ms late beside an encoder at work, with it 0.1 ms."""

_POINTER, _SIZE, _NUMBER = ctypes.c_void_p, ctypes.c_int64, ctypes.c_int32
_PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "version": (),
    "copy_rows": (_POINTER, _SIZE, _SIZE, _SIZE, _POINTER, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE),
    "move_rows": (_POINTER, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE),
    "fill_rows": (_POINTER, _SIZE, _SIZE, _SIZE, _SIZE, _SIZE, _NUMBER),
    "pack_bgr": (_POINTER, _SIZE, _SIZE, _POINTER, _NUMBER, _POINTER, _SIZE),
    "unpack_bgr": (_POINTER, _SIZE, _SIZE, _POINTER, _NUMBER, _POINTER, _SIZE),
    "subtract_rows": (_POINTER, _SIZE, _POINTER, _NUMBER),
    "add_rows": (_POINTER, _SIZE, _POINTER, _NUMBER),
    "changed_cells": (_POINTER, _POINTER, _NUMBER, _POINTER, _SIZE),
    "tighten": (_POINTER, _POINTER),
    "marked_cells": (_POINTER, _SIZE, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _POINTER, _POINTER, _SIZE),
    "colours": (_POINTER, _POINTER),
    "photo_cells": (_POINTER, _POINTER, _SIZE, _POINTER, _SIZE),
    "search_bytes": (_NUMBER,),
    "find_moved": (_POINTER, _POINTER, _POINTER, _SIZE, _POINTER, _NUMBER),
}


class PixelLibrary:
    """The functions of the library at `path`.

    `quick` holds the interpreter during a call: right for calls of microseconds, because giving it away costs more
    when another thread takes it. `patient` lets other threads run. Both have the functions of pixels.c and movement.c
    by their names without `deskside_`; each returns a negative number when it refuses.

    Raises:
        OSError: there is no such library, or it cannot be loaded here.
        LocalError: it was compiled from another version of the sources.
    """

    def __init__(self, path: Path) -> None:
        self.quick: Any = _Functions(ctypes.PyDLL(str(path)))
        self.patient: Any = _Functions(ctypes.CDLL(str(path)))
        self.search_bytes: Any = self.quick.search_bytes
        """How much memory `find_moved` needs for a box of so many rows; negative for too many."""
        if self.quick.version() != VERSION:
            raise LocalError(f"{path.name} has version {self.quick.version()}, expected {VERSION}")

    def for_bytes(self, count: int) -> Any:
        """Return the functions to call for work on `count` bytes."""
        return self.patient if count > LONG_BYTES else self.quick


class _Functions:
    """The functions by their names without `deskside_`."""

    def __init__(self, loaded: ctypes.CDLL) -> None:
        for name, arguments in _PROTOTYPES.items():
            try:
                function = loaded[f"deskside_{name}"]
            except AttributeError as cause:
                raise LocalError(f"the library has no {name}") from cause
            function.argtypes, function.restype = arguments, _SIZE if name == "search_bytes" else _NUMBER
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise LocalError(f"the library has no {name}")


def loaded(path: Path = LIBRARY_PATH) -> PixelLibrary | None:
    """Return the library at `path`; None when there is none that fits this computer and these sources."""
    try:
        return PixelLibrary(path)
    except (OSError, LocalError):
        return None


def address_of(buffer: bytes | bytearray | memoryview) -> int | None:
    """Return where the bytes of `buffer` begin, valid while it exists and keeps its size; None if ctypes cannot say."""
    if isinstance(buffer, bytes):
        return ctypes.cast(ctypes.c_char_p(buffer), ctypes.c_void_p).value
    if isinstance(buffer, memoryview) and (buffer.readonly or not buffer.c_contiguous):
        return None
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer)) if len(buffer) else None


def packed_rects(rects: Sequence[Rect]) -> bytes:
    """Return `rects` as the array of C structs the library takes."""
    numbers = [number for rect in rects for number in (rect.x, rect.y, rect.width, rect.height)]
    return struct.pack(f"={len(numbers)}i", *numbers)


def checked(result: int) -> int:
    """Return what a function returned.

    Raises:
        LocalError: it refused its arguments.
    """
    if result < 0:
        raise LocalError("pixels outside their buffer")
    return result


LIBRARY = loaded()
"""What is used unless a caller says otherwise; None where nothing was compiled."""
