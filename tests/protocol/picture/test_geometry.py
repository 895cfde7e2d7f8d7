from hypothesis import given
from hypothesis import strategies as st

from protocol.picture.geometry import Rect, between, bounds

rects = st.builds(Rect, st.integers(0, 12), st.integers(0, 12), st.integers(1, 9), st.integers(1, 9))


def pixels(*many: Rect) -> list[tuple[int, int]]:
    return [(x, y) for rect in many for x in range(rect.x, rect.right) for y in range(rect.y, rect.bottom)]


@given(rects, rects)
def test_an_overlap_holds_the_pixels_of_both(one: Rect, other: Rect) -> None:
    common = one.overlap(other)
    assert set(pixels(one)) & set(pixels(other)) == set(pixels(common) if common else ())


@given(rects, rects)
def test_cutting_a_hole_leaves_every_other_pixel_once(one: Rect, hole: Rect) -> None:
    left = pixels(*one.without(hole))
    assert len(left) == len(set(left))
    assert set(left) == set(pixels(one)) - set(pixels(hole))


@given(rects, rects)
def test_bounds_contain_everything_and_touch_it_on_each_side(one: Rect, other: Rect) -> None:
    around = bounds((one, other))
    assert around.contains(one)
    assert around.contains(other)
    assert (around.x, around.bottom) == (min(one.x, other.x), max(one.bottom, other.bottom))


def test_an_empty_rectangle_is_none() -> None:
    assert between(3, 3, 3, 9) is None
    assert between(0, 0, 2, 1) == Rect(0, 0, 2, 1)
