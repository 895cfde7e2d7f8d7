"""How often a customer's program shows a PIN: three failures, then a minute's pause. It outlives the handshakes."""

MAX_FAILURES = 3
PAUSE_S = 60.0


class PinAttempts:
    """Counts failed attempts over all handshakes of one start of the program. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self.pause_until = 0.0
        """No PIN may be shown before; 0 when there was no pause yet."""

    def failed(self, now: float) -> None:
        """Count one failed attempt; the third begins a pause of 60 s, after which counting starts again."""
        self._failures += 1
        if self._failures >= MAX_FAILURES:
            self._failures = 0
            self.pause_until = now + PAUSE_S

    def may_show(self, now: float) -> bool:
        """Return whether a new PIN may be shown at `now`."""
        return now >= self.pause_until

    def left(self, now: float) -> int:
        """Return how many failures remain before the next pause; 0 during one."""
        return MAX_FAILURES - self._failures if self.may_show(now) else 0
