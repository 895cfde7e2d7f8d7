import random

import pytest
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
)
from technician_app.controllers.screen_updates import REPORT_INTERVAL_S
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


def line(bottleneck_bps: float, round_trip_s: float, *, loss: float = 0.0) -> VirtualScreen:
    """A screen watched closely, whose reports come as they do in a session."""
    screen = VirtualScreen(
        bottleneck_bps=bottleneck_bps, one_way_s=round_trip_s / 2, step_s=0.001, calm_report_s=REPORT_INTERVAL_S
    )
    chance = random.Random(3)
    screen.lost = lambda: chance.random() < loss
    return screen


def answered(rates: RateController, now: float, *, number: int = 1, lost: int = 0, held_s: float = 0.0) -> None:
    """A report that everything sent has come."""
    newest, received = rates._sent_packets - 1, rates.sent_bytes
    rates.reported(
        PictureReport(number, newest & 0xFFFF, received, lost, 0, int(held_s * 1e6), None, -1, -1, False), now
    )


def test_the_first_page_leaves_a_fast_line_about_as_fast_as_it_takes():
    screen = line(0.0, 0.0005)
    assert screen.page(600_000) < 0.1
    assert screen.rates.rate_bps == MAX_RATE_BPS


@pytest.mark.parametrize(
    ("bottleneck_bps", "round_trip_s", "loss", "size"),
    [(10e6, 0.04, 0.0, 200_000), (2e6, 0.08, 0.0, 100_000), (2e6, 0.08, 0.01, 100_000), (1e6, 0.03, 0.0, 60_000)],
)
def test_pages_on_a_thin_line_take_little_longer_than_they_must(bottleneck_bps, round_trip_s, loss, size):
    screen, taken_s = line(bottleneck_bps, round_trip_s, loss=loss), 0.0
    for _ in range(8):
        taken_s += screen.page(size)
        screen.run(1.1)
    assert taken_s / 8 < 1.35 * (size * 8 / bottleneck_bps + round_trip_s)


def train(rates: RateController, now: float) -> int:
    """Send what may leave at once after a pause; return how many packets."""
    packets = 0
    while rates.room_bytes(now) >= 1200:
        rates.sent(1200, now)
        packets += 1
    return packets


def test_after_a_pause_a_train_leaves_at_once_and_what_follows_waits_for_it():
    rates = RateController()
    assert train(rates, 10.0) == 12
    assert rates.room_bytes(10.001) == 0
    # Half a burst early, as always.
    drained_s, burst_s = 12 * 1200 * 8 / START_RATE_BPS, 0.01
    assert rates.wait_s(10.0) == pytest.approx(drained_s - burst_s / 2)
    answered(rates, 10.1)
    rates.sent(1200, 10.2)
    # The pause since the train was short: there is no other one.
    assert rates.room_bytes(10.2) < 12 * 1200
    assert rates.room_bytes(10.5) == 12 * 1200


def test_on_a_line_whose_limit_was_met_a_train_makes_no_long_queue():
    screen = line(2e6, 0.08)
    screen.page(200_000)
    screen.run(3.0)
    assert screen.rates.room_bytes(screen.now) <= max(3 * 1200, screen.rates.rate_bps * 0.02 / 8)


def test_packets_that_came_together_at_once_prove_a_fast_line():
    rates = RateController()
    train(rates, 10.0)
    answered(rates, 10.003, held_s=0.001)
    assert rates.rate_bps == pytest.approx(12 * 1200 * 8 / 0.002, rel=1e-3)
    # What is still to drain drains at the new pace.
    assert rates.wait_s(10.003) == 0.0


def test_on_a_long_way_what_was_proven_doubles_the_pace_at_most_and_once_a_round():
    rates = RateController(start_bps=MIN_RATE_BPS)
    train(rates, 10.0)
    answered(rates, 10.02)
    assert rates.rate_bps == 2 * MIN_RATE_BPS
    train(rates, 10.3)
    answered(rates, 10.32, number=2)
    train(rates, 10.6)
    assert rates.rate_bps == 4 * MIN_RATE_BPS


@pytest.mark.parametrize(("packets", "lost"), [(3, 0), (12, 1)])
def test_few_packets_and_lost_ones_prove_nothing(packets, lost):
    rates = RateController()
    for _ in range(packets):
        rates.sent(1200, 10.0)
    answered(rates, 10.001, lost=lost)
    assert rates.rate_bps == START_RATE_BPS


def test_what_is_sent_again_counts_and_new_packets_wait_for_it_but_not_long():
    rates = RateController()
    train(rates, 10.0)
    answered(rates, 10.1)
    before = rates.wait_s(10.1)
    for _ in range(10):
        rates.repaired(10.1)
    assert before == 0.0
    assert rates.wait_s(10.1) == pytest.approx(10 * 1200 * 8 / START_RATE_BPS - 0.005, abs=1e-3)
    assert rates.in_flight_bytes == 0
    for _ in range(1000):
        rates.repaired(10.1)
    assert rates.wait_s(10.1) < 0.1


def test_repairs_are_counted_on_both_sides_of_the_comparison():
    screen = line(4e6, 0.04, loss=0.1)
    screen.run(20.0, changes_every_s=0.02)
    earlier, later = screen.rates._history[0], screen.rates._history[-1]
    sent, received = later.sent_bytes - earlier.sent_bytes, later.received_bytes - earlier.received_bytes
    assert received < 1.1 * sent
