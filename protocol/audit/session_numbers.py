"""The technicians' session counters: each certified device numbers its sessions, so that a missing one shows. Pure.

The number stands in the clear in `session.open` of lane T, not in its body: a session that was erased keeps it, one
that was made to disappear leaves a gap.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from protocol.audit.events import TECHNICIAN, Event, EventType


@dataclass(frozen=True)
class NumberedSession:
    """One session of one device. `device` is the hash of its signing key, as `actor` says it."""

    device: str
    number: int
    session: str


@dataclass(frozen=True)
class MissingSessions:
    """Sessions `first` to `last` of `device` are nowhere. `after` and `before` are the sessions around them."""

    device: str
    first: int
    last: int
    after: str
    before: str


@dataclass(frozen=True)
class RepeatedNumber:
    """Two sessions of one device bear one number: the counter was set back, or somebody else has the key."""

    device: str
    number: int
    sessions: tuple[str, ...]


@dataclass(frozen=True)
class CounterReport:
    """What the counters say. `uncounted` are sessions whose opening has no number."""

    missing: tuple[MissingSessions, ...]
    repeated: tuple[RepeatedNumber, ...]
    uncounted: tuple[str, ...]


def numbered(opening: Event) -> NumberedSession | None:
    """Return the number in a technician's opening; None for any other event, or when it has none."""
    if opening.type is not EventType.SESSION_OPEN or opening.lane != TECHNICIAN or not isinstance(opening.tseq, int):
        return None
    return NumberedSession(opening.actor, opening.tseq, opening.sid)


def check_counters(openings: Iterable[Event]) -> CounterReport:
    """Return every gap and every repetition in the counters of these technicians' openings, in any order.

    What comes before the first and after the last number at hand cannot be told: give the openings of a whole period,
    and compare its ends with the neighbouring ones. Number 1 is a device's first session.
    """
    found: dict[str, dict[int, set[str]]] = {}
    uncounted = []
    for opening in openings:
        one = numbered(opening)
        if one is None:
            uncounted.append(opening.sid)
        else:
            found.setdefault(one.device, {}).setdefault(one.number, set()).add(one.session)
    missing, repeated = [], []
    for device, numbers in sorted(found.items()):
        for before, after in pairwise(sorted(numbers)):
            if after > before + 1:
                around = (min(numbers[before]), min(numbers[after]))
                missing.append(MissingSessions(device, before + 1, after - 1, *around))
        repeated += [
            RepeatedNumber(device, number, tuple(sorted(sessions)))
            for number, sessions in sorted(numbers.items())
            if len(sessions) > 1
        ]
    return CounterReport(tuple(missing), tuple(repeated), tuple(sorted(uncounted)))
