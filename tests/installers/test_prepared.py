"""Machine code that is changed to pack better comes back as it was, whatever it is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installers.prepared import Kind, Preparer, Region, regions_of
from setup.system_packages import client_needs, unmet

CALL, LOAD = b"\xe8", b"\x48\x8d\x05"
PLACES = 0x10000
CODE = st.lists(st.sampled_from([CALL, LOAD, b"\xff\x15", b"\0\0", b"\xff\xff\xff", b"\x90"]) | st.binary(max_size=5))


@pytest.fixture(scope="module")
def preparer() -> Iterator[Preparer]:
    if unmet(client_needs()):
        pytest.skip("building needs a compiler")
    with Preparer() as made:
        yield made


@settings(deadline=None)
@given(CODE, st.integers(0, PLACES), st.integers(0, 20))
def test_any_bytes_are_restored(preparer, code, address, width_before):
    data = b"".join(code)
    for region in (
        Region(Kind.ADDRESSES, PLACES + 1000, address, min(width_before, len(data)), max(0, len(data) - width_before)),
        Region(Kind.RECORDS, 24, 0, 0, len(data)),
        Region(Kind.RECORDS, 8, 0, 0, len(data)),
    ):
        changed = preparer.changed(data, [region], restoring=False)
        assert len(changed) == len(data)
        assert preparer.changed(changed, [region], restoring=True) == data


def test_one_function_called_from_two_places_is_the_same_bytes(preparer):
    function, first, second = 0x4000, 0x1000, 0x2000
    calls = [CALL + (function - at - 5).to_bytes(4, "little", signed=True) + bytes(8) for at in (first, second)]
    made = [
        preparer.changed(code, [Region(Kind.ADDRESSES, PLACES, at, 0, len(code))], restoring=False)
        for code, at in zip(calls, (first, second), strict=True)
    ]
    assert made[0] == made[1] == CALL + function.to_bytes(4, "big") + bytes(8)


def test_a_sorted_table_becomes_small_steps(preparer):
    records = b"".join(place.to_bytes(8, "little") for place in range(0x1000, 0x9000, 0x40))
    changed = preparer.changed(records, [Region(Kind.RECORDS, 8, 0, 0, len(records))], restoring=False)
    assert len(set(changed)) <= 3


@pytest.mark.parametrize(
    "region",
    [Region(Kind.ADDRESSES, 10, 0, 90, 20), Region(Kind.RECORDS, 28, 0, 0, 28), Region(Kind.RECORDS, 0, 0, 0, 8)],
)
def test_a_region_that_cannot_be_is_refused(preparer, region):
    with pytest.raises(ValueError, match="bytes"):
        preparer.changed(bytes(100), [region], restoring=True)


def test_a_real_program_has_regions_and_comes_back_and_a_text_has_none(preparer):
    program = Path(sys.executable).resolve().read_bytes()
    changed, regions = preparer.prepared(program)
    assert {region.kind for region in regions} == {Kind.ADDRESSES, Kind.RECORDS}
    assert changed != program
    assert preparer.changed(changed, regions, restoring=True) == program
    assert regions_of(Path(__file__).read_bytes()) == []
