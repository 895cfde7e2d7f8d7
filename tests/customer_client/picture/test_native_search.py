import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_client.capture.source import Picture
from customer_client.picture.classify import distinct_share, photo_cells
from customer_client.picture.comparison import Comparison
from customer_client.picture.scroll import find_moved
from customer_client.picture.tiles import Grid, changed_cells
from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY
from tests.support.painted_screen import PaintedScreen

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="nothing is compiled here")

sizes = st.tuples(st.integers(1, 420), st.integers(1, 260))
boxes = st.tuples(*[st.integers(0, 500)] * 4)
change = st.tuples(st.sampled_from(("fill", "text", "noise", "move", "scroll")), boxes, st.integers(-70, 70))


def draw(screen: PaintedScreen, kind: str, rect: Rect, way: int) -> None:
    if kind == "fill":
        screen.fill(rect, random.Random(way).getrandbits(24))
    elif kind == "text":
        screen.text(rect, way)
    elif kind == "noise":
        screen.noise(rect, way)
    elif kind == "scroll":
        screen.move(rect, rect.x, rect.y + way)
    else:
        screen.move(rect, rect.x + way, rect.y + way // 3)


@st.composite
def pairs(draw_from: st.DrawFn) -> tuple[Comparison, Comparison, Grid]:
    """The same two pictures, to be compared by C and by Python; rows of odd length, something moved or repainted."""
    width, height = draw_from(sizes)
    screen = PaintedScreen(width, height)
    for kind, box, way in draw_from(st.lists(change, min_size=1, max_size=3)):
        draw(screen, kind, screen.clipped(*box), way)
    shown = bytes(screen.pixels)
    for kind, box, way in draw_from(st.lists(change, max_size=3)):
        draw(screen, kind, screen.clipped(*box), way)
    padding = draw_from(st.sampled_from((0, 4, 3, 20)))
    rows = [screen.pixels[at : at + screen.stride] + bytes(padding) for at in range(0, len(shown), screen.stride)]
    picture = Picture(width, height, screen.stride + padding, b"".join(rows))
    in_c = Comparison(picture, bytearray(shown), library=LIBRARY)
    assert in_c.native
    return in_c, Comparison(picture, bytearray(shown), library=None), Grid(width, height)


def clipped(grid: Grid, box: tuple[int, int, int, int]) -> Rect:
    return PaintedScreen(grid.screen.width, grid.screen.height).clipped(*box)


@settings(deadline=None)
@given(pairs(), st.lists(boxes, max_size=3))
def test_c_finds_the_same_changed_cells(
    pair: tuple[Comparison, Comparison, Grid], regions: list[tuple[int, int, int, int]]
) -> None:
    in_c, in_python, grid = pair
    for where in ([grid.screen], [clipped(grid, box) for box in regions]):
        assert changed_cells(in_c, grid, where) == changed_cells(in_python, grid, where)


@settings(deadline=None)
@given(pairs(), boxes)
def test_c_tightens_and_samples_the_same(
    pair: tuple[Comparison, Comparison, Grid], box: tuple[int, int, int, int]
) -> None:
    in_c, in_python, grid = pair
    for rect in (grid.screen, clipped(grid, box)):
        assert in_c.tightened(rect) == in_python.tightened(rect)
        assert in_c.same_in(rect) == in_python.same_in(rect)
        assert distinct_share(in_c, rect) == distinct_share(in_python, rect)


@settings(deadline=None)
@given(pairs(), st.data())
def test_c_takes_the_same_cells_for_photographs(
    pair: tuple[Comparison, Comparison, Grid], chosen: st.DataObject
) -> None:
    in_c, in_python, grid = pair
    cells = chosen.draw(st.sets(st.sampled_from(list(grid.every_cell()))))
    assert photo_cells(in_c, grid, cells) == photo_cells(in_python, grid, cells)
    assert photo_cells(in_c, grid, grid.every_cell()) == photo_cells(in_python, grid, grid.every_cell())


@settings(deadline=None, max_examples=200)
@given(pairs(), boxes)
def test_c_finds_the_same_movements(pair: tuple[Comparison, Comparison, Grid], box: tuple[int, int, int, int]) -> None:
    in_c, in_python, grid = pair
    for where in (grid.screen, clipped(grid, box)):
        assert find_moved(in_c, where) == find_moved(in_python, where)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(-90, 90), st.integers(-90, 90), st.booleans())
def test_a_movement_of_a_window_is_found_by_both(seed: int, dx: int, dy: int, is_text: bool) -> None:
    screen = PaintedScreen(700, 420)
    screen.fill(Rect(0, 0, 700, 420), 0x3366AA)
    window = Rect(120, 100, 400, 220)
    (screen.text if is_text else screen.noise)(window, seed)
    shown = bytes(screen.pixels)
    screen.move(window, window.x + dx, window.y + dy)
    box = Grid(700, 420).screen
    found = [
        find_moved(Comparison(screen.picture(), bytearray(shown), library=library), box) for library in (LIBRARY, None)
    ]
    assert found[0] == found[1]
    if (dx, dy) != (0, 0):
        assert any((copy.x - copy.source.x, copy.y - copy.source.y) == (dx, dy) for copy in found[0])


def test_rectangles_outside_the_picture_are_refused() -> None:
    screen = PaintedScreen(100, 50)
    native = Comparison(screen.picture(), bytearray(screen.pixels)).native
    assert native
    for rect in (Rect(-1, 0, 5, 5), Rect(0, 0, 101, 5), Rect(0, 46, 5, 5), Rect(0, 0, 0, 5), Rect(2**31 - 1, 0, 9, 9)):
        with pytest.raises(LocalError):
            native.tightened(rect)
        with pytest.raises(LocalError):
            native.distinct_share(rect)
        with pytest.raises(LocalError):
            native.find_moved(rect)
    with pytest.raises(LocalError):
        native.changed_cells({0: (0, 101)})
