"""How fast remote input may come. Pure: time is passed in."""

MAX_EVENTS_PER_S = 500
MAX_HELD = 64


class EventBudget:
    """A token bucket: `per_s` events a second, as many at once after a rest."""

    def __init__(self, per_s: int = MAX_EVENTS_PER_S) -> None:
        self._per_s = per_s
        self._tokens = float(per_s)
        self._filled_at: float | None = None

    def take(self, now: float, count: int = 1) -> bool:
        """Take `count` events at `now` (monotonic s) if the budget has them; otherwise take none."""
        if self._filled_at is not None:
            passed_s = max(0.0, now - self._filled_at)
            self._tokens = min(float(self._per_s), self._tokens + passed_s * self._per_s)
        self._filled_at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True
