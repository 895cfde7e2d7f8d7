"""Whole pictures in shared memory, of which the X server renews only the bands that changed. Capture thread only.

Several pictures are alive at a time: one is shown to the encoder while the next is read. Each remembers which bands of
16 rows are out of date in it, so that reading the next picture into it costs what changed since, not the screen.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from customer_client.capture.change import BAND_ROWS
from customer_client.capture.faults import display_gone
from customer_client.capture.shared_memory import SharedMemory
from customer_client.capture.sharing import blacken
from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from customer_client.capture.x11_requests import SharedMemoryRequests
from customer_client.redaction.painting import paint
from protocol.picture.geometry import Rect

SURPLUS_FOR = 15
"""After this many pictures in a row for which there was one to spare, one is given back: 8 MiB at 1920x1080.

Most of the time two take turns. A third is needed while the encoder is slow, as with the first picture; letting go of
it at once would mean to read a whole screen again at the next hitch.
"""


class PooledPicture:
    """One picture's memory; bit n of `stale_bands` says that rows 16n..16n+15 are out of date in it.

    `painted` are the areas in which it shows not the screen, but that something is hidden.
    """

    def __init__(self, memory: SharedMemory, segment: int, every_band: int) -> None:
        self.memory = memory
        self.segment = segment
        self.stale_bands = every_band
        self.painted: tuple[Rect, ...] = ()


class PicturePool:
    """Pictures of ``width`` x ``height`` pixels, written by the server behind `requests`; `gaps` are black in each."""

    def __init__(self, requests: SharedMemoryRequests, width: int, height: int, gaps: tuple[Rect, ...] = ()) -> None:
        self._requests = requests
        self._gaps = gaps
        self.width, self.height = width, height
        self.stride = width * BYTES_PER_PIXEL
        self.every_band = (1 << -(-height // BAND_ROWS)) - 1
        self._pictures: list[PooledPicture] = []
        self._had_surplus = 0

    @property
    def size(self) -> int:
        """How many pictures there are, held by somebody or not."""
        return len(self._pictures)

    def outdate(self, areas: tuple[Rect, ...]) -> None:
        """Note that `areas` changed on the screen."""
        bands = self._bands(areas)
        for pooled in self._pictures:
            pooled.stale_bands |= bands

    def uncover(self, pooled: PooledPicture, covered: tuple[Rect, ...]) -> None:
        """Let what is painted over in `pooled`, but need not be any more, be read anew."""
        pooled.stale_bands |= self._bands(area for area in pooled.painted if area not in covered)

    def outdate_everything(self) -> None:
        """Note that anything may have changed."""
        for pooled in self._pictures:
            pooled.stale_bands = self.every_band

    def acquire(self) -> PooledPicture:
        """Return the picture nobody holds that needs least to be read, or a new one.

        Raises:
            EnvironmentFault: `display_gone` if there is no more shared memory.
        """
        idle = sorted((p for p in self._pictures if p.memory.free), key=lambda p: p.stale_bands.bit_count())
        self._had_surplus = self._had_surplus + 1 if len(idle) > 1 else 0
        if self._had_surplus >= SURPLUS_FOR:
            self._had_surplus = 0
            surplus = idle.pop()
            self._requests.detach(surplus.segment)
            self._pictures.remove(surplus)
        return idle[0] if idle else self._add()

    def stale_rows(self, pooled: PooledPicture) -> Iterator[range]:
        """Yield the row ranges to read into `pooled`, top first. Single current bands between them are read too."""
        # A request costs as much as reading about one band, so bridging one band is never slower.
        bands = pooled.stale_bands
        bands |= (bands << 1) & (bands >> 1)
        while bands:
            first = (bands & -bands).bit_length() - 1
            count = (~(bands >> first) & ((bands >> first) + 1)).bit_length() - 1
            yield range(first * BAND_ROWS, min((first + count) * BAND_ROWS, self.height))
            bands &= ~(((1 << count) - 1) << first)

    def request(self, pooled: PooledPicture, rows: range, window: Any, left: int, top: int) -> Any:
        """Queue the reading of `rows` of the display at `left`, `top` of `window` into their place in `pooled`."""
        offset = rows.start * self.stride
        return self._requests.get_image(window, left, top + rows.start, self.width, len(rows), pooled.segment, offset)

    def finish(self, pooled: PooledPicture, covered: tuple[Rect, ...], read: Sequence[range]) -> Picture:
        """Return `pooled` as a picture, after its stale rows, `read`, were read: `covered` is painted over in it.

        `covered` has in it all that `uncover` was told.
        """
        pooled.stale_bands = 0
        pixels = pooled.memory.lend()
        blacken(pixels, self.stride, self._gaps)
        paint(pixels, self.stride, covered, read if covered == pooled.painted else None)
        pooled.painted = covered
        return Picture(self.width, self.height, self.stride, pixels)

    def close(self) -> None:
        """Take the memory away from the server. Pictures still held stay readable."""
        for pooled in self._pictures:
            self._requests.detach(pooled.segment)
        self._pictures.clear()

    def _bands(self, areas: Iterable[Rect]) -> int:
        bands = 0
        for area in areas:
            first, last = area.y // BAND_ROWS, (area.bottom - 1) // BAND_ROWS
            bands |= ((1 << (last - first + 1)) - 1) << first
        return bands & self.every_band

    def _add(self) -> PooledPicture:
        try:
            memory = SharedMemory(self.stride * self.height)
        except OSError as cause:
            raise display_gone(str(cause)) from cause
        try:
            segment = self._requests.attach(memory.memory_id)
        finally:
            memory.forbid_attaching()
        if segment is None:
            raise display_gone("the display does not take shared memory")
        self._pictures.append(PooledPicture(memory, segment, self.every_band))
        return self._pictures[-1]
