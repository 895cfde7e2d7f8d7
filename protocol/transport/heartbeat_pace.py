"""When a session's next heartbeat leaves. Pure; times are monotonic seconds.

What tells the other side that this one is there is any datagram (docs/protocol.md, section 4). So while media flows,
the picture, its reports or voice, a heartbeat only measures the round trip, and is sent seldom.
"""

from protocol.pairing.keys import Role

HEARTBEAT_S = 1.0
"""After the last heartbeat, and after the last datagram of media."""

SELDOM_S = 5.0
"""After the last heartbeat, however much media flows."""

IN_STEP_S = 0.25 * HEARTBEAT_S
"""The customer's side waits so much longer: it sends its heartbeat when the technician's comes."""


class HeartbeatPace:
    """One side's heartbeats. With `closely` they leave every second, whatever flows: somebody needs the round trip."""

    def __init__(self, role: Role) -> None:
        self._waits_s = IN_STEP_S if role is Role.CUSTOMER else 0.0
        self._answers = role is Role.CUSTOMER
        self._beaten_at = float("-inf")
        self.closely = False

    def due_at(self, media_at: float) -> float:
        """Return when the next one is due, media having left last at `media_at`."""
        silent_since = self._beaten_at if self.closely else max(self._beaten_at, media_at)
        return min(silent_since + HEARTBEAT_S, self._beaten_at + SELDOM_S) + self._waits_s

    def beaten(self, now: float) -> None:
        """A heartbeat leaves."""
        self._beaten_at = now

    def answers(self, now: float) -> bool:
        """Return whether one leaves now because the other side's has just come; only the customer's does.

        In step with the technician's, so that one packet carries this and SCTP's acknowledgement of that.
        """
        return self._answers and now - self._beaten_at > IN_STEP_S
