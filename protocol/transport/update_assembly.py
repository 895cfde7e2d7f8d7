"""Whole updates in order out of fragments that come in any order, twice, or never. Pure; time is passed in.

An update is released when all before it were. One that starts an epoch is released as soon as it is whole: everything
older is of no use any more. Memory is bounded whatever the other side sends.
"""

from dataclasses import dataclass, field

from protocol.picture.updates import MAX_UPDATE_BYTES
from protocol.transport.picture_packets import Fragment, nearest

REACH_UPDATES = 1024
"""How far a fragment's update may be from those expected, unless it starts an epoch."""

MAX_HELD_BYTES = 2 * MAX_UPDATE_BYTES
MAX_HELD_FRAGMENTS = 16 * 1024

NEW_EPOCH_INTERVAL_S = 0.5
"""The shortest time between two requests for a new epoch."""

_SHORTEST_PATIENCE_S = 0.4
_LONGEST_PATIENCE_S = 1.5


def patience_s(round_trip_s: float) -> float:
    """Return how long a gap may last until it is hopeless: three round trips (0.4..1.5 s).

    A new epoch costs a whole picture, so repair gets several tries even where a round trip is short.
    """
    return min(_LONGEST_PATIENCE_S, max(_SHORTEST_PATIENCE_S, 3 * round_trip_s))


@dataclass(frozen=True, slots=True)
class WholeUpdate:
    """An update as it was sent; `number` counts updates, its low 16 bits are the sender's."""

    number: int
    starts_epoch: bool
    data: bytes


@dataclass(slots=True)
class _Partial:
    count: int
    starts_epoch: bool
    bodies: dict[int, bytes] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return len(self.bodies) == self.count

    def joined(self) -> bytes:
        return b"".join(self.bodies[index] for index in range(self.count))


class UpdateAssembler:
    """Collects fragments; the first update it releases starts an epoch."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._newest: int | None = None
        self._held: dict[int, _Partial] = {}
        self._held_bytes = 0
        self._held_fragments = 0
        self._progressed: float | None = None
        self._asked = float("-inf")

    @property
    def completed(self) -> int | None:
        """The number of the last update released; None before the first."""
        return None if self._next is None else self._next - 1

    def add(self, fragment: Fragment, now: float) -> list[WholeUpdate]:
        """Take a fragment at `now` (monotonic s); return the updates this releases, in order.

        What cannot belong to the stream is ignored.
        """
        number = self._placed(fragment)
        if number is None:
            return []
        partial = self._held.setdefault(number, _Partial(fragment.count, fragment.starts_epoch))
        if (partial.count, partial.starts_epoch) != (fragment.count, fragment.starts_epoch):
            return []
        if fragment.index in partial.bodies:
            return []
        partial.bodies[fragment.index] = fragment.body
        self._held_bytes += len(fragment.body)
        self._held_fragments += 1
        if self._progressed is None or partial.starts_epoch or number == self._next:
            self._progressed = now
        if self._held_bytes > MAX_HELD_BYTES or self._held_fragments > MAX_HELD_FRAGMENTS:
            self._start_over()
            return []
        return self._release(number, now) if partial.is_whole else []

    def new_epoch_due(self, now: float, round_trip_s: float) -> bool:
        """Say whether to ask for a new epoch now: a gap is hopeless, and the last request was 0.5 s ago."""
        if not self._held or self._progressed is None:
            return False
        if now - self._progressed < patience_s(round_trip_s) or now - self._asked < NEW_EPOCH_INTERVAL_S:
            return False
        self._asked = now
        return True

    def _placed(self, fragment: Fragment) -> int | None:
        """Return the number of the fragment's update, None when it is of no use."""
        newest = fragment.update if self._newest is None else self._newest
        number = nearest(fragment.update, newest)
        oldest = newest - REACH_UPDATES if self._next is None else self._next
        too_far = number > oldest + 2 * REACH_UPDATES and not fragment.starts_epoch
        if number < oldest or too_far:
            return None
        self._newest = max(newest, number)
        return number

    def _release(self, number: int, now: float) -> list[WholeUpdate]:
        if self._held[number].starts_epoch:
            self._next = number
            for older in [held for held in self._held if held < number]:
                self._take(older)
        released = []
        while self._next is not None and self._next in self._held and self._held[self._next].is_whole:
            partial = self._take(self._next)
            released.append(WholeUpdate(self._next, partial.starts_epoch, partial.joined()))
            self._next += 1
        if released:
            self._progressed = now if self._held else None
        return released

    def _take(self, number: int) -> _Partial:
        partial = self._held.pop(number)
        self._held_bytes -= sum(map(len, partial.bodies.values()))
        self._held_fragments -= len(partial.bodies)
        return partial

    def _start_over(self) -> None:
        """More is held back than an honest sender can have on its way: only a new epoch helps."""
        self._held.clear()
        self._held_bytes = self._held_fragments = 0
