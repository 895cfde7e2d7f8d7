"""Time as the relay uses it: whole milliseconds since 1970 in UTC, always passed in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], int]
"""Returns the time now in Unix milliseconds."""

SECOND_MS = 1000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS


def system_clock() -> int:
    """Return the time of this computer's clock in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def iso_utc(unix_ms: int) -> str:
    """Return `unix_ms` as ISO 8601 in UTC, like `2026-03-01T09:30:00.250Z`."""
    moment = datetime.fromtimestamp(unix_ms // SECOND_MS, UTC).replace(microsecond=unix_ms % SECOND_MS * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_year(unix_ms: int) -> int:
    """Return the calendar year in UTC at `unix_ms`."""
    return datetime.fromtimestamp(unix_ms // SECOND_MS, UTC).year
