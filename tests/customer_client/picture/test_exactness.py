import pytest

from customer_client.picture.exactness import LONG_REST_MS, REST_MS, Exactness
from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary
from protocol.picture.updates import Copy

GRID = Grid(640, 320)
ALL = 10_000


@pytest.fixture(params=[None, *([LIBRARY] if LIBRARY else [])], ids=lambda library: "c" if library else "python")
def exactness(request: pytest.FixtureRequest) -> Exactness:
    library: PixelLibrary | None = request.param
    fresh = Exactness(GRID, library=library)
    fresh.became_exact(GRID.screen)
    return fresh


def test_a_photo_is_due_once_it_rests(exactness: Exactness) -> None:
    exactness.became_approximate(Rect(64, 16, 64, 16), 1_000)
    assert not exactness.anything_due(1_000 + REST_MS - 1)
    assert exactness.anything_due(1_000 + REST_MS)
    assert exactness.at_rest(1_000 + REST_MS, ALL) == [11]
    exactness.became_exact(Rect(64, 16, 64, 16))
    assert not exactness.anything_due(99_999)


def test_cells_made_exact_piece_by_piece_are_due_no_more(exactness: Exactness) -> None:
    exactness.became_approximate(Rect(70, 20, 10, 5), 1_000)
    exactness.became_exact(Rect(66, 18, 30, 12))
    assert exactness.at_rest(9_000, ALL) == []
    assert not exactness.anything_due(9_000)


def test_an_exact_window_dragged_from_a_photo_stays_exact(exactness: Exactness) -> None:
    window = Rect(100, 50, 200, 100)
    exactness.became_approximate(GRID.screen, 1_000)
    exactness.became_exact(window)
    for moment in range(40):
        exactness.copied(Copy(window, window.x + 7, window.y + 3), 1_000 + moment)
        exactness.became_approximate(Rect(window.x, window.y, 7, 100), 1_000 + moment)
        exactness.became_approximate(Rect(window.x, window.y, 200, 3), 1_000 + moment)
        window = window.moved(7, 3)
    due = set(exactness.at_rest(99_999, ALL))
    assert due.isdisjoint(GRID.within(window))
    assert due == set(GRID.every_cell()) - set(GRID.within(window))


def test_approximate_pixels_stay_approximate_where_they_are_moved(exactness: Exactness) -> None:
    exactness.became_approximate(Rect(0, 0, 10, 10), 1_000)
    exactness.copied(Copy(Rect(0, 0, 64, 16), 320, 160), 2_000)
    assert exactness.at_rest(1_999 + REST_MS, ALL) == []
    assert exactness.at_rest(99_999, ALL) == [0, 105]


def test_what_moves_delays_the_refinement_of_what_rests(exactness: Exactness) -> None:
    exactness.became_approximate(Rect(0, 0, 64, 16), 1_000)
    far = Copy(Rect(320, 160, 64, 16), 384, 160)
    exactness.copied(far, 1_000 + REST_MS)
    assert not exactness.anything_due(1_000 + 2 * REST_MS - 1)
    assert exactness.anything_due(1_000 + 2 * REST_MS)
    exactness.copied(far, 1_000 + LONG_REST_MS)
    assert exactness.anything_due(1_000 + LONG_REST_MS)


def test_what_was_never_sent_or_found_no_room_is_missing() -> None:
    fresh = Exactness(GRID)
    assert fresh.missing_share == 1.0
    fresh.became_exact(Rect(0, 0, 640, 160))
    assert fresh.missing_share == 0.5
    fresh.owe(Rect(0, 0, 640, 32))
    assert fresh.missing_share == 0.6
