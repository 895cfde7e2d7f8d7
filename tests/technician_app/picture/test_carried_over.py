import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from technician_app.picture.carried_over import carried_over

sides = st.integers(1, 40)


def pixel(pixels: bytes, width: int, x: int, y: int) -> bytes:
    return bytes(pixels[(y * width + x) * 4 : (y * width + x) * 4 + 4])


@given(sides, sides)
def test_a_picture_of_half_the_size_is_doubled_and_halved_back(width, height):
    half = (-(-width // 2), -(-height // 2))
    small = random.Random(width * 50 + height).randbytes(half[0] * half[1] * 4)
    large = carried_over(small, half, (width, height))
    if half == (width, height):
        return
    assert large is not None
    assert all(
        pixel(large, width, x, y) == pixel(small, half[0], x // 2, y // 2) for x in range(width) for y in range(height)
    )
    assert carried_over(bytes(large), (width, height), half) == small


@pytest.mark.parametrize("size", [(0, 0), (100, 50), (200, 101), (50, 25), (99, 51)])
def test_other_sizes_have_nothing_in_common(size):
    assert carried_over(bytes(size[0] * size[1] * 4), size, (200, 100)) is None or size == (100, 50)
