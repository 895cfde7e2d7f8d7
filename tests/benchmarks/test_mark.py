"""The mark that every frame of a benchmark carries: what goes in comes out, and nothing else passes for a mark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.picture import mark

numbers = st.integers(0, mark.NUMBERS - 1)


def row_of(number: int, *, black: int = 0, white: int = 255, left: int = 0, width: int = mark.WIDTH) -> bytes:
    """One row of BGRX pixels, mid-grey but for the mark."""
    values = [white if cell else black for cell in mark.cells_of(number) for _ in range(mark.CELL)]
    levels = [120] * left + values + [120] * (width - left - mark.WIDTH)
    return b"".join(bytes((level, level, level, 0)) for level in levels)


@given(numbers)
def test_a_number_survives_cells_and_pixels(number: int) -> None:
    assert mark.number_in(mark.cells_of(number)) == number
    assert mark.read_row(row_of(number)) == number


@given(numbers, st.integers(0, 100), st.integers(160, 255))
def test_a_number_survives_what_a_codec_does_to_brightness(number: int, black: int, white: int) -> None:
    assert mark.read_row(row_of(number, black=black, white=white)) == number


@given(numbers, st.integers(len(mark.SYNC), mark.CELLS - 1))
def test_one_wrong_cell_is_noticed(number: int, place: int) -> None:
    cells = list(mark.cells_of(number))
    cells[place] ^= 1
    assert mark.number_in(tuple(cells)) is None


@given(st.lists(st.integers(0, 1), min_size=0, max_size=40))
def test_any_cells_are_a_mark_or_nothing(cells: list[int]) -> None:
    number = mark.number_in(tuple(cells))
    assert number is None or mark.cells_of(number) == tuple(cells)


@given(numbers, st.integers(0, 64))
def test_a_mark_is_found_where_it_begins(number: int, left: int) -> None:
    assert mark.place_in_row(row_of(number, left=left, width=mark.WIDTH + 64)) == left


def test_a_row_without_a_mark_has_none() -> None:
    assert mark.place_in_row(bytes(4 * 2000)) is None
    assert mark.read_row(bytes(4 * mark.WIDTH)) is None


@pytest.mark.parametrize("number", [-1, mark.NUMBERS])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="frame number"):
        mark.cells_of(number)
