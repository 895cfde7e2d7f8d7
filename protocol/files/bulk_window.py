"""How many bytes of files may be on their way, so that what matters more stays fast. Pure; times are monotonic seconds.

SCTP fills the line's queue until it loses packets, and input and picture wait in the same queue. This window follows
delay instead: it grows while a chunk comes back about as fast as the fastest one did, and shrinks when it took longer.
Now and then it closes almost, so that a queue of its own making is not taken for the line.
The target is below what the picture's rate control takes for a queue, so the picture gets what it needs and files get
what remains. Ideas: LEDBAT (RFC 6817) and its slow start and slowdowns (draft-irtf-iccrg-ledbat-plus-plus-01).
"""

from collections import deque

from protocol.messages.files import CHUNK_BYTES

TARGET_QUEUE_S = 0.02
"""How much longer than the shortest round trip a chunk may take."""

YIELDING_QUEUE_S = 0.008
"""The same while the picture travels the same way: less than it tolerates itself."""

CHUNK_S = 0.006
"""How long the line may be busy with one chunk, where it is fast enough for the shortest."""

MIN_CHUNK_BYTES = 2 * 1024
MIN_WINDOW_BYTES = 2 * MIN_CHUNK_BYTES
MAX_WINDOW_BYTES = 3 * 1024 * 1024
START_WINDOW_BYTES = 16 * 1024
BASE_FORGOTTEN_S = 40.0
"""A line may change: an older round trip does not count as the shortest any more."""

SLOWDOWN_EVERY_S = 12.0
_SLOWDOWN_ROUNDS = 2.0
_UNKNOWN_ROUND_TRIP_S = 0.1
_LEAST_ROUND_TRIP_S = 0.001

_FILTER_SAMPLES = 6
_FAR_TOO_LONG = 2.0
_SHRINK = 0.8
_SLOW_START_GROWTH = 0.5


class BulkWindow:
    """The window of one connection. Chunks are acknowledged in the order they were sent."""

    def __init__(self) -> None:
        self._window = float(START_WINDOW_BYTES)
        self._flight: deque[tuple[float, int]] = deque()
        self._in_flight = 0
        self._recent: deque[float] = deque(maxlen=_FILTER_SAMPLES)
        self._base: deque[tuple[float, float]] = deque()
        self._slow_start = True
        self._shrunk_at = float("-inf")
        self._slow_until = float("-inf")
        self._next_slowdown: float | None = None
        self.yielding = False
        """The picture travels the same way."""

    @property
    def window_bytes(self) -> int:
        """The window now."""
        return int(self._window)

    @property
    def in_flight_bytes(self) -> int:
        """What was sent and not acknowledged."""
        return self._in_flight

    @property
    def chunk_bytes(self) -> int:
        """How long a chunk may be: one long chunk alone is a queue on a slow line."""
        round_trip_s = min(self._recent, default=_UNKNOWN_ROUND_TRIP_S)
        of_line = self._window / max(round_trip_s, _LEAST_ROUND_TRIP_S) * CHUNK_S
        return int(min(CHUNK_BYTES, max(MIN_CHUNK_BYTES, of_line)))

    def room(self, now: float) -> int:
        """Return how many bytes the next chunk may have; 0 when none may be sent."""
        window = MIN_WINDOW_BYTES if now < self._slow_until else self._window
        chunk = MIN_CHUNK_BYTES if now < self._slow_until else self.chunk_bytes
        return chunk if self._in_flight + chunk <= window else 0

    @property
    def shortest_s(self) -> float | None:
        """The shortest round trip of a chunk; None while unknown."""
        return min((value for _, value in self._base), default=None)

    def sent(self, size_bytes: int, now: float) -> None:
        """A chunk left."""
        self._flight.append((now, size_bytes))
        self._in_flight += size_bytes

    def acknowledged(self, size_bytes: int, now: float) -> None:
        """The oldest `size_bytes` on their way have arrived."""
        was_full = self._in_flight + self.chunk_bytes > self._window
        left, newest_sent = size_bytes, None
        while self._flight and self._flight[0][1] <= left:
            newest_sent, size = self._flight.popleft()
            left -= size
        if left and self._flight:
            at, size = self._flight[0]
            self._flight[0] = (at, size - left)
        self._in_flight = max(0, self._in_flight - size_bytes)
        if newest_sent is not None:
            self._measure(now - newest_sent, now)
            self._plan_slowdown(now)
            if now >= self._slow_until:
                self._adjust(size_bytes, now, was_full=was_full)

    def forget_flight(self) -> None:
        """What was on its way belongs to a transfer that is over, or will be sent again."""
        self._flight.clear()
        self._in_flight = 0

    def _measure(self, round_trip_s: float, now: float) -> None:
        self._recent.append(round_trip_s)
        while self._base and self._base[-1][1] >= round_trip_s:
            self._base.pop()
        self._base.append((now, round_trip_s))
        while now - self._base[0][0] > BASE_FORGOTTEN_S:
            self._base.popleft()

    def _plan_slowdown(self, now: float) -> None:
        if self._slow_start:
            return
        if self._next_slowdown is None:
            self._next_slowdown = now + SLOWDOWN_EVERY_S
        elif now >= self._next_slowdown:
            self._slow_until = now + _SLOWDOWN_ROUNDS * self._recent[-1]
            self._next_slowdown = self._slow_until + SLOWDOWN_EVERY_S

    def _adjust(self, size_bytes: int, now: float, *, was_full: bool) -> None:
        shortest = self.shortest_s
        assert shortest is not None  # one was just measured
        target = YIELDING_QUEUE_S if self.yielding else TARGET_QUEUE_S
        queue = min(self._recent) - shortest
        if queue > _FAR_TOO_LONG * target:
            self._slow_start = False
            if now - self._shrunk_at >= min(self._recent):  # once a round trip, or it would fall through the floor
                self._shrunk_at = now
                self._window *= _SHRINK
        elif queue > target or not self._slow_start:
            self._slow_start = False
            off = (target - queue) / target
            if off < 0 or was_full:
                self._window += off * size_bytes * self.chunk_bytes / self._window
        elif was_full:
            self._window += _SLOW_START_GROWTH * size_bytes
        self._window = min(MAX_WINDOW_BYTES, max(MIN_WINDOW_BYTES, self._window))
