"""Pointer moves, at most one per 8 ms, the newest wins. Pure: the time is an argument."""

PACE_MS = 8.0


class PointerPacing:
    """Decides which moves are sent. Positions are 0..65535 of the shared display, times monotonic milliseconds."""

    def __init__(self, pace_ms: float = PACE_MS) -> None:
        self._pace_ms = pace_ms
        self._last_sent_ms = float("-inf")
        self._waiting: tuple[int, int] | None = None

    def move(self, x: int, y: int, now_ms: float) -> tuple[int, int] | None:
        """Note a move; return it when it may be sent now, None when it waits for `due`."""
        self._waiting = (x, y)
        return self.due(now_ms)

    def due(self, now_ms: float) -> tuple[int, int] | None:
        """Return the newest waiting move when its time has come."""
        if self._waiting is None or now_ms - self._last_sent_ms < self._pace_ms:
            return None
        position, self._waiting = self._waiting, None
        self._last_sent_ms = now_ms
        return position

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how many milliseconds `due` has something, None when nothing waits."""
        if self._waiting is None:
            return None
        return max(0.0, self._last_sent_ms + self._pace_ms - now_ms)

    def drop(self) -> None:
        """Forget the waiting move: a button or wheel event carries a newer place."""
        self._waiting = None
