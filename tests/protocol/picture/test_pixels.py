import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, PixelLibrary
from protocol.picture.pixels import bgr_rows, copy_rect, move_rect, put_bgr_rows

WIDTH, HEIGHT, PADDING = 12, 9, 8
STRIDE = WIDTH * 4 + PADDING

in_c_and_in_python = pytest.mark.parametrize(
    "library", [None, *([LIBRARY] if LIBRARY else [])], ids=lambda library: "c" if library else "python"
)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    width, height = draw(st.integers(1, WIDTH)), draw(st.integers(1, HEIGHT))
    return Rect(draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height)), width, height)


def noise(seed: int, stride: int = STRIDE) -> bytearray:
    return bytearray(random.Random(seed).randbytes(stride * HEIGHT))


def pixel(buffer: bytearray, stride: int, x: int, y: int) -> bytes:
    return bytes(buffer[y * stride + x * 4 : y * stride + x * 4 + 3])


@in_c_and_in_python
@given(st.lists(rects(), max_size=4))
def test_rows_taken_out_and_put_back_show_the_same_colours(library: PixelLibrary | None, many: list[Rect]) -> None:
    source, target = noise(1), noise(2, WIDTH * 4)
    untouched = bytes(target)
    put_bgr_rows(target, WIDTH * 4, many, bgr_rows(source, STRIDE, many, library=library), library=library)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            inside = any(rect.contains(Rect(x, y, 1, 1)) for rect in many)
            expected = pixel(source, STRIDE, x, y) if inside else untouched[(y * WIDTH + x) * 4 :][:3]
            assert pixel(target, WIDTH * 4, x, y) == expected


@in_c_and_in_python
@given(rects(), st.data())
def test_a_move_shows_the_old_pixels_at_the_new_place_even_overlapping(
    library: PixelLibrary | None, rect: Rect, chosen: st.DataObject
) -> None:
    x = chosen.draw(st.integers(0, WIDTH - rect.width))
    y = chosen.draw(st.integers(0, HEIGHT - rect.height))
    buffer = noise(3)
    before = bytearray(buffer)
    move_rect(buffer, STRIDE, rect, x, y, library=library)
    target = Rect(x, y, rect.width, rect.height)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            moved = target.contains(Rect(column, row, 1, 1))
            origin = (column - x + rect.x, row - y + rect.y) if moved else (column, row)
            assert pixel(buffer, STRIDE, column, row) == pixel(before, STRIDE, *origin)


@in_c_and_in_python
@given(rects())
def test_a_rectangle_is_copied_between_buffers_of_different_row_length(
    library: PixelLibrary | None, rect: Rect
) -> None:
    source, target = noise(4), noise(5, WIDTH * 4)
    copy_rect(target, WIDTH * 4, source, STRIDE, rect, library=library)
    corner = rect.right - 1, rect.bottom - 1
    assert pixel(target, WIDTH * 4, *corner) == pixel(source, STRIDE, *corner)
    assert pixel(target, WIDTH * 4, rect.x, rect.y) == pixel(source, STRIDE, rect.x, rect.y)
