"""What a collector of facts is. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from protocol.messages.diagnostics import FactStatus


@dataclass(frozen=True)
class Finding:
    """One thing a collector found, not yet redacted.

    `key` is appended to the collector's id (empty: the fact is the collector's only one); `label` empty means the
    collector's. A value that could not be seen has a status other than ok and a `note` that says why.
    """

    value: str = ""
    key: str = ""
    label: str = ""
    status: FactStatus = FactStatus.OK
    note: str = ""


class NotSeen(Exception):
    """A collector cannot see what it looks for; caught by `collect`, which turns it into a fact with this status."""

    def __init__(self, status: FactStatus, note: str) -> None:
        super().__init__(note)
        self.status = status
        self.note = note


def unsupported(note: str) -> NotSeen:
    """Return the exception for what this kind of system does not offer."""
    return NotSeen(FactStatus.UNSUPPORTED, note)


@dataclass(frozen=True)
class Collector:
    """A named and versioned way to find facts. `reads` tells the customer in plain words what is looked at.

    `find` runs on a thread of its own, changes nothing, and raises NotSeen, PermissionError or anything else.
    """

    id: str
    version: int
    group: str
    label: str
    reads: str
    find: Callable[[], Iterable[Finding]]
