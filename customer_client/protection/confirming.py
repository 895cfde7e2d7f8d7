"""When the customer is asked whether to go on: sharing that was forgotten ends by itself. Pure; time is passed in.

Asked after half an hour, after five minutes in which neither side did anything, and before the time for which seeing
was allowed is over.
"""

from dataclasses import dataclass
from enum import Enum

SEE_ONLY_S = 15 * 60
"""How long a yes lasts, unless the customer chooses another time."""

CONFIRM_EVERY_S = 30 * 60.0
IDLE_S = 5 * 60.0
ANSWER_S = 60.0
"""How long the question stands; no answer is no."""

NEVER = float("inf")


class Why(Enum):
    """Why the question is asked."""

    LONG = "long"
    IDLE = "idle"
    ENDING = "ending"
    """The time that seeing was allowed for is nearly over."""


@dataclass(frozen=True)
class Asked:
    """The question on the bar; no answer by `deadline` (monotonic seconds) is no."""

    why: Why
    deadline: float


class Verdict(Enum):
    """What `tick` decides."""

    NOTHING = "nothing"
    ASK = "ask"
    PAUSE = "pause"
    """Nobody answered: sharing pauses."""


class Confirmation:
    """Counts while sharing goes on. Every method takes `now`, monotonic seconds that never decrease.

    `see_until` is when seeing ends by itself (infinite: it does not); its end needs no verdict, the grant itself ends.
    """

    def __init__(self, now: float) -> None:
        self._confirmed_at = now
        self._active_at = now
        self._asked: Asked | None = None

    @property
    def asked(self) -> Asked | None:
        """The question that stands now."""
        return self._asked

    def active(self, now: float) -> None:
        """Somebody, on either side, did something."""
        self._active_at = now

    def confirmed(self, now: float) -> Asked | None:
        """The customer said yes; return the question it answers, None when there was none (any more)."""
        asked = self._asked
        if asked is None or now >= asked.deadline:
            return None
        self._begin_anew(now)
        return asked

    def tick(self, now: float, see_until: float = NEVER, *, sharing: bool = True) -> Verdict:
        """Look at the time; call it at least once a second. While nothing is `sharing`, nothing is counted or asked."""
        if not sharing:
            self._begin_anew(now)
            return Verdict.NOTHING
        if self._asked is not None:
            if now < self._asked.deadline:
                return Verdict.NOTHING
            self._begin_anew(now)
            return Verdict.PAUSE
        self._asked = self._due(now, see_until)
        return Verdict.NOTHING if self._asked is None else Verdict.ASK

    def _begin_anew(self, now: float) -> None:
        self._asked = None
        self._confirmed_at = self._active_at = now

    def _due(self, now: float, see_until: float) -> Asked | None:
        if see_until - ANSWER_S <= now < see_until:
            return Asked(Why.ENDING, see_until)
        if now - self._confirmed_at >= CONFIRM_EVERY_S:
            return Asked(Why.LONG, now + ANSWER_S)
        if now - self._active_at >= IDLE_S:
            return Asked(Why.IDLE, now + ANSWER_S)
        return None
