from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.line_signs import STANDING_S, Flight, Sent, StandingQueue, WindowedMinimum


def test_an_old_minimum_is_forgotten():
    least = WindowedMinimum(10.0)
    assert least.value is None
    least.add(1.0, 0.0)
    least.add(5.0, 5.0)
    assert least.value == 1.0
    least.add(4.0, 11.0)
    assert least.value == 1.0
    least.add(4.5, 22.0)
    assert least.value == 4.0


def test_a_queue_that_is_gone_within_20_ms_is_none_however_often_reports_come():
    queue = StandingQueue()
    for step in range(200):
        queue.add(0.2 if step % 4 else 0.0, step * 0.005, limit_s=0.03)
        assert queue.queue_s <= 0.2
        assert not queue.stays_long(step * 0.005)


def test_a_queue_that_stays_is_noticed_after_20_ms_with_frequent_and_with_rare_reports():
    for interval_s in (0.005, STANDING_S, 0.15):
        queue, now = StandingQueue(), 100.0
        queue.add(0.0, now - 1.0, limit_s=0.03)
        queue.add(0.05, now, limit_s=0.03)
        assert not queue.stays_long(now)
        while not queue.stays_long(now):
            now += interval_s
            queue.add(0.05, now, limit_s=0.03)
        assert now - 100.0 <= max(interval_s, STANDING_S) + 1e-6


def flight(*moments: float) -> Flight:
    made = Flight()
    for number, at in enumerate(moments):
        made.add(Sent(number, (number + 1) * 1000, 0, at))
    return made


def test_the_time_from_the_first_of_those_that_left_together_counts():
    sent = flight(1.0, 5.0, 5.001, 5.001, 5.002)
    assert sent.acknowledge(4, lost=0, arrived_at=5.01) == 4 * 1000 * 8 / (5.01 - 5.0)
    assert sent.acknowledged.packet == 4


def test_what_came_before_proves_nothing_again():
    sent = flight(5.0, 5.0, 5.0, 5.0, 5.0, 5.0)
    assert sent.acknowledge(3, lost=0, arrived_at=5.004) > 0
    assert sent.acknowledge(3, lost=0, arrived_at=5.005) == 0.0
    assert sent.acknowledge(5, lost=0, arrived_at=5.006) == 0.0


@given(
    st.lists(st.floats(0, 0.01), min_size=1, max_size=40),
    st.floats(1e5, 1e9),
    st.floats(0, 0.2),
    st.lists(st.integers(0, 39), max_size=8),
)
def test_never_more_is_proven_than_the_line_takes(gaps, line_bps, round_trip_s, reports):
    sent, came, now, free_at = Flight(), [], 10.0, 0.0
    for number, gap_s in enumerate(gaps):
        now += gap_s
        sent.add(Sent(number, (number + 1) * 1000, 0, now))
        free_at = max(free_at, now) + 8000 / line_bps
        came.append(free_at + round_trip_s)
    for newest in sorted(min(one, len(gaps) - 1) for one in reports):
        assert sent.acknowledge(newest, lost=0, arrived_at=came[newest]) <= line_bps * 1.001
