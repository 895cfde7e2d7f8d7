"""How long a session takes to be back after its network was away: real programs in three network namespaces.

Timed from the moment the network is back to the moment both programs say that they are connected again. Half of the
outages are a cable pulled out and put back, relay and peer away together; half are a new address on one side.
"""

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.support.resumable_session import Session, relay_between, resumable_session
from tests.support.three_networks import three_networks

OUTAGES = 20
UNPLUGGED_S = (4.0, 6.0, 8.0, 12.0)
"""For how long the cable is out: from just noticed to well after the first attempts."""

SETTLES_S = 1.0

Outage = Callable[[Session], float]
Told = Callable[[int, float], None]


def measure_resume(outages: int = OUTAGES, told: Told = lambda _number, _seconds: None) -> dict[str, float]:
    """Return `p50` and `p95` of the time to be back (s) over `outages`; `told` hears of each one (1, 2, ...).

    Raises:
        NotAllowed: this machine does not let us make network namespaces.
        DemoFailed: a session did not come back within 40 s.
    """
    times: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        three_networks() as networks,
        relay_between(Path(folder), networks) as house,
        resumable_session(house, Path(folder)) as session,
    ):
        for number, outage in enumerate(itertools.islice(_outages(), outages), start=1):
            times.append(outage(session))
            told(number, times[-1])
            time.sleep(SETTLES_S)
        session.end()
    times.sort()
    p95 = times[max(0, -(-len(times) * 95 // 100) - 1)]
    return {"p50": round(times[len(times) // 2], 2), "p95": round(p95, 2)}


def _outages() -> Iterator[Outage]:
    for seconds in itertools.cycle(UNPLUGGED_S):
        for side in ("customer", "technician"):
            yield partial(_unplugged, side, seconds)
            yield partial(_moved, side)


def _unplugged(side: str, seconds: float, session: Session) -> float:
    session.networks.unplug(side)
    time.sleep(seconds)
    back = session.networks.plug_in(side)
    return session.back_at(back) - back


def _moved(side: str, session: Session) -> float:
    moved = session.networks.move(side)
    return session.moved_at(side, moved) - moved
