"""How long to wait before the next picture, so that the link is not flooded. Thread-safe; time is passed in."""

import threading

BURST_S = 0.15
"""A picture may leave while what was sent before needs at most this long to drain."""


class Pace:
    """Counts what is still on its way at the target bitrate: few sharp pictures instead of many blurred ones.

    After a large picture on a slow link the next one waits; what is then encoded is the newest state of the screen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drained_at = 0.0

    def sent(self, size_bytes: int, target_bps: int, now: float) -> None:
        """Note that `size_bytes` left at `now` (monotonic s) on a link of `target_bps`."""
        with self._lock:
            self._drained_at = max(self._drained_at, now) + size_bytes * 8 / target_bps

    def wait_s(self, now: float) -> float:
        """Return for how many seconds no picture should be encoded; 0 when one may be now."""
        with self._lock:
            return max(0.0, self._drained_at - BURST_S - now)
