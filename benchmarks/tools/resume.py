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


def measure_resume(outages: int = OUTAGES) -> dict[str, float]:
    """Return `p50` and `p95` of the time to be back (s) over `outages`.

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
        for outage in itertools.islice(_outages(), outages):
            times.append(outage(session))
            time.sleep(SETTLES_S)
        session.end()
    times.sort()
    return {"p50": times[len(times) // 2], "p95": times[max(0, -(-len(times) * 95 // 100) - 1)]}


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
