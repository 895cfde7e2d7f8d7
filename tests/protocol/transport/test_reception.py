import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.reception import ReceptionCounter

UNITS = 2**18


def add(counter, packet, now, *, sent=None, size=100, round_trip_s=0.04):
    units = None if sent is None else int(sent * UNITS) & 0xFFFFFF
    counter.add(packet & 0xFFFF, size, sent_units=units, round_trip_s=round_trip_s, now=now)


def test_nothing_is_known_before_the_first_packet():
    assert ReceptionCounter().taken() is None


@given(st.integers(0, 0xFFFF), st.lists(st.booleans(), min_size=1, max_size=200))
def test_what_did_not_come_counts_as_lost_also_across_a_wrap_of_numbers(first, came):
    counter = ReceptionCounter()
    add(counter, first, 0.0)
    for offset, here in enumerate(came, start=1):
        if here:
            add(counter, first + offset, offset * 0.01)
    add(counter, first + len(came) + 1, 10.0)
    reception = counter.taken()
    assert reception.lost_packets == came.count(False)
    assert reception.received_bytes == 100 * (2 + came.count(True))
    assert reception.highest_packet & 0xFFFF == (first + len(came) + 1) & 0xFFFF


def test_an_overtaken_packet_is_not_lost_but_a_repaired_one_was():
    counter = ReceptionCounter()
    for packet in (0, 2, 4):
        add(counter, packet, 1.0)
    add(counter, 1, 1.005)
    add(counter, 3, 1.05)
    assert counter.taken().lost_packets == 1


def test_the_delay_is_the_shortest_of_the_interval_relative_to_the_first_packet():
    counter = ReceptionCounter()
    for packet, (sent, arrived) in enumerate([(100.0, 5.0), (100.1, 5.15), (100.2, 5.22), (100.3, 5.4)]):
        add(counter, packet, arrived, sent=sent)
    assert counter.taken().delay_s == pytest.approx(0.0, abs=1e-4)
    add(counter, 4, 5.52, sent=100.4)
    add(counter, 5, 5.64, sent=100.5)
    assert counter.taken().delay_s == pytest.approx(0.12, abs=1e-4)
    assert counter.taken().delay_s is None


@given(st.floats(0, 500))
def test_a_long_stillness_does_not_look_like_a_delay(still_s):
    counter = ReceptionCounter()
    add(counter, 0, 1000.0, sent=30.0)
    add(counter, 1, 1000.0 + still_s + 0.02, sent=30.0 + still_s)
    counter.taken()
    add(counter, 2, 1001.0 + still_s + 0.05, sent=31.0 + still_s)
    assert counter.taken().delay_s == pytest.approx(0.05, abs=1e-3)


def test_packets_that_do_not_say_when_they_were_sent_have_no_delay():
    counter = ReceptionCounter()
    add(counter, 0, 1.0)
    assert counter.taken().delay_s is None
