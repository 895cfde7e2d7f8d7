"""What silence on a session's line means. Pure; `now` is monotonic seconds.

2.5 s without a datagram: held keys are released, both people are told. 5 s, or a connection that closed, or other
addresses on this computer: a new connection is made. 120 s: the session ends.
"""

from dataclasses import dataclass
from enum import Enum

UNSTABLE_AFTER_S = 2.5
BROKEN_AFTER_S = 5.0
MOVED_AFTER_S = 1.2
"""Silence for so long is enough when this computer's addresses have changed."""

GRACE_S = 120.0
GONE_AFTER_S = 5.0
"""A program that left the relay and is not heard either may come back within this time without anybody being told."""


class Standing(Enum):
    """How the line is."""

    STEADY = "steady"
    UNSTABLE = "unstable"
    BROKEN = "broken"
    LOST = "lost"


@dataclass(frozen=True)
class Outage:
    """An outage that goes on: for how long, how long the session still waits, whether the other program seems gone."""

    for_s: float
    ends_in_s: float
    peer_gone: bool


@dataclass(frozen=True)
class Signs:
    """What can be seen: seconds of silence, whether the line may carry messages, whether our addresses changed."""

    silent_s: float
    usable: bool
    moved: bool = False


class OutageWatch:
    """Follows one session's line. An outage lasts from the last datagram until the line is steady again."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._peer_left_at: float | None = None

    def peer_presence(self, present: bool, now: float) -> None:
        """The relay says that the other program is connected to it, or is not."""
        if present:
            self._peer_left_at = None
        elif self._peer_left_at is None:
            self._peer_left_at = now

    def look(self, signs: Signs, now: float) -> Standing:
        """Return how the line is."""
        moved = signs.moved and signs.silent_s >= MOVED_AFTER_S
        if signs.usable and signs.silent_s < UNSTABLE_AFTER_S and not moved:
            self._since = None
            return Standing.STEADY
        if self._since is None:
            self._since = now - signs.silent_s
        if now - self._since >= GRACE_S:
            return Standing.LOST
        if not signs.usable or moved or signs.silent_s >= BROKEN_AFTER_S:
            return Standing.BROKEN
        return Standing.UNSTABLE

    def outage(self, now: float) -> Outage | None:
        """Return the outage that goes on at `now`; None when the line was steady at the last look."""
        if self._since is None:
            return None
        gone = self._peer_left_at is not None and now - max(self._peer_left_at, self._since) >= GONE_AFTER_S
        lasted = now - self._since
        return Outage(lasted, max(0.0, GRACE_S - lasted), gone)
