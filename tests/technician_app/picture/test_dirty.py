from hypothesis import given
from hypothesis import strategies as st

from protocol.picture.geometry import Rect
from technician_app.picture.dirty import united

TILES = st.builds(
    lambda x, y, across, down: Rect(x * 4, y * 4, across * 4, down * 4),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 3),
    st.integers(0, 3),
)


def pixels(rects) -> set[tuple[int, int]]:
    return {(x, y) for rect in rects for x in range(rect.x, rect.right) for y in range(rect.y, rect.bottom)}


@given(st.lists(TILES, max_size=20))
def test_joining_neighbours_neither_loses_nor_adds_a_pixel(rects):
    assert pixels(united(rects)) == pixels(rects)


@given(st.lists(TILES, max_size=20), st.integers(1, 5))
def test_there_are_never_more_than_allowed_and_everything_is_covered(rects, limit):
    joined = united(rects, limit)
    assert len(joined) <= limit
    assert pixels(rects) <= pixels(joined)


def test_a_screen_of_tiles_becomes_one_rectangle():
    tiles = [Rect(x, y, 64, 32) for y in range(0, 1088, 32) for x in range(0, 1920, 64)]
    assert united(tiles) == (Rect(0, 0, 1920, 1088),)
    assert united([]) == ()
