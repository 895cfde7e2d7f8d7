"""What two pictures have in common and what not, asked of the compiled library. One thread at a time.

Each method is the twin of a Python function that does the same without the library, named in its description.
"""

import ctypes
import struct
from collections.abc import Collection, Mapping
from itertools import compress

from customer_client.picture.tiles import CELL_HEIGHT, CELL_WIDTH, Run
from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from protocol.picture.native.library import PixelLibrary, checked
from protocol.picture.pixels import BYTES_PER_PIXEL
from protocol.picture.updates import Copy

MOST_COPIES = 64
"""That a search returns; what moved in more pieces is sent in part as tiles."""

_BLOCK_BANDS = 4
_RECT = struct.Struct("=iiii")
_COPY = struct.Struct("=iiiiii")

Memory = tuple[int, int, int]
"""Address, size and length of a row, in bytes."""


class _Pictures(ctypes.Structure):
    _fields_ = (
        ("now", ctypes.c_void_p),
        ("shown", ctypes.c_void_p),
        ("now_bytes", ctypes.c_int64),
        ("shown_bytes", ctypes.c_int64),
        ("now_stride_bytes", ctypes.c_int64),
        ("shown_stride_bytes", ctypes.c_int64),
        ("width", ctypes.c_int32),
        ("height", ctypes.c_int32),
        ("cell_width", ctypes.c_int32),
        ("cell_height", ctypes.c_int32),
    )


class NativeSearch:
    """Compares the picture at `now` with the one at `shown`, both of `size`; whoever calls keeps both alive.

    Rectangles are inside the picture, else every method raises LocalError.
    """

    def __init__(self, library: PixelLibrary, size: tuple[int, int], *, now: Memory, shown: Memory) -> None:
        self._library = library
        self._pictures = ctypes.byref(
            _Pictures(now[0], shown[0], now[1], shown[1], now[2], shown[2], *size, CELL_WIDTH, CELL_HEIGHT)
        )
        self._columns, self._bands = -(-size[0] // CELL_WIDTH), -(-size[1] // CELL_HEIGHT)

    def changed_cells(self, spans: Mapping[int, Run]) -> set[int]:
        """Do what `tiles.changed_cells` does; `spans` has the columns of pixels to look at in each band."""
        if not spans:
            return set()
        flags = bytearray(self._columns * self._bands)
        limits = [0] * (2 * self._bands)
        pixels = 0
        for band, (left, right) in spans.items():
            limits[2 * band], limits[2 * band + 1] = left, right
            pixels += (right - left) * CELL_HEIGHT
        functions = self._library.for_bytes(pixels * BYTES_PER_PIXEL)
        packed = struct.pack(f"={len(limits)}i", *limits)
        checked(functions.changed_cells(self._pictures, packed, self._bands, _writable(flags), len(flags)))
        return set(compress(range(len(flags)), flags))

    def tightened(self, rect: Rect) -> Rect | None:
        """Do what `Comparison.tightened` does."""
        corners = bytearray(_RECT.pack(rect.x, rect.y, rect.width, rect.height))
        functions = self._library.for_bytes(rect.area * BYTES_PER_PIXEL)
        return Rect(*_RECT.unpack(corners)) if checked(functions.tighten(self._pictures, _writable(corners))) else None

    def distinct_share(self, rect: Rect) -> float:
        """Do what `classify.distinct_share` does."""
        packed = _RECT.pack(rect.x, rect.y, rect.width, rect.height)
        counts = checked(self._library.quick.colours(self._pictures, packed))
        return (counts >> 16) / (counts & 0xFFFF)

    def photo_cells(self, cells: Collection[int]) -> set[int]:
        """Do what `classify.photo_cells` does."""
        if not cells:
            return set()
        flags = bytearray(self._columns * self._bands)
        for cell in cells:
            flags[cell] = 1
        kinds = bytearray(-(-self._bands // _BLOCK_BANDS) * self._columns)
        functions = self._library.for_bytes(len(cells) * CELL_WIDTH * CELL_HEIGHT)
        checked(functions.photo_cells(self._pictures, _writable(flags), len(flags), _writable(kinds), len(kinds)))
        return set(compress(range(len(flags)), flags))

    def find_moved(self, box: Rect) -> list[Copy]:
        """Do what `scroll.find_moved` does."""
        size_bytes = self._library.search_bytes(box.height)
        if size_bytes < 0:
            raise LocalError(f"a box of {box.height} rows")
        # Numbers of 8 bytes, so that the memory is aligned to them.
        scratch = (ctypes.c_uint64 * (size_bytes // 8 + 1))()
        copies = bytearray(MOST_COPIES * _COPY.size)
        packed = _RECT.pack(box.x, box.y, box.width, box.height)
        count = checked(
            self._library.patient.find_moved(
                self._pictures, packed, scratch, ctypes.sizeof(scratch), _writable(copies), MOST_COPIES
            )
        )
        fields = list(_COPY.iter_unpack(bytes(copies)))[:count]
        return [Copy(Rect(*numbers[:4]), numbers[4], numbers[5]) for numbers in fields]


def _writable(buffer: bytearray) -> ctypes.Array[ctypes.c_char]:
    return (ctypes.c_char * len(buffer)).from_buffer(buffer)
