import heapq
import random

import pytest

from protocol.files.bulk_window import MAX_WINDOW_BYTES, MIN_WINDOW_BYTES, TARGET_QUEUE_S, BulkWindow
from protocol.messages.files import CHUNK_BYTES


class Line:
    """A line with a queue: chunks of files, and packets of the picture which has its own rate."""

    def __init__(self, rate_bps: float, delay_s: float, *, noise_s: float = 0.0) -> None:
        self.rate_bps, self.delay_s, self.noise_s = rate_bps, delay_s, noise_s
        self.free_at = 0.0
        self.chance = random.Random(3)
        self.queues: list[tuple[float, float]] = []

    def carry(self, size: int, now: float) -> float:
        self.free_at = max(now, self.free_at) + size * 8 / self.rate_bps
        self.queues.append((now, self.free_at - now))
        return self.free_at + self.delay_s + self.chance.uniform(0, self.noise_s)

    def queue_s(self, since: float) -> list[float]:
        return sorted(queue for at, queue in self.queues if at >= since)


def run(line: Line, window: BulkWindow, until: float, *, picture_bps: float = 0.0, begin: float = 0.0) -> float:
    """Send as much as `window` lets from `begin` to `until`; return the bit/s that arrived in the last half."""
    now, arrived, half = begin, 0, (begin + until) / 2
    events: list[tuple[float, int]] = []
    picture_at = begin if picture_bps else float("inf")
    newest = begin
    while now < until:
        while chunk := window.room(now):
            newest = max(newest, line.carry(chunk, now))
            window.sent(chunk, now)
            heapq.heappush(events, (newest, chunk))
        if picture_at < events[0][0]:
            now = picture_at
            line.carry(1200, now)
            picture_at += 1200 * 8 / picture_bps
            continue
        now, size = heapq.heappop(events)
        window.acknowledged(size, now)
        arrived += size if now >= half else 0
    window.forget_flight()
    return arrived * 8 / (until - half)


@pytest.mark.parametrize("rate_mbit", [2, 20, 100])
@pytest.mark.parametrize("round_trip_s", [0.005, 0.04, 0.15])
@pytest.mark.parametrize("noise_s", [0.0, 0.008])
def test_it_fills_the_line_and_no_queue(rate_mbit: float, round_trip_s: float, noise_s: float) -> None:
    line, window = Line(rate_mbit * 1e6, round_trip_s, noise_s=noise_s), BulkWindow()
    assert run(line, window, 30.0) > 0.85 * rate_mbit * 1e6
    queues = line.queue_s(since=15.0)
    assert queues[int(len(queues) * 0.95)] < 2 * TARGET_QUEUE_S + 0.01


def test_a_long_transfer_does_not_take_its_own_queue_for_the_line() -> None:
    line, window = Line(20e6, 0.04), BulkWindow()
    run(line, window, 300.0)
    queues = line.queue_s(since=200.0)
    assert queues[int(len(queues) * 0.95)] < 2 * TARGET_QUEUE_S + 0.01


def test_the_picture_gets_what_it_needs() -> None:
    line, window = Line(10e6, 0.04), BulkWindow()
    run(line, window, 10.0)
    window.yielding = True
    taken = run(line, window, 30.0, picture_bps=8e6, begin=10.0)
    assert taken < 2.1e6
    queues = line.queue_s(since=20.0)
    assert queues[len(queues) // 2] < 0.035


def test_it_grows_again_when_the_picture_stands_still() -> None:
    line, window = Line(10e6, 0.04), BulkWindow()
    run(line, window, 10.0, picture_bps=8e6)
    assert run(line, window, 30.0, begin=10.0) > 8e6


def test_a_line_that_narrows_is_noticed() -> None:
    line, window = Line(50e6, 0.03), BulkWindow()
    run(line, window, 10.0)
    line.rate_bps = 5e6
    run(line, window, 30.0, begin=10.0)
    queues = line.queue_s(since=20.0)
    assert queues[int(len(queues) * 0.95)] < 2 * TARGET_QUEUE_S + 0.01


def test_it_stays_within_its_bounds_whatever_is_measured() -> None:
    window, chance, now = BulkWindow(), random.Random(5), 0.0
    for _ in range(5000):
        now += chance.expovariate(200)
        if (chunk := window.room(now)) and chance.random() < 0.7:
            window.sent(chunk, now)
        elif window.in_flight_bytes:
            window.acknowledged(chance.choice((CHUNK_BYTES, 1000, 3 * CHUNK_BYTES)), now)
        assert MIN_WINDOW_BYTES <= window.window_bytes <= MAX_WINDOW_BYTES
        assert window.in_flight_bytes >= 0
