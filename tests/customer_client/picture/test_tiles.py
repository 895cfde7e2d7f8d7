import random

from hypothesis import given, settings
from hypothesis import strategies as st

from customer_client.capture.source import Picture
from customer_client.picture.comparison import Comparison
from customer_client.picture.tiles import Grid, changed_cells
from protocol.picture.geometry import Rect
from tests.support.painted_screen import PaintedScreen

sizes = st.tuples(st.integers(1, 300), st.integers(1, 200))


def compared(screen: PaintedScreen, shown: bytes) -> Comparison:
    return Comparison(screen.picture(), bytearray(shown))


@given(sizes, st.data())
def test_rectangles_cover_exactly_their_cells(size: tuple[int, int], chosen: st.DataObject) -> None:
    grid = Grid(*size)
    cells = chosen.draw(st.sets(st.sampled_from(list(grid.every_cell()))))
    rects = grid.rects_of(cells, most_cells=chosen.draw(st.integers(1, 40)))
    covered = [cell for rect in rects for cell in grid.within(rect)]
    assert sorted(covered) == sorted(cells)
    assert sum(rect.area for rect in rects) == sum(grid.rect_of(cell).area for cell in cells)


@given(sizes, st.data())
def test_clusters_are_the_groups_of_touching_cells(size: tuple[int, int], chosen: st.DataObject) -> None:
    grid = Grid(*size)
    cells = chosen.draw(st.sets(st.sampled_from(list(grid.every_cell()))))
    clusters = grid.clusters(cells)
    assert sorted(cell for cluster in clusters for cell in cluster) == sorted(cells)
    homes = {cell: index for index, cluster in enumerate(clusters) for cell in cluster}
    for one in cells:
        for other in cells:
            near = abs(one // grid.columns - other // grid.columns) <= 1
            if near and abs(one % grid.columns - other % grid.columns) <= 1:
                assert homes[one] == homes[other]


@settings(deadline=None)
@given(sizes, st.lists(st.tuples(*[st.integers(0, 300)] * 2), max_size=5), st.sampled_from((0, 4, 3)))
def test_exactly_the_cells_with_a_difference_are_found(
    size: tuple[int, int], places: list[tuple[int, int]], padding: int
) -> None:
    screen = PaintedScreen(*size)
    screen.noise(Rect(0, 0, *size), seed=1)
    shown = bytes(screen.pixels)
    spots = [screen.clipped(x, y, 0, 0) for x, y in places]
    for spot in spots:
        at = spot.y * screen.stride + spot.x * 4
        screen.pixels[at] = shown[at] ^ 1
    rows = [screen.pixels[at : at + screen.stride] + bytes(padding) for at in range(0, len(shown), screen.stride)]
    picture = Picture(*size, screen.stride + padding, memoryview(b"".join(rows)))
    grid, comparison = Grid(*size), Comparison(picture, bytearray(shown))
    expected = {cell for spot in spots for cell in grid.touching(spot)}
    assert changed_cells(comparison, grid, [grid.screen]) == expected
    assert changed_cells(comparison, grid, spots) == expected
    assert changed_cells(comparison, grid, []) == set()


@settings(deadline=None)
@given(st.sets(st.tuples(st.integers(0, 59), st.integers(0, 39)), max_size=6))
def test_tightened_is_the_smallest_rectangle_around_all_differences(spots: set[tuple[int, int]]) -> None:
    screen = PaintedScreen(60, 40)
    shown = bytes(screen.pixels)
    for x, y in spots:
        screen.pixels[y * screen.stride + x * 4 + 1] = 9
    tight = compared(screen, shown).tightened(Rect(0, 0, 60, 40))
    if not spots:
        assert tight is None
    else:
        columns, rows = [x for x, _ in spots], [y for _, y in spots]
        left, top = min(columns), min(rows)
        assert tight == Rect(left, top, max(columns) - left + 1, max(rows) - top + 1)


def test_noise_in_a_picture_nobody_looked_at_is_not_found() -> None:
    screen = PaintedScreen(200, 100)
    shown = bytes(screen.pixels)
    screen.noise(screen.clipped(150, 80, 20, 10), random.Random(1).randrange(99))
    grid = Grid(200, 100)
    assert changed_cells(compared(screen, shown), grid, [Rect(0, 0, 100, 50)]) == set()
