"""Numbers that take as few bytes as they need: one form each, and nothing else is read."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.picture.short_numbers import pack_numbers, take_number

MOST = 65535


@given(st.lists(st.integers(0, MOST), min_size=1, max_size=5))
def test_numbers_come_back_one_after_the_other(numbers: list[int]) -> None:
    data, at, taken = pack_numbers(*numbers), 0, []
    for _ in numbers:
        number, at = take_number(data, at, most=MOST)
        taken.append(number)
    assert (taken, at) == (numbers, len(data))


@given(st.binary(max_size=6), st.integers(0, 2**23))
def test_what_is_read_has_no_other_form(data: bytes, most: int) -> None:
    with suppress(PeerError):
        number, end = take_number(data, 0, most=most)
        assert number <= most
        assert pack_numbers(number) == data[:end]


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x00", b"\xff\xff\xff\x7f", b"\x80\x80\x04", b"\xff" * 40])
def test_a_number_without_end_too_large_or_too_long_breaks_the_format(data: bytes) -> None:
    with pytest.raises(PeerError):
        take_number(data, 0, most=MOST)
