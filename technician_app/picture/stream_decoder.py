"""Applies the updates of the screen stream to a frame buffer. One thread at a time."""

from typing import Any

import av

from protocol.errors import LocalError, PeerError
from protocol.picture.geometry import Rect
from protocol.picture.pixels import (
    BYTES_PER_PIXEL,
    WIRE_BYTES_PER_PIXEL,
    Writable,
    move_rect,
    put_rows,
)
from protocol.picture.row_differences import add_rows
from protocol.picture.text_stream import TextDecompressor
from protocol.picture.updates import (
    MAX_PIXELS,
    Copy,
    Operation,
    PhotoTile,
    TextTiles,
    Update,
    decode_update,
)
from technician_app.picture.carried_over import carried_over
from technician_app.picture.film_decoder import FilmDecoder
from technician_app.picture.photo_decoder import PhotoDecoder
from technician_app.picture.text_rows import TextRows


class ScreenStreamDecoder:
    """Holds what the customer's screen shows.

    Args:
        max_pixels: larger screens are refused.
        buffer: writable memory for the pixels, such as shared memory, of at least ``4 * max_pixels`` bytes; None lets
            the decoder allocate what the screen needs.

    Raises:
        LocalError: `buffer` is too small.
    """

    def __init__(self, max_pixels: int = MAX_PIXELS, *, buffer: memoryview | None = None) -> None:
        if buffer is not None and buffer.nbytes < max_pixels * BYTES_PER_PIXEL:
            raise LocalError(f"a frame buffer of {buffer.nbytes} bytes for {max_pixels} pixels")
        self._max_pixels = max_pixels
        self._given = None if buffer is None else buffer.cast("B")
        self._pixels: Writable = bytearray()
        self._size = (0, 0)
        self._epoch = 0
        self._next_number: int | None = None
        self._text_rows = TextRows()
        self._begin_streams()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the screen in pixels; zeros before the first update."""
        return self._size

    @property
    def pixels(self) -> Writable:
        """Rows of blue, green, red and 255, top row first, ``4 * width`` bytes each: the buffer itself, not a copy.

        It is another buffer after a change of `size`, unless one was given.
        """
        return self._pixels

    def read(self, update_bytes: bytes) -> Update:
        """Return the update in `update_bytes`, which `apply_read` takes.

        Raises:
            PeerError: `picture_malformed` or `picture_too_large`; then only an update that begins an epoch is accepted.
        """
        expected, self._next_number = self._next_number, None
        update = decode_update(update_bytes)
        self._next_number = expected
        return update

    def apply(self, update_bytes: bytes) -> tuple[Rect, ...]:
        """Apply the next update; return the rectangles that may look different now.

        After any error only an update that begins an epoch is accepted: ask for one.

        Raises:
            PeerError: `picture_malformed`, `picture_too_large`, or `picture_out_of_step` when an update is missing.
        """
        return self.apply_read(self.read(update_bytes))

    def apply_read(self, update: Update) -> tuple[Rect, ...]:
        """Do the same with an update that `read` returned.

        Raises:
            PeerError: as `apply` does.
        """
        expected, self._next_number = self._next_number, None
        if update.number == 0:
            self._begin(update)
        elif update.number != expected or update.epoch != self._epoch or (update.width, update.height) != self._size:
            raise PeerError(f"update {update.number}, expected {expected}", code="picture_out_of_step")
        elif update.fresh_streams:
            self._begin_streams()
        dirty = [rect for operation in update.operations for rect in self._applied(operation)]
        self._next_number = update.number + 1
        return tuple(dirty)

    def _begin(self, update: Update) -> None:
        size = update.width, update.height
        if size[0] * size[1] > self._max_pixels:
            raise PeerError(f"a screen of {size[0]}x{size[1]} is refused", code="picture_too_large")
        self._epoch = update.epoch
        self._begin_streams()
        # The old picture stays until the new one covers it, if need be in another size: no black flash.
        if size != self._size:
            length = size[0] * size[1] * BYTES_PER_PIXEL
            begun = carried_over(bytes(self._pixels), self._size, size) or bytearray(length)
            self._size = size
            if self._given is None:
                self._pixels = begun
            else:
                self._pixels = self._given[:length]
                self._pixels[:] = begun

    def _begin_streams(self) -> None:
        self._text = TextDecompressor()
        self._photos = PhotoDecoder()
        self._films = FilmDecoder()

    def _applied(self, operation: Operation) -> tuple[Rect, ...]:
        stride = self._size[0] * BYTES_PER_PIXEL
        if isinstance(operation, Copy):
            move_rect(self._pixels, stride, operation.source, operation.x, operation.y)
            return (operation.target,)
        if isinstance(operation, TextTiles):
            size_bytes = sum(rect.area for rect in operation.rects) * WIRE_BYTES_PER_PIXEL
            rows = bytearray(self._text.data(operation.compressed, size_bytes))
            if operation.differences:
                add_rows(rows, operation.rects)
            self._text_rows.put(self._pixels, stride, operation.rects, rows)
            return operation.rects
        rect = operation.rect
        if isinstance(operation, PhotoTile):
            frame = self._photos.decode(operation.jpeg, rect.width, rect.height)
        else:
            frame = self._films.decode(operation)
        self._put_frame(rect, frame)
        return (rect,)

    def _put_frame(self, rect: Rect, frame: av.VideoFrame) -> None:
        plane: Any = frame.planes[0]
        put_rows(self._pixels, self._size[0] * BYTES_PER_PIXEL, rect, memoryview(plane), plane.line_size)
