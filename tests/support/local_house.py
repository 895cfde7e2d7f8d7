"""Sessions of two real programs on this computer, for what the network between them is no part of.

house = LocalHouse(ALONE, folder, relay, [relay.open_session()])
with resumable_session(house, folder) as session:
    data = saved_record(session, folder / "session.dsaudit")
"""

import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.resumable_session import House, Session
from tests.support.three_networks import Networks

SAVED_WITHIN_S = 20.0


class _Here:
    """This computer, in place of one in a network of its own."""

    def module(self, name: str, *arguments: str) -> list[str]:
        """Return what starts a module here."""
        return [name, *arguments]


ALONE = Networks(_Here(), _Here(), _Here())  # type: ignore[arg-type]


@dataclass
class LocalHouse(House):
    """A relay that runs already, where both sides reach it."""

    @property
    def url(self) -> str:
        """The relay as both sides reach it."""
        return self.prepared.url


def saved_record(session: Session, path: Path) -> bytes:
    """Let the technician save the record to `path` (an export when it ends so); return what is there then."""
    session.technician.program.tell("record", path=str(path))
    deadline = time.monotonic() + SAVED_WITHIN_S
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return path.read_bytes()
