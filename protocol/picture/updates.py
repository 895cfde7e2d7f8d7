"""The wire format of a screen update: a list of operations on the viewer's frame buffer, applied in order. Pure.

Everything is little-endian. A rectangle is x, y, width, height, 16 bits each. An update is

    u8 format (1 or 2), u32 epoch, u32 number, u32 captured_ms, u16 width, u16 height, u16 count of operations

followed by the operations, each with its kind in one byte:

    1 copy    source rectangle, u16 x, u16 y
    2 text    u16 count of rectangles, u32 length, the rectangles, one chunk of the epoch's zstd stream
    3 photo   rectangle, u32 length, a baseline JPEG of exactly that size (its Huffman tables may be left out)
    4 video   rectangle, u8 key (0 or 1), u32 length, one H.264 picture (Annex B) of exactly that size
    5 lines   like text, with short numbers (`short_numbers`) and each row as what differs from the row above
              (`row_differences`)

With format 2 the zstd and video streams begin anew with this update, though the epoch goes on and the pixels stay: who
keeps a copy of the picture from before can read the stream from here on (docs/recording_format.md).

Sizes are checked before anything is allocated.
"""

import struct
from dataclasses import dataclass

from protocol.errors import LocalError, PeerError
from protocol.picture.geometry import Rect
from protocol.picture.short_numbers import pack_numbers, take_number

FORMAT = 1
FRESH_FORMAT = 2
MAX_PIXELS = 7680 * 4320
"""33 million: an 8K screen."""
MAX_OPERATIONS = 4096
MAX_UPDATE_BYTES = 8 * 1024 * 1024
MAX_TEXT_PIXELS = 1024 * 1024
"""All rectangles of one `TextTiles` together: 3 MiB of rows."""
MAX_TEXT_RECTS = 4096
MAX_PHOTO_PIXELS = 2048 * 2048
MAX_VIDEO_PIXELS = 4096 * 2304

TILE_COVERS = 2
"""All tiles of an update together paint at most this many times the picture's area: work for the viewer is bounded."""
COPY_COVERS = 8
"""Likewise for copies."""

HEADER = struct.Struct("<BIIIHHH")
_RECT = struct.Struct("<HHHH")
_KIND = struct.Struct("<B")
_COPY = struct.Struct("<HHHHHH")
_TEXT = struct.Struct("<HI")
_PHOTO = struct.Struct("<HHHHI")
_VIDEO = struct.Struct("<HHHHBI")
_COPY_KIND, _TEXT_KIND, _PHOTO_KIND, _VIDEO_KIND, _LINES_KIND = 1, 2, 3, 4, 5
_U16 = 0xFFFF
_U32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Copy:
    """The pixels of `source`, as they were before, appear with their top left corner at (`x`, `y`)."""

    source: Rect
    x: int
    y: int

    @property
    def target(self) -> Rect:
        """Where the pixels appear."""
        return Rect(self.x, self.y, self.source.width, self.source.height)


@dataclass(frozen=True, slots=True)
class TextTiles:
    """Exact pixels: `compressed` holds the blue, green, red rows of each rectangle, one rectangle after another.

    With `differences` each row but a rectangle's first is what differs from the row above (kind 5).
    """

    rects: tuple[Rect, ...]
    compressed: bytes
    differences: bool = False


@dataclass(frozen=True, slots=True)
class PhotoTile:
    """A picture of `rect` that is nearly right: `jpeg` is baseline, full range, BT.601."""

    rect: Rect
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class VideoTile:
    """The next picture of the video in `rect`; with `key` a new H.264 stream begins there."""

    rect: Rect
    nals: bytes
    key: bool


Operation = Copy | TextTiles | PhotoTile | VideoTile


@dataclass(frozen=True, slots=True)
class Update:
    """What changed on a screen of `width` x `height` pixels, captured at `captured_ms` (customer's clock, mod 2**32).

    Updates of an `epoch` are numbered from 0 without gaps. Number 0 starts it: the zstd stream, the video streams and
    what may be copied begin anew, and every pixel is sent in this or a following update of the epoch.
    """

    epoch: int
    number: int
    captured_ms: int
    width: int
    height: int
    operations: tuple[Operation, ...]
    fresh_streams: bool = False
    """The zstd and video streams begin anew here; what `number` 0 does in any case."""


def encode_update(update: Update) -> bytes:
    """Return the bytes of `update`.

    Raises:
        LocalError: it breaks a limit of the format.
    """
    problem = _problem(update)
    if problem is not None:
        raise LocalError(problem)
    parts = [
        HEADER.pack(
            FRESH_FORMAT if update.fresh_streams else FORMAT,
            update.epoch,
            update.number,
            update.captured_ms,
            update.width,
            update.height,
            len(update.operations),
        )
    ]
    for operation in update.operations:
        parts += _encoded(operation)
    data = b"".join(parts)
    if len(data) > MAX_UPDATE_BYTES:
        raise LocalError(f"an update of {len(data)} bytes")
    return data


def decode_update(data: bytes) -> Update:
    """Return the update in `data`.

    Raises:
        PeerError: `picture_malformed` or `picture_too_large`.
    """
    if len(data) > MAX_UPDATE_BYTES:
        raise PeerError(f"an update of {len(data)} bytes", code="picture_too_large")
    reader = _Reader(data)
    form, epoch, number, captured_ms, width, height, count = reader.unpack(HEADER)
    if form not in (FORMAT, FRESH_FORMAT):
        raise _malformed(f"update format {form}")
    if count > MAX_OPERATIONS:
        raise _malformed(f"{count} operations")
    operations = tuple(reader.operation() for _ in range(count))
    if reader.left:
        raise _malformed(f"{reader.left} bytes too many")
    update = Update(epoch, number, captured_ms, width, height, operations, form == FRESH_FORMAT)
    problem = _problem(update)
    if problem is not None:
        raise _malformed(problem)
    return update


def captured_ms_of(data: bytes) -> int | None:
    """Return when the picture of an encoded update was taken (C's clock, low 32 bits), without decoding the rest.

    None when it is shorter than any update.
    """
    return int(HEADER.unpack_from(data)[3]) if len(data) >= HEADER.size else None


def can_be_read_from(data: bytes) -> bool:
    """Return whether the streams of an encoded update begin with it, so that older updates need not be known.

    True for an update that begins an epoch and for one with fresh streams; false when it is shorter than any update.
    """
    if len(data) < HEADER.size:
        return False
    form, _epoch, number = HEADER.unpack_from(data)[:3]
    return bool(form == FRESH_FORMAT or number == 0)


def renumbered(data: bytes, epoch: int, number: int) -> bytes:
    """Return an encoded update under another epoch and number (32 bits each).

    Raises:
        PeerError: shorter than any update (`picture_malformed`).
    """
    if len(data) < HEADER.size:
        raise _malformed(f"an update of {len(data)} bytes")
    form, _epoch, _number, *rest = HEADER.unpack_from(data)
    return HEADER.pack(form, epoch, number, *rest) + data[HEADER.size :]


def begins_epoch(data: bytes) -> bool:
    """Return whether an encoded update begins an epoch; false when it is shorter than any update."""
    return len(data) >= HEADER.size and bool(HEADER.unpack_from(data)[2] == 0)


def _malformed(detail: str) -> PeerError:
    return PeerError(detail, code="picture_malformed")


def _encoded(operation: Operation) -> list[bytes]:
    if isinstance(operation, Copy):
        source = operation.source
        return [
            _KIND.pack(_COPY_KIND),
            _COPY.pack(source.x, source.y, source.width, source.height, operation.x, operation.y),
        ]
    if isinstance(operation, TextTiles) and operation.differences:
        places = (number for rect in operation.rects for number in (rect.x, rect.y, rect.width, rect.height))
        head = pack_numbers(len(operation.rects), len(operation.compressed), *places)
        return [_KIND.pack(_LINES_KIND), head, operation.compressed]
    if isinstance(operation, TextTiles):
        rects = [_RECT.pack(rect.x, rect.y, rect.width, rect.height) for rect in operation.rects]
        head = _TEXT.pack(len(rects), len(operation.compressed))
        return [_KIND.pack(_TEXT_KIND), head, *rects, operation.compressed]
    rect = operation.rect
    if isinstance(operation, PhotoTile):
        head = _PHOTO.pack(rect.x, rect.y, rect.width, rect.height, len(operation.jpeg))
        return [_KIND.pack(_PHOTO_KIND), head, operation.jpeg]
    head = _VIDEO.pack(rect.x, rect.y, rect.width, rect.height, operation.key, len(operation.nals))
    return [_KIND.pack(_VIDEO_KIND), head, operation.nals]


class _Reader:
    """Takes fields off the front; raises PeerError when they run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are not taken yet."""
        return len(self._data) - self._at

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        if length > self.left:
            raise _malformed(f"{length} bytes announced, {self.left} left")
        self._at += length
        return self._data[self._at - length : self._at]

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        """Return the next fields."""
        return form.unpack(self.take(form.size))

    def operation(self) -> Operation:
        """Return the next operation."""
        (kind,) = self.unpack(_KIND)
        if kind == _COPY_KIND:
            x, y, width, height, to_x, to_y = self.unpack(_COPY)
            return Copy(Rect(x, y, width, height), to_x, to_y)
        if kind == _TEXT_KIND:
            return self._text()
        if kind == _LINES_KIND:
            return self._lines()
        if kind == _PHOTO_KIND:
            x, y, width, height, length = self.unpack(_PHOTO)
            return PhotoTile(Rect(x, y, width, height), self.take(length))
        if kind == _VIDEO_KIND:
            x, y, width, height, key, length = self.unpack(_VIDEO)
            if key > 1:
                raise _malformed(f"key flag {key}")
            return VideoTile(Rect(x, y, width, height), self.take(length), bool(key))
        raise _malformed(f"operation kind {kind}")

    def _text(self) -> TextTiles:
        count, length = self.unpack(_TEXT)
        if count > MAX_TEXT_RECTS:
            raise _malformed(f"{count} rectangles in one text operation")
        packed = self.take(count * _RECT.size)
        rects = tuple(Rect(*fields) for fields in _RECT.iter_unpack(packed))
        return TextTiles(rects, self.take(length))

    def _lines(self) -> TextTiles:
        count, length = self._number(MAX_TEXT_RECTS), self._number(MAX_UPDATE_BYTES)
        rects = tuple(Rect(*(self._number(_U16) for _ in range(4))) for _ in range(count))
        return TextTiles(rects, self.take(length), differences=True)

    def _number(self, most: int) -> int:
        number, self._at = take_number(self._data, self._at, most=most)
        return number


def _problem(update: Update) -> str | None:
    """Say which limit of the format `update` breaks; None when it keeps all."""
    if not all(0 <= field <= _U32 for field in (update.epoch, update.number, update.captured_ms)):
        return "a number of more than 32 bits"
    if not (1 <= update.width <= 0xFFFF and 1 <= update.height <= 0xFFFF) or update.width * update.height > MAX_PIXELS:
        return f"a picture of {update.width}x{update.height}"
    if len(update.operations) > MAX_OPERATIONS:
        return f"{len(update.operations)} operations"
    screen = Rect(0, 0, update.width, update.height)
    tiles_left, copies_left = TILE_COVERS * screen.area, COPY_COVERS * screen.area
    for operation in update.operations:
        rects = _rects(operation)
        if not all(rect.width > 0 and rect.height > 0 and screen.contains(rect) for rect in rects):
            return "a rectangle that is empty or outside the picture"
        if isinstance(operation, Copy):
            copies_left -= operation.source.area
        else:
            area = sum(rect.area for rect in rects)
            tiles_left -= area
            if not rects or len(rects) > MAX_TEXT_RECTS or area > _most_pixels(operation):
                return f"a tile operation with {len(rects)} rectangles of {area} pixels"
    return "more work than an update may ask for" if tiles_left < 0 or copies_left < 0 else None


def _rects(operation: Operation) -> tuple[Rect, ...]:
    if isinstance(operation, Copy):
        return operation.source, operation.target
    return operation.rects if isinstance(operation, TextTiles) else (operation.rect,)


def _most_pixels(operation: TextTiles | PhotoTile | VideoTile) -> int:
    if isinstance(operation, TextTiles):
        return MAX_TEXT_PIXELS
    return MAX_PHOTO_PIXELS if isinstance(operation, PhotoTile) else MAX_VIDEO_PIXELS
