"""What we injected a moment ago, to tell it from the customer's own hands. Pure but for a lock; time is passed in."""

import threading
from collections import deque
from enum import Enum

REMEMBERED_S = 1.0
"""An injected event not seen again within a second is forgotten."""


class EventKind(Enum):
    """The kinds of input events, as both sides of the ledger name them."""

    KEY_DOWN = "key_down"
    KEY_UP = "key_up"
    BUTTON_DOWN = "button_down"
    BUTTON_UP = "button_up"
    MOVE = "move"


Detail = int | tuple[int, int]
"""A keycode, a button number, or the position (x, y) in pixels of the desktop."""


class InjectionLedger:
    """Remembers injected events until the system reports them. Called by the injecting and the watching thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[tuple[EventKind, Detail], deque[float]] = {}
        self._keys_down: set[Detail] = set()

    def injecting(self, kind: EventKind, detail: Detail, now: float) -> None:
        """Note an event just before it is injected, at `now` (monotonic s)."""
        with self._lock:
            self._expected.setdefault((kind, detail), deque()).append(now)
            if kind is EventKind.KEY_DOWN:
                self._keys_down.add(detail)
            elif kind is EventKind.KEY_UP:
                self._keys_down.discard(detail)
            self._forget_old(now)

    def is_ours(self, kind: EventKind, detail: Detail, now: float) -> bool:
        """Return whether a reported event is one of ours, and cross it off."""
        with self._lock:
            waiting = self._waiting(kind, detail, now)
            if waiting:
                waiting.popleft()
                return True
            return kind in (EventKind.KEY_DOWN, EventKind.KEY_UP) and self._may_repeat(detail, now)

    def _may_repeat(self, detail: Detail, now: float) -> bool:
        """A key we hold repeats by itself, until the system has reported that we let go."""
        return detail in self._keys_down or bool(self._waiting(EventKind.KEY_UP, detail, now))

    def _waiting(self, kind: EventKind, detail: Detail, now: float) -> deque[float]:
        waiting = self._expected.get((kind, detail), deque())
        while waiting and waiting[0] < now - REMEMBERED_S:
            waiting.popleft()
        return waiting

    def _forget_old(self, now: float) -> None:
        if len(self._expected) < 256:
            return
        oldest = now - REMEMBERED_S
        self._expected = {event: times for event, times in self._expected.items() if times and times[-1] >= oldest}
