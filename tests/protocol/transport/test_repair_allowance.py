"""Requests for lost packets keep to what the line was seen to carry."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.repair_allowance import (
    AT_ONCE_S,
    EARNED_BY_EACH,
    EARNED_EACH_S,
    FEWEST_AT_ONCE,
    MOST_AT_ONCE,
    RepairAllowance,
)

PACKET_BYTES = 1200


def after_a_stream(bits_per_s: float, packets: int = 200, size_bytes: int = PACKET_BYTES) -> RepairAllowance:
    allowance = RepairAllowance()
    for number in range(packets):
        allowance.packet_came(size_bytes, number * size_bytes * 8 / bits_per_s)
    return allowance


def taken(allowance: RepairAllowance) -> int:
    count = 0
    while allowance.take():
        count += 1
    return count


def test_a_thin_line_is_asked_for_fifty_milliseconds_of_it_at_once():
    assert taken(after_a_stream(2_000_000)) == int(AT_ONCE_S * 2_000_000 / 8 / PACKET_BYTES)


def test_small_packets_say_the_same_about_the_line_as_large_ones():
    assert taken(after_a_stream(2_000_000, size_bytes=100)) == taken(after_a_stream(2_000_000))


def test_a_fast_line_and_an_unknown_one_may_be_asked_for_a_whole_burst():
    assert taken(after_a_stream(100_000_000)) == MOST_AT_ONCE
    assert taken(RepairAllowance()) == MOST_AT_ONCE


def test_on_the_thinnest_line_a_few_may_still_be_asked_for_at_once():
    assert taken(after_a_stream(50_000)) == FEWEST_AT_ONCE


def test_a_line_that_was_fast_is_not_held_to_be_slow_because_it_rests():
    allowance = after_a_stream(100_000_000)
    last_s = 200 * PACKET_BYTES * 8 / 100_000_000
    for rest in range(1, 5):
        allowance.packet_came(PACKET_BYTES, last_s + rest)
    assert taken(allowance) == MOST_AT_ONCE


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 1200), st.integers(0, 60)), max_size=60))
def test_no_more_is_asked_for_than_was_saved_up_and_earned(events):
    allowance, now, asked, earned = RepairAllowance(), 0.0, 0, MOST_AT_ONCE
    for wait_s, size_bytes, wanted in events:
        now += wait_s
        allowance.packet_came(size_bytes, now)
        earned += EARNED_BY_EACH + wait_s * EARNED_EACH_S
        assert FEWEST_AT_ONCE <= allowance.at_once <= MOST_AT_ONCE
        asked += sum(allowance.take() for _ in range(wanted))
        assert asked <= earned + 0.001
