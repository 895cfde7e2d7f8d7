"""One update while it is put together: what was added counts as shown, what finds no room stays owed."""

from collections.abc import Iterable, Iterator

from customer_client.picture.comparison import Comparison
from customer_client.picture.exactness import Exactness
from customer_client.picture.jpeg import PhotoEncoder
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from protocol.picture.row_differences import subtract_rows
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import (
    MAX_OPERATIONS,
    MAX_UPDATE_BYTES,
    Copy,
    Operation,
    PhotoTile,
    TextTiles,
    VideoTile,
)

MOST_BYTES = MAX_UPDATE_BYTES // 2
"""No update is planned larger; what one chunk overshoots stays far from the limit."""
MOST_RECTS = 1024
MOST_CHUNK_PIXELS = 256 * 1024
FEWEST_CHUNK_PIXELS = 16 * 1024
PIXELS_PER_TEXT_BYTE = 4
"""Cautious: a page of text needs a byte for 8 pixels."""


class UpdateDraft:
    """Collects operations up to `budget_bytes`; `captured_ms` is the time on which approximate pixels begin to rest."""

    def __init__(
        self,
        comparison: Comparison,
        exactness: Exactness,
        text: TextCompressor,
        captured_ms: int,
        budget_bytes: int,
    ) -> None:
        self.comparison = comparison
        self.captured_ms = captured_ms
        self.operations: list[Operation] = []
        self._exactness = exactness
        self._text = text
        self._budget_bytes = min(budget_bytes, MOST_BYTES)
        self._spent_bytes = 0
        self._screen_pixels = comparison.width * comparison.height
        self.painted_pixels = 0
        """How many pixels the tiles have, those painted twice counted twice; the format allows two screens full."""

    @property
    def room_bytes(self) -> int:
        """How many bytes may still be added; the first tile is always welcome."""
        if len(self.operations) > MAX_OPERATIONS - 2 or self.painted_pixels >= self._screen_pixels:
            return 0
        return max(self._budget_bytes - self._spent_bytes, 0 if self._spent_bytes else 1)

    def add_copy(self, copy: Copy) -> None:
        """Add `copy`; it takes effect on the viewer's pixels at once."""
        self.comparison.move(copy)
        self._exactness.copied(copy, self.captured_ms)
        self.operations.append(copy)

    def add_text(self, rects: Iterable[Rect]) -> None:
        """Add the exact pixels of `rects`, in order, as far as there is room."""
        for group in self._grouped(rects):
            if not self.room_bytes:
                for rect in group:
                    self._exactness.owe(rect)
                continue
            rows = self.comparison.bgr_rows(group)
            subtract_rows(rows, group, library=self.comparison.library)
            chunk = self._text.chunk(rows)
            tiles = TextTiles(tuple(group), chunk, differences=True)
            self._note(tiles, len(chunk), sum(rect.area for rect in group))
            for rect in group:
                self.comparison.settle(rect)
                self._exactness.became_exact(rect)

    def add_photo(self, rect: Rect, photos: PhotoEncoder) -> None:
        """Add a photo of `rect` if there is room; exact pixels if it cannot be encoded."""
        if not self.room_bytes:
            self._exactness.owe(rect)
            return
        try:
            jpeg = photos.encode(self.comparison, rect)
        except EnvironmentFault:
            self.add_text([rect])
            return
        self._note(PhotoTile(rect, jpeg), len(jpeg), rect.area)
        self._approximated(rect)

    def add_video(self, tile: VideoTile) -> None:
        """Add the next picture of a film; its stream cannot skip one, so there is always room."""
        self._note(tile, len(tile.nals), tile.rect.area)
        self._approximated(tile.rect)

    def _approximated(self, rect: Rect) -> None:
        self.comparison.settle(rect)
        self._exactness.became_approximate(rect, self.captured_ms)

    def _note(self, operation: Operation, size_bytes: int, pixels: int) -> None:
        self.operations.append(operation)
        self.painted_pixels += pixels
        self._spent_bytes += size_bytes

    def _grouped(self, rects: Iterable[Rect]) -> Iterator[list[Rect]]:
        """Yield `rects` in groups for one chunk each: larger where there is room, because each chunk costs a little."""
        group: list[Rect] = []
        pixels = 0
        for rect in rects:
            most = min(MOST_CHUNK_PIXELS, max(FEWEST_CHUNK_PIXELS, self.room_bytes * PIXELS_PER_TEXT_BYTE))
            if group and (pixels + rect.area > most or len(group) == MOST_RECTS):
                yield group
                group, pixels = [], 0
            group.append(rect)
            pixels += rect.area
        if group:
            yield group
