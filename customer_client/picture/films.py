"""Notices rectangles that keep changing like a film, and those that came to rest. Time is passed in; pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.picture.geometry import Rect, between, bounds
from protocol.picture.updates import MAX_VIDEO_PIXELS

HITS = 6
"""So many changes in a row make a film..."""

LONGEST_GAP_MS = 250
"""...when no two are further apart. A film at 8 pictures a second passes even where a slow link skips every second."""

FEWEST_PIXELS = 128 * 96


@dataclass
class _Candidate:
    rect: Rect
    seen_ms: deque[int] = field(default_factory=lambda: deque(maxlen=HITS))


class FilmWatch:
    """Collects where photographs change. `screen` is the whole picture."""

    def __init__(self, screen: Rect) -> None:
        self._screen = screen
        self._candidates: list[_Candidate] = []

    def changed(self, places: Iterable[Rect], now_ms: int) -> list[Rect]:
        """Note that photographs changed within `places` at `now_ms`; return the rectangles that became films.

        They have even sizes and lie inside the screen.
        """
        self._candidates = [
            candidate for candidate in self._candidates if now_ms - candidate.seen_ms[-1] <= LONGEST_GAP_MS
        ]
        films = []
        for place in places:
            if place.area < FEWEST_PIXELS:
                continue
            candidate = self._candidate_for(place)
            candidate.seen_ms.append(now_ms)
            film = even(candidate.rect, self._screen)
            if len(candidate.seen_ms) == HITS and film is not None and film.area <= MAX_VIDEO_PIXELS:
                self._candidates.remove(candidate)
                films.append(film)
        return films

    def _candidate_for(self, place: Rect) -> _Candidate:
        for candidate in self._candidates:
            common = candidate.rect.overlap(place)
            if common is not None and common.area * 2 >= min(place.area, candidate.rect.area):
                candidate.rect = bounds((candidate.rect, place))
                return candidate
        fresh = _Candidate(place)
        self._candidates.append(fresh)
        return fresh


def even(rect: Rect, screen: Rect) -> Rect | None:
    """Return `rect` with even width and height, grown where there is room in `screen`, else cut; None when too thin."""
    width, left = _even_span(rect.x, rect.right, screen.right)
    height, top = _even_span(rect.y, rect.bottom, screen.bottom)
    return between(left, top, left + width, top + height)


def _even_span(start: int, end: int, limit: int) -> tuple[int, int]:
    if (end - start) % 2 == 0:
        return end - start, start
    if end < limit:
        return end - start + 1, start
    if start > 0:
        return end - start + 1, start - 1
    return end - start - 1, start
