"""Which presses were made for the technician a moment ago, where the system does not tell whose a press is. Pure.

Xwayland hands a press on without saying who made it. So none counts as the customer's while anything is held for the
technician, and for two seconds around each press that was made for them: presses are noted before they are made.
"""

import threading
from collections import deque

QUIET_S = 2.0
"""A compositor that takes longer than this to hand a press on is stuck."""

_REMEMBERED_S = 60.0
_WRAPS_MS = 1 << 32

Pressed = tuple[str, int]


class InjectedPresses:
    """Told by what injects, on any thread, and asked by windows. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[Pressed] = set()
        self._times: deque[float] = deque()

    def down(self, what: Pressed, now: float) -> None:
        """Note, before it is made, that a key or button goes down."""
        with self._lock:
            self._held.add(what)
            self._note(now)

    def up(self, what: Pressed, now: float) -> None:
        """Note that it goes up: Tk's buttons act when they are let go."""
        with self._lock:
            self._held.discard(what)
            self._note(now)

    def nothing_held(self) -> None:
        """Note that nothing is held any more, because the system has let go of it."""
        with self._lock:
            self._held.clear()

    def by_hand(self, time_ms: int, now: float) -> bool:
        """Return whether a press of the X server's time `time_ms`, seen at `now`, is surely the customer's.

        The server counts the same clock in milliseconds and begins anew after 49 days; what does not fit is not.
        """
        late_ms = (int(now * 1000) - time_ms) % _WRAPS_MS
        made_at = now - late_ms / 1000
        if late_ms > _REMEMBERED_S * 1000 / 2:
            return False
        with self._lock:
            return not self._held and all(abs(each - made_at) > QUIET_S for each in self._times)

    def _note(self, now: float) -> None:
        self._times.append(now)
        while self._times[0] < now - _REMEMBERED_S:
            self._times.popleft()


INJECTED = InjectedPresses()
"""What this program injects: it has one desktop, and every window of it has to know all of them."""
