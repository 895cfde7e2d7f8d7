"""Finds what merely moved: scrolled panes by rows that appear elsewhere, dragged windows by a piece found again.

A wrong guess costs bytes, never correctness: what a copy does not get right is sent as tiles after it. The search is
in C where that was compiled (movement.c has the same steps and the same numbers); this one takes ten times as long.
"""

from collections import Counter
from dataclasses import dataclass
from operator import ne

from customer_client.picture.comparison import Comparison
from customer_client.picture.native_search import MOST_COPIES
from protocol.picture.geometry import Rect, between
from protocol.picture.updates import Copy

SMALLEST_COPY_PIXELS = 8192
"""A copy of less is not worth the search."""

STRIP_WIDTH = 128
"""Rows are told apart by this many of their columns."""

FEWEST_VOTES = 6
SHARE_OF_VOTES = 0.2
"""Of the rows that changed and occur once, this share must agree on a distance."""

PIECE_WIDTH = 48
"""How much of a row is looked for when a window may have moved sideways."""

FEWEST_EDGES = 8
"""A piece with fewer changes of colour could be found in many places."""

NEAR_ROWS = 128
"""A dragged window is looked for this far up and down; what jumps further is left to the text stream's memory."""

MOST_VAIN_SEARCHES = 2
"""A page of something new is recognised by this many."""

ANCHORS = 12
"""The width of what moved is measured on about as many rows."""


@dataclass(frozen=True)
class _Clue:
    """The columns [left, right) at `row` came from `dx` further left and `dy` further up."""

    left: int
    right: int
    row: int
    dx: int
    dy: int


def find_moved(comparison: Comparison, box: Rect) -> list[Copy]:
    """Return copies, in the order to apply them, that make `box` more like the captured picture; often none."""
    if comparison.native:
        return comparison.native.find_moved(box)
    for look in (_scrolled, _dragged):
        clue = look(comparison, box)
        if clue is not None:
            copies = _copies(comparison, box, clue)
            if sum(copy.source.area for copy in copies) >= SMALLEST_COPY_PIXELS:
                return copies
    return []


def _scrolled(comparison: Comparison, box: Rect) -> _Clue | None:
    """Look for rows of `box` that the viewer shows higher up or further down."""
    for left in _telling_strips(comparison, box):
        right = min(left + STRIP_WIDTH, box.right)
        before: dict[bytes, int] = {}
        for row in range(box.y, box.bottom):
            piece = comparison.shown_piece(left, right, row)
            before[piece] = -1 if piece in before else row
        votes: Counter[int] = Counter()
        newest: dict[int, int] = {}
        changed = 0
        for row in range(box.y, box.bottom):
            source = before.get(comparison.now_piece(left, right, row))
            if source is None:
                changed += 1
            elif source >= 0 and source != row:
                changed += 1
                votes[row - source] += 1
                newest[row - source] = row
        if votes:
            dy = max(votes, key=lambda dy: (votes[dy], -abs(dy), -dy))
            count = votes[dy]
            if count >= max(FEWEST_VOTES, SHARE_OF_VOTES * changed):
                return _Clue(left, right, newest[dy], 0, dy)
    return None


def _telling_strips(comparison: Comparison, box: Rect) -> list[int]:
    """Return where the two strips begin whose rows differ most from each other."""
    room = max(0, box.width - STRIP_WIDTH)
    variety = {}
    for part in range(4):
        left = box.x + room * (2 * part + 1) // 8
        right = min(left + STRIP_WIDTH, box.right)
        variety[left] = len({comparison.now_piece(left, right, row) for row in range(box.y, box.bottom, 7)})
    return sorted(variety, key=lambda left: variety[left], reverse=True)[:2]


def _dragged(comparison: Comparison, box: Rect) -> _Clue | None:
    """Look for pieces of `box` elsewhere in it; two pieces must agree."""
    if box.width < PIECE_WIDTH:
        return None
    found: dict[tuple[int, int], _Clue] = {}
    nowhere = 0
    for left, row in _pieces(comparison, box):
        clue = _found_again(comparison, box, left, row)
        if clue is None:
            nowhere += 1
            if nowhere == MOST_VAIN_SEARCHES:
                break
        else:
            if (clue.dx, clue.dy) in found:
                return clue
            found[clue.dx, clue.dy] = clue
    return None


def _pieces(comparison: Comparison, box: Rect) -> list[tuple[int, int]]:
    """Return places (left, row) of changed pieces with something in them, spread over `box`."""
    places = []
    for line in range(1, 8):
        band = box.y + box.height * line // 8
        for part in (2, 1, 3):
            left = box.x + (box.width - PIECE_WIDTH) * part // 4
            row = next(
                (row for row in range(band, min(band + 12, box.bottom)) if _tells(comparison, left, row)),
                None,
            )
            if row is not None:
                places.append((left, row))
                break
    return places


def _tells(comparison: Comparison, left: int, row: int) -> bool:
    start = row * (comparison.stride // 4) + left
    pixels = comparison.values[start : start + PIECE_WIDTH].tolist()
    return sum(map(ne, pixels, pixels[1:])) >= FEWEST_EDGES and not comparison.same(left, left + PIECE_WIDTH, row)


def _found_again(comparison: Comparison, box: Rect, left: int, row: int) -> _Clue | None:
    piece = comparison.now_piece(left, left + PIECE_WIDTH, row)
    for source in range(max(box.y, row - NEAR_ROWS), min(box.bottom, row + NEAR_ROWS)):
        column = _found_in_row(comparison, piece, box, source)
        if column is not None:
            return _Clue(left, left + PIECE_WIDTH, row, left - column, row - source)
    return None


def _found_in_row(comparison: Comparison, piece: bytes, box: Rect, row: int) -> int | None:
    """Return the first column of `box` at which the viewer shows `piece` in `row`."""
    begin = row * comparison.shown_stride
    at, end = begin + box.x * 4, begin + box.right * 4
    while (at := comparison.shown.find(piece, at, end)) >= 0:
        if (at - begin) % 4 == 0:
            return (at - begin) // 4
        at += 1
    return None


def _copies(comparison: Comparison, box: Rect, clue: _Clue) -> list[Copy]:
    """Return the copies of everything in `box` that moved like `clue`."""
    inner = box.overlap(box.moved(clue.dx, clue.dy))
    if inner is None or not (inner.x <= clue.left and clue.right <= inner.right):
        return []
    fitting = [
        row
        for row in range(inner.y, inner.bottom)
        if comparison.came_from(clue.left, clue.right, row, clue.dx, clue.dy)
    ]
    if not fitting:
        return []
    telling = [row for row in fitting if not comparison.same(clue.left, clue.right, row)] or fitting
    anchors = telling[:: max(1, len(telling) // ANCHORS)]
    left = _common(sorted(_left_end(comparison, inner.x, clue, row) for row in anchors))
    right = _common(sorted((_right_end(comparison, inner.right, clue, row) for row in anchors), reverse=True))
    copies = []
    for top, bottom in _runs(fitting):
        target = between(left, top, right, bottom)
        if target is not None and target.area >= SMALLEST_COPY_PIXELS // 4:
            copies.append(Copy(target.moved(-clue.dx, -clue.dy), target.x, target.y))
    copies = copies[:MOST_COPIES]
    # What is still to be copied must not be overwritten: when things move down, the lowest comes first.
    return copies[::-1] if clue.dy > 0 else copies


def _common(ends: list[int]) -> int:
    """Return the end that about 70 % of the rows reach; `ends` begins with the farthest."""
    return ends[min(len(ends) - 1, len(ends) * 7 // 10)]


def _left_end(comparison: Comparison, limit: int, clue: _Clue, row: int) -> int:
    """Return how far left of the clue the row still came from the same place, down to `limit`."""
    good, bad = clue.left, limit - 1
    if comparison.came_from(limit, good, row, clue.dx, clue.dy):
        return limit
    while good - bad > 1:
        middle = (good + bad) // 2
        if comparison.came_from(middle, good, row, clue.dx, clue.dy):
            good = middle
        else:
            bad = middle
    return good


def _right_end(comparison: Comparison, limit: int, clue: _Clue, row: int) -> int:
    good, bad = clue.right, limit + 1
    if comparison.came_from(good, limit, row, clue.dx, clue.dy):
        return limit
    while bad - good > 1:
        middle = (good + bad) // 2
        if comparison.came_from(good, middle, row, clue.dx, clue.dy):
            good = middle
        else:
            bad = middle
    return good


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Return the ranges [top, bottom) of consecutive `rows`; one or two rows missing in between do not matter."""
    runs = [(rows[0], rows[0] + 1)]
    for row in rows[1:]:
        if row - runs[-1][1] <= 2:
            runs[-1] = (runs[-1][0], row + 1)
        else:
            runs.append((row, row + 1))
    return runs
