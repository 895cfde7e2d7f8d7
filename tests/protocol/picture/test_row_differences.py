"""Rows as what differs from the row above: back they come exactly, in C and in Python, and they are mostly zeros."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary
from protocol.picture.row_differences import add_rows, subtract_rows

in_c_and_in_python = pytest.mark.parametrize(
    "library", [None, *([LIBRARY] if LIBRARY else [])], ids=lambda library: "c" if library else "python"
)
rects = st.builds(Rect, st.just(0), st.just(0), st.integers(1, 9), st.integers(1, 9))


def rows_of(many: list[Rect], seed: int = 1) -> bytearray:
    return bytearray(random.Random(seed).randbytes(sum(rect.area for rect in many) * 3))


@in_c_and_in_python
@given(st.lists(rects, max_size=4), st.integers(0, 99))
def test_differences_become_the_same_rows_again(library: PixelLibrary | None, many: list[Rect], seed: int) -> None:
    rows = rows_of(many, seed)
    before = bytes(rows)
    subtract_rows(rows, many, library=library)
    add_rows(rows, many, library=library)
    assert rows == before


@given(st.lists(rects, max_size=4), st.integers(0, 99))
def test_c_and_python_agree(many: list[Rect], seed: int) -> None:
    for work in (subtract_rows, add_rows):
        in_c, in_python = rows_of(many, seed), rows_of(many, seed)
        work(in_c, many)
        work(in_python, many, library=None)
        assert in_c == in_python


@in_c_and_in_python
def test_only_a_first_row_is_left_of_equal_rows_and_rectangles_know_nothing_of_each_other(
    library: PixelLibrary | None,
) -> None:
    rows = bytearray(b"abcdef" * 3 + b"xyz" * 2)
    subtract_rows(rows, [Rect(0, 0, 2, 3), Rect(5, 5, 1, 2)], library=library)
    assert rows == b"abcdef" + bytes(12) + b"xyz" + bytes(3)
