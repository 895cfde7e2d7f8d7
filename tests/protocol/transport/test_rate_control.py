import random

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.messages.picture import PictureReport
from protocol.transport.rate_control import (
    MAX_RATE_BPS,
    MIN_RATE_BPS,
    MIN_WINDOW_BYTES,
    QUEUE_LIMIT_S,
    START_RATE_BPS,
    STILL_AFTER_S,
    WINDOW_EXTRA_S,
    RateController,
    WindowedMinimum,
)
from tests.support.virtual_screen import VirtualScreen


def busy_screen(bottleneck_bps: float, *, one_way_s: float = 0.02, queue_s: float = 0.3) -> VirtualScreen:
    """A screen that always has more to send than the line takes."""
    screen = VirtualScreen(bottleneck_bps=bottleneck_bps, one_way_s=one_way_s, queue_s=queue_s)
    screen.size = 30_000
    return screen


def throughput_bps(screen: VirtualScreen, seconds: float) -> float:
    before = len(screen.received)
    screen.run(seconds, changes_every_s=0.01)
    return (len(screen.received) - before) * screen.size * 8 / seconds


def test_a_line_is_filled_without_a_long_queue():
    for bottleneck in (1e6, 4e6, 10e6):
        screen = busy_screen(bottleneck)
        screen.run(4.0, changes_every_s=0.01)
        assert throughput_bps(screen, 6.0) > 0.6 * bottleneck
        assert screen.rates.queue_s < 0.15
        assert bottleneck * 0.5 < screen.rates.rate_bps < bottleneck * 2


def test_a_line_that_becomes_slow_is_followed_within_seconds():
    screen = busy_screen(20e6)
    screen.run(3.0, changes_every_s=0.01)
    assert screen.rates.rate_bps > 8e6
    screen.bottleneck_bps = 1e6
    screen.run(4.0, changes_every_s=0.01)
    assert screen.rates.rate_bps < 2.5e6
    screen.run(3.0, changes_every_s=0.01)
    assert screen.rates.queue_s < 0.2


def test_a_line_that_becomes_fast_is_followed():
    screen = busy_screen(1e6)
    screen.run(4.0, changes_every_s=0.01)
    screen.bottleneck_bps = 20e6
    screen.run(20.0, changes_every_s=0.01)
    assert screen.rates.rate_bps > 6e6


def test_random_loss_below_a_tenth_does_not_slow_the_pace():
    screen, chance = busy_screen(0.0), random.Random(1)
    screen.lost = lambda: chance.random() < 0.04
    screen.run(8.0, changes_every_s=0.01)
    assert screen.rates.rate_bps >= START_RATE_BPS


def test_heavy_loss_slows_the_pace():
    screen, chance = busy_screen(0.0), random.Random(1)
    screen.run(2.0, changes_every_s=0.01)
    before = screen.rates.rate_bps
    screen.lost = lambda: chance.random() < 0.4
    screen.run(4.0, changes_every_s=0.01)
    assert screen.rates.rate_bps < before / 2
    assert screen.rates.is_lossy(screen.now)


def test_little_traffic_proves_nothing_and_changes_nothing():
    screen = VirtualScreen()
    screen.run(20.0, changes_every_s=0.1)
    assert screen.rates.rate_bps == START_RATE_BPS


def test_after_stillness_the_line_is_probed_again():
    screen = busy_screen(2e6)
    screen.run(5.0, changes_every_s=0.01)
    screen.run(STILL_AFTER_S + 1.0)
    screen.bottleneck_bps = 20e6
    before = screen.rates.rate_bps
    screen.run(1.5, changes_every_s=0.01)
    assert screen.rates.rate_bps > 1.8 * before


def test_what_is_on_its_way_stays_within_two_round_trips_and_a_tenth_of_a_second():
    for one_way_s in (0.002, 0.02, 0.1):
        screen = busy_screen(5e6, one_way_s=one_way_s)
        for _ in range(100):
            screen.run(0.05, changes_every_s=0.01)
            limit = (screen.rates.rate_bps + 1) * (2 * screen.rates.base_round_trip_s + WINDOW_EXTRA_S) / 8
            assert screen.rates.window_bytes <= max(MIN_WINDOW_BYTES, limit)
        assert screen.most_in_flight <= screen.largest_window + 1200


def test_without_reports_the_window_closes_and_a_report_opens_it():
    rates, now = RateController(), 0.0
    for _ in range(10_000):
        now += 0.001
        if rates.wait_s(now) == 0.0:
            rates.sent(1200, now)
    assert rates.in_flight_bytes <= rates.window_bytes + 1200
    assert rates.wait_s(now) is None
    assert rates.room_bytes(now) == 0
    newest = rates._sent_packets - 1
    rates.reported(
        PictureReport(1, newest & 0xFFFF, rates.in_flight_bytes, 0, 0, 0, None, -1, -1, False),
        now,
    )
    assert rates.in_flight_bytes == 0
    assert rates.wait_s(now) is not None


reports = st.builds(
    PictureReport,
    number=st.integers(0, 1000),
    highest_packet=st.integers(0, 0xFFFF),
    received_bytes=st.integers(0, 2**53),
    lost_packets=st.integers(0, 2**53),
    arrived_us=st.integers(0, 2**53),
    held_us=st.integers(0, 2**53),
    delay_us=st.none() | st.integers(-(2**53), 2**53),
    completed_update=st.integers(-1, 0xFFFF),
    applied_update=st.integers(-1, 0xFFFF),
    new_epoch=st.booleans(),
)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1200) | reports, max_size=120), st.floats(0.0001, 1.0))
def test_whatever_is_reported_everything_stays_within_its_bounds(events, step_s):
    rates, now = RateController(), 50.0
    for event in events:
        now += step_s
        if isinstance(event, int):
            rates.sent(event, now)
        else:
            rates.reported(event, now)
        assert MIN_RATE_BPS <= rates.rate_bps <= MAX_RATE_BPS
        assert rates.window_bytes >= MIN_WINDOW_BYTES
        assert rates.in_flight_bytes >= 0
        assert rates.room_bytes(now) >= 0
        assert rates.budget_bytes(now) > 0
        wait_s = rates.wait_s(now)
        assert wait_s is None or 0.0 <= wait_s < 60 * 120
        assert 0.0 <= rates.loss <= 1.0


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


def test_a_queue_limit_is_no_longer_than_a_glance():
    assert QUEUE_LIMIT_S <= 0.05


def test_a_limit_is_never_exceeded_however_much_the_line_takes_and_ends_when_it_is_lifted():
    screen = busy_screen(20e6)
    screen.run(3.0, changes_every_s=0.01)
    screen.rates.limit_bps = 1_000_000
    assert screen.rates.rate_bps == 1_000_000
    screen.run(1.0, changes_every_s=0.01)
    before = screen.rates.sent_bytes
    screen.run(10.0, changes_every_s=0.01)
    assert 0.7e6 < (screen.rates.sent_bytes - before) * 8 / 10 < 1.1e6
    screen.rates.limit_bps = None
    screen.run(5.0, changes_every_s=0.01)
    assert screen.rates.rate_bps > 4e6
