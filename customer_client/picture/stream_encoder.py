"""Turns captured pictures into the updates of the screen stream: copies, exact text, photos, films, refinement.

One thread at a time. The encoder keeps what the viewer shows and only ever compares with that, so a picture may be
skipped, and an update may carry only part of a change: the rest follows with the next one, as it looks by then.
"""

import logging

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from customer_client.picture.classify import can_be_photo, looks_like_photo, photo_cells
from customer_client.picture.comparison import Comparison
from customer_client.picture.exactness import REST_MS, Exactness
from customer_client.picture.films import FilmWatch
from customer_client.picture.jpeg import PhotoEncoder
from customer_client.picture.movement import add_copies
from customer_client.picture.tiles import CELL_HEIGHT, CELL_WIDTH, Grid, changed_cells
from customer_client.picture.update_draft import UpdateDraft
from customer_client.picture.video_region import VideoRegion
from protocol.errors import EnvironmentFault, LocalError
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import MAX_PIXELS, Copy, Update, encode_update

MOST_FILMS = 2
SMALL_RECT_PIXELS = 4096
"""Changes up to this size go first: what is typed must not wait for a page."""
MOST_PHOTO_CELLS = 256
MOST_TEXT_CELLS = 128
"""Rectangles are no larger, so that a large change can be cut where the budget ends."""
JUDGED_ALONE_PIXELS = 8192
FEWEST_FILM_CELLS = 12
MOST_REFINED_BYTES = 64 * 1024
MOST_REFINED_WHILE_MOVING_BYTES = 4 * 1024
START_VIDEO_BPS = 8_000_000

_log = logging.getLogger(__name__)


class ScreenStreamEncoder:
    """The customer's end of the screen stream; `library` does the work on pixels, None does it in Python."""

    def __init__(self, *, library: PixelLibrary | None = LIBRARY) -> None:
        self._library = library
        self.video_bitrate_bps = START_VIDEO_BPS
        """What films may take, in bit/s; may be changed between any two pictures."""
        self._epoch = 0
        self._number = 0
        self._size = (0, 0)
        self._photos = PhotoEncoder()
        self._films: list[VideoRegion] = []
        self._can_film = True
        self._fresh = False

    def begin_streams(self) -> None:
        """Let the next update begin the zstd and video streams anew, so that a recording can be read from there.

        The viewer keeps its pixels; call it between two pictures. That update is made even if nothing changed.
        """
        if self._epoch:
            self._fresh = True
            self._text = TextCompressor()
            try:
                self._films = [VideoRegion(film.rect, bitrate_bps=self.video_bitrate_bps) for film in self._films]
            except EnvironmentFault as fault:
                self._give_up_films(fault)

    @property
    def photo_quality(self) -> int:
        """How good photos are, in percent; may be changed between any two pictures."""
        return self._photos.quality

    @photo_quality.setter
    def photo_quality(self, percent: int) -> None:
        self._photos.quality = percent

    @property
    def missing_share(self) -> float:
        """Which share of the screen the viewer lacks after the last update (0..1); what is approximate is there."""
        return self._exactness.missing_share if self._epoch else 1.0

    def wants_more(self, now: float) -> bool:
        """Return whether `encode` has something to send at `now` (monotonic s) even if the screen did not change.

        True while part of a change is still owed, and when approximate pixels rest long enough to be made exact.
        """
        return self._epoch > 0 and self._exactness.anything_due(int(now * 1000))

    def encode(
        self,
        picture: Picture,
        damage: tuple[Rect, ...] | None,
        *,
        captured_ms: int,
        budget_bytes: int,
        new_epoch: bool = False,
    ) -> bytes | None:
        """Return the next update for the viewer; None when it would be empty.

        Args:
            picture: what the screen shows now.
            damage: where it may differ from the last picture given; None for anywhere.
            captured_ms: when it was taken, in milliseconds of the clock `wants_more` is asked with.
            budget_bytes: the update ends soon after it has this many bytes; what is left over is owed.
            new_epoch: begin anew, for a viewer that knows nothing. A change of size does that by itself.

        Raises:
            LocalError: a picture without pixels or of more than 33 million.
        """
        if new_epoch or self._epoch == 0 or self._size != (picture.width, picture.height):
            self._begin_epoch(picture)
        comparison = Comparison(picture, self._shown, library=self._library)
        draft = UpdateDraft(comparison, self._exactness, self._text, captured_ms, budget_bytes)
        self._collect(draft, damage)
        if not draft.operations and not self._fresh:
            return None
        update = Update(
            self._epoch,
            self._number,
            captured_ms & 0xFFFFFFFF,
            picture.width,
            picture.height,
            tuple(draft.operations),
            self._fresh,
        )
        self._number += 1
        self._fresh = False
        return encode_update(update)

    def _begin_epoch(self, picture: Picture) -> None:
        if not 0 < picture.width * picture.height <= MAX_PIXELS:
            raise LocalError(f"a picture of {picture.width}x{picture.height} pixels")
        self._epoch += 1
        self._number = 0
        if self._size != (picture.width, picture.height):
            self._size = (picture.width, picture.height)
            self._shown = bytearray(picture.width * picture.height * BYTES_PER_PIXEL)
        self._grid = Grid(picture.width, picture.height)
        self._exactness = Exactness(self._grid, library=self._library)
        self._text = TextCompressor()
        self._fresh = False
        self._watch = FilmWatch(self._grid.screen)
        self._films = []

    def _collect(self, draft: UpdateDraft, damage: tuple[Rect, ...] | None) -> None:
        """Fill `draft` in the order of what matters most."""
        exactness, unsent = self._exactness, self._exactness.unsent
        owed, exactness.owed = exactness.owed, set()
        regions = [self._grid.screen] if damage is None else [*damage, *map(self._grid.rect_of, owed)]
        cells = changed_cells(draft.comparison, self._grid, regions)
        cells = cells | unsent if unsent else self._move(draft, cells)
        cells, pieces = self._film(draft, cells)
        photos = photo_cells(draft.comparison, self._grid, cells)
        if not unsent:
            self._watch_films(draft, photos)
        texts, photo_rects = self._sorted_rects(draft.comparison, cells - photos, photos)
        texts += pieces
        draft.add_text(rect for rect in texts if rect.area <= SMALL_RECT_PIXELS)
        draft.add_text(rect for rect in texts if rect.area > SMALL_RECT_PIXELS)
        for rect in photo_rects:
            draft.add_photo(rect, self._photos)
        self._refine(draft)

    def _move(self, draft: UpdateDraft, cells: set[int]) -> set[int]:
        """Add copies for what moved; return the cells that still differ after them."""
        filmed = {cell for film in self._films for cell in self._grid.touching(film.rect)}
        return add_copies(draft, self._grid, cells - filmed, self._photos) | (cells & filmed)

    def _watch_films(self, draft: UpdateDraft, photos: set[int]) -> None:
        """Begin a film where photographs keep changing."""
        places = []
        for cluster in self._grid.clusters(photos) if self._can_film else ():
            box = self._grid.bounds_of(cluster)
            dense = len(cluster) * CELL_WIDTH * CELL_HEIGHT * 5 >= box.area * 3
            place = draft.comparison.tightened(box) if dense and len(cluster) >= FEWEST_FILM_CELLS else None
            if place is not None:
                places.append(place)
        for rect in self._watch.changed(places, draft.captured_ms):
            apart = [film for film in self._films if film.rect.overlap(rect) is None]
            try:
                self._films = [*apart[-MOST_FILMS + 1 :], VideoRegion(rect, bitrate_bps=self.video_bitrate_bps)]
            except EnvironmentFault as fault:
                self._give_up_films(fault)

    def _film(self, draft: UpdateDraft, cells: set[int]) -> tuple[set[int], list[Rect]]:
        """Send the films that changed; return the cells outside them, and what differs in cells on their edge."""
        pieces: list[Rect] = []
        for film in tuple(self._films):
            touched = cells.intersection(self._grid.touching(film.rect))
            if not touched or draft.comparison.same_in(film.rect):
                if draft.captured_ms - film.shown_ms >= REST_MS:
                    self._films.remove(film)
                continue
            try:
                tile = film.encode(draft.comparison, captured_ms=draft.captured_ms, bitrate_bps=self.video_bitrate_bps)
            except EnvironmentFault as fault:
                self._give_up_films(fault)
                return cells, pieces
            cells = cells - touched
            for cell in touched.difference(self._grid.within(film.rect)):
                outside = map(draft.comparison.tightened, self._grid.rect_of(cell).without(film.rect))
                pieces += [rect for rect in outside if rect is not None]
            draft.add_video(tile)
        return cells, pieces

    def _give_up_films(self, fault: EnvironmentFault) -> None:
        _log.warning("films are sent as photos from now on: %s", fault)
        self._can_film = False
        self._films = []

    def _sorted_rects(self, comparison: Comparison, texts: set[int], photos: set[int]) -> tuple[list[Rect], list[Rect]]:
        """Return the rectangles to send exactly and those to send as photos, each cut down to what differs."""
        exact: list[Rect] = []
        photo: list[Rect] = []
        for cells, is_photo, most_cells in ((texts, False, MOST_TEXT_CELLS), (photos, True, MOST_PHOTO_CELLS)):
            for whole in self._grid.rects_of(cells, most_cells=most_cells):
                # What the viewer never got cannot be compared with what it shows.
                rect = whole if self._exactness.unsent else comparison.tightened(whole)
                if rect is not None:
                    kind = photo if self._is_photo(comparison, rect, whole, is_photo) else exact
                    kind.append(rect)
        return exact, photo

    def _is_photo(self, comparison: Comparison, rect: Rect, whole: Rect, cells_are_photos: bool) -> bool:
        if not can_be_photo(rect):
            return False
        # A small piece may differ in kind from the cells it was cut from.
        alone = rect.area < JUDGED_ALONE_PIXELS or rect.area * 2 < whole.area
        return looks_like_photo(comparison, rect) if alone else cells_are_photos

    def _refine(self, draft: UpdateDraft) -> None:
        """Add the exact pixels of what rests, in small portions: a change must not wait long behind them."""
        moving = any(isinstance(operation, Copy) for operation in draft.operations)
        room = min(draft.room_bytes, MOST_REFINED_WHILE_MOVING_BYTES if moving else MOST_REFINED_BYTES)
        if room:
            cells = self._exactness.at_rest(draft.captured_ms, 1 + room // (CELL_WIDTH * CELL_HEIGHT * 2))
            draft.add_text(self._grid.rects_of(cells, most_cells=MOST_TEXT_CELLS))
