"""Decides whether remote input is applied. Pure: time is passed in; the customer's side is the only place that asks."""

from dataclasses import dataclass
from enum import Enum

LOCAL_PRIORITY_S = 2.0
"""After the customer touched mouse or keyboard, remote input is refused for this long."""


class Refusal(Enum):
    """Why remote input is refused now; the first that applies."""

    NOT_GRANTED = "not_granted"
    EXPIRED = "expired"
    LINK_LOST = "link_lost"
    PAUSED = "paused"
    ASKING = "asking"
    LOCAL_ACTIVITY = "local_activity"


@dataclass(frozen=True)
class ReleaseAll:
    """Release every key and button held for the technician, now."""

    because: Refusal


class InputGate:
    """Remote input passes only with a live grant, an alive link, no pause, no open question and no recent
    activity of the customer.

    Every method takes `now` (monotonic s) and returns what to do: at most one ReleaseAll, whenever the gate closed.
    Times must not decrease. Call `tick` when `next_change` is due, so that an expiry releases keys in time.
    """

    def __init__(self) -> None:
        self._granted = False
        self._expires_at: float | None = None
        self._paused = False
        self._asking = False
        self._link_alive = True
        self._local_until = float("-inf")
        self._was_open = False

    def refusal(self, now: float) -> Refusal | None:
        """Return why input is refused at `now`, or None while it is allowed."""
        if not self._granted:
            return Refusal.NOT_GRANTED
        if self._expires_at is not None and now >= self._expires_at:
            return Refusal.EXPIRED
        if not self._link_alive:
            return Refusal.LINK_LOST
        if self._paused:
            return Refusal.PAUSED
        if self._asking:
            return Refusal.ASKING
        if now < self._local_until:
            return Refusal.LOCAL_ACTIVITY
        return None

    def allows(self, now: float) -> bool:
        """Return whether input may be applied at `now`."""
        return self.refusal(now) is None

    def grant(self, now: float, expires_at: float | None = None) -> list[ReleaseAll]:
        """The customer granted control, until `expires_at` or until revoked."""
        self._granted, self._expires_at = True, expires_at
        return self.tick(now)

    def revoke(self, now: float) -> list[ReleaseAll]:
        """Control was taken back, given back or the session ended."""
        self._granted, self._expires_at = False, None
        return self.tick(now)

    def pause(self, now: float) -> list[ReleaseAll]:
        """The customer pressed Pause."""
        self._paused = True
        return self.tick(now)

    def resume(self, now: float) -> list[ReleaseAll]:
        """The customer pressed Continue."""
        self._paused = False
        return self.tick(now)

    def asking_changed(self, asking: bool, now: float) -> list[ReleaseAll]:
        """A question to the customer is on the screen, or gone: nobody but the customer may answer it."""
        self._asking = asking
        return self.tick(now)

    def link_changed(self, alive: bool, now: float) -> list[ReleaseAll]:
        """The technician was not heard for too long, or is heard again."""
        self._link_alive = alive
        return self.tick(now)

    def local_activity(self, now: float) -> list[ReleaseAll]:
        """The customer used mouse or keyboard."""
        self._local_until = max(self._local_until, now + LOCAL_PRIORITY_S)
        return self.tick(now)

    def tick(self, now: float) -> list[ReleaseAll]:
        """Look at the time."""
        refusal = self.refusal(now)
        closed, self._was_open = self._was_open and refusal is not None, refusal is None
        return [ReleaseAll(refusal)] if closed and refusal is not None else []

    def next_change(self, now: float) -> float | None:
        """Return when the answer changes by time alone (monotonic s), or None."""
        due = [at for at in (self._expires_at, self._local_until) if at is not None and at > now]
        return min(due, default=None) if self._granted else None
