"""What the reports of a stream say about its line: delays, queues, and what certainly got through. Pure.

Time is passed in (monotonic s).
"""

from collections import deque
from dataclasses import dataclass

STANDING_S = 0.02
"""A queue that is gone sooner was a burst of ours, however often the reports come."""

_TOGETHER_S, _FEWEST_TOGETHER = 0.002, 4
_SHORTEST_WAY_S = 0.001


class WindowedMinimum:
    """The least of the values of the last `window_s` to twice that."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._began = 0.0
        self._previous: float | None = None
        self._current: float | None = None

    @property
    def value(self) -> float | None:
        """The minimum; None before the first value."""
        known = [value for value in (self._previous, self._current) if value is not None]
        return min(known) if known else None

    def add(self, value: float, now: float) -> None:
        """Take a value."""
        if self._current is None or now - self._began > self._window_s:
            self._previous, self._current, self._began = self._current, value, now
        self._current = min(self._current, value)


class StandingQueue:
    """The queue on the way that outlasts our bursts: the shortest one of the last 20 ms."""

    def __init__(self) -> None:
        self._lately: deque[tuple[float, float]] = deque()
        self._long_since: float | None = None
        self.queue_s = 0.0
        """How long packets wait there (s)."""

    def add(self, queue_s: float, now: float, *, limit_s: float) -> None:
        """Take what one report says; longer than `limit_s` is too long."""
        while self._lately and self._lately[0][0] <= now - STANDING_S:
            self._lately.popleft()
        self._lately.append((now, queue_s))
        self.queue_s = min(shorter for _, shorter in self._lately)
        if self.queue_s <= limit_s:
            self._long_since = None
        elif self._long_since is None:
            self._long_since = now

    def stays_long(self, now: float) -> bool:
        """Say whether it has been too long for about 20 ms."""
        # Reports that are meant to be 20 ms apart come a little sooner, too.
        return self._long_since is not None and now - self._long_since >= 0.9 * STANDING_S


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet that left: its number, when, how much had left with it, and how much of all that was repaired with."""

    packet: int
    total_bytes: int
    repaired_bytes: int
    at: float


class Flight:
    """The packets on their way, in order."""

    def __init__(self) -> None:
        self._packets: deque[Sent] = deque()
        self._lost = 0
        self.acknowledged = Sent(-1, 0, 0, 0.0)
        """The newest packet that came."""

    def add(self, sent: Sent) -> None:
        """Note that a packet left."""
        self._packets.append(sent)

    def acknowledge(self, newest: int, *, lost: int, arrived_at: float) -> float:
        """Take everything up to packet `newest` as come; return the rate (bit/s) at which at least the last of it did.

        What left together has passed the whole way, there and back, by `arrived_at`, when the report would have come
        had it not been held: no line is slower than that. 0.0 when too few packets left together, or some did not come
        (`lost` counts all that ever did not).
        """
        came = [self.acknowledged]
        while self._packets and self._packets[0].packet <= newest:
            came.append(self._packets.popleft())
        self.acknowledged = last = came[-1]
        newly_lost, self._lost = lost - self._lost, lost
        first = next((index for index, sent in enumerate(came[1:], 1) if sent.at >= last.at - _TOGETHER_S), len(came))
        if len(came) - first < _FEWEST_TOGETHER or newly_lost > 0:
            return 0.0
        together_bytes = last.total_bytes - came[first - 1].total_bytes
        return together_bytes * 8 / max(_SHORTEST_WAY_S, arrived_at - came[first].at)
