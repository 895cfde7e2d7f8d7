"""The compiled inner loops refuse what does not fit, and whatever is no library of ours is not used."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from protocol.picture.native.library import LIBRARY, LIBRARY_PATH, address_of, checked, loaded, packed_rects

needs_library = pytest.mark.skipif(LIBRARY is None, reason="nothing is compiled here")

SIZE, GUARD = 240, 64
numbers = st.one_of(st.integers(-3, 260), st.sampled_from((-(2**63), 2**63 - 1, 2**31, 2**62, 2**32)))
small_numbers = st.one_of(st.integers(-3, 70), st.sampled_from((-(2**31), 2**31 - 1)))


class Guarded:
    """`SIZE` bytes with `GUARD` bytes on both sides that nobody may write."""

    def __init__(self) -> None:
        self.all = bytearray(range(256)) + bytearray(SIZE + 2 * GUARD - 256)
        self.before = bytes(self.all)
        self.address = (address_of(self.all) or 0) + GUARD

    def is_unharmed(self, result: int) -> bool:
        inside = slice(GUARD, GUARD + SIZE)
        outside_same = self.all[:GUARD] == self.before[:GUARD] and self.all[-GUARD:] == self.before[-GUARD:]
        return outside_same and (result >= 0 or self.all[inside] == self.before[inside])


@needs_library
@given(st.lists(numbers, min_size=7, max_size=7))
def test_copying_rows_never_leaves_the_buffers(many: list[int]) -> None:
    assert LIBRARY
    target, source = Guarded(), Guarded()
    to_stride, to_at, from_stride, from_at, length, rows, _ = many
    for functions in (LIBRARY.quick, LIBRARY.patient):
        result = functions.copy_rows(
            *(target.address, SIZE, to_stride, to_at, source.address, SIZE, from_stride, from_at),
            *(length, min(rows, 4096)),
        )
        assert target.is_unharmed(result)


@needs_library
@given(numbers, st.lists(st.tuples(small_numbers, small_numbers), max_size=4))
def test_differences_of_rows_never_leave_the_buffer(size: int, sizes: list[tuple[int, int]]) -> None:
    assert LIBRARY
    rects = packed_rects([Rect(0, 0, *each) for each in sizes])
    fitting = sum(width * height * 3 for width, height in sizes)
    for three_bytes in (min(size, SIZE), fitting if 0 <= fitting <= SIZE else 0):
        for name in ("subtract_rows", "add_rows"):
            buffer = Guarded()
            work = getattr(LIBRARY.quick, name)
            assert buffer.is_unharmed(work(buffer.address, three_bytes, rects, len(sizes)))


@needs_library
@given(st.lists(numbers, min_size=5, max_size=5))
def test_moving_and_filling_rows_never_leaves_the_buffer(many: list[int]) -> None:
    assert LIBRARY
    stride, first, to, length, rows = many
    moved, filled = Guarded(), Guarded()
    assert moved.is_unharmed(LIBRARY.quick.move_rows(moved.address, SIZE, stride, first, to, length, min(rows, 4096)))
    assert filled.is_unharmed(
        LIBRARY.quick.fill_rows(filled.address, SIZE, stride, to, length, min(rows, 4096), first & 255)
    )


@needs_library
@given(st.lists(st.tuples(*[small_numbers] * 4), max_size=3), numbers, numbers)
def test_packing_and_unpacking_never_leaves_the_buffers(
    many: list[tuple[int, int, int, int]], stride: int, three_bytes: int
) -> None:
    assert LIBRARY
    rects = [Rect(*four) for four in many]
    four, three = Guarded(), Guarded()
    for length in (three_bytes, sum(rect.width * rect.height * 3 for rect in rects)):
        held = min(length, SIZE)
        packed = LIBRARY.quick.pack_bgr(
            four.address, SIZE, stride, packed_rects(rects), len(rects), three.address, held
        )
        assert three.is_unharmed(packed)
        assert four.all == four.before
        three = Guarded()
        unpacked = LIBRARY.quick.unpack_bgr(
            four.address, SIZE, stride, packed_rects(rects), len(rects), three.address, held
        )
        assert four.is_unharmed(unpacked)
        assert three.all == three.before
        four = Guarded()


def test_a_refusal_is_a_fault_of_ours() -> None:
    assert checked(3) == 3
    with pytest.raises(LocalError):
        checked(-1)


def test_without_a_library_there_is_none(tmp_path: Path) -> None:
    assert loaded(tmp_path / LIBRARY_PATH.name) is None


def test_a_file_that_is_no_library_is_not_used(tmp_path: Path) -> None:
    damaged = tmp_path / "libdamaged.so"
    damaged.write_bytes(b"\x7fELF, or so it says" * 9)
    assert loaded(damaged) is None


@needs_library
def test_a_library_of_another_version_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / LIBRARY_PATH.name
    shutil.copy(LIBRARY_PATH, copy)
    assert loaded(copy) is not None
    monkeypatch.setattr("protocol.picture.native.library.VERSION", 0)
    assert loaded(copy) is None


def test_buffers_ctypes_cannot_point_to_have_no_address() -> None:
    assert address_of(memoryview(b"read only")) is None
    assert address_of(memoryview(bytearray(10))[::2]) is None
    assert address_of(bytearray()) is None
    held = bytearray(8)
    assert address_of(memoryview(held)[3:]) == (address_of(held) or 0) + 3
