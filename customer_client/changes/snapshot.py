"""What a computer looked like at one moment, as far as support work changes it. Pure; any thread.

A snapshot never leaves this computer. Names are cut to 200 characters, and each kind holds 20,000 entries at most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

MOST_ENTRIES = 20_000
NAME_CHARS = 200


class ChangeKind(Enum):
    """What is looked at."""

    PROGRAMS = "programs"
    SERVICES = "services"
    STARTUP = "startup"
    SCHEDULED = "scheduled"
    HOSTS = "hosts"
    PROXY = "proxy"
    DNS = "dns"
    CERTIFICATES = "certificates"
    EXTENSIONS = "extensions"


@dataclass(frozen=True)
class Snapshot:
    """For each kind that could be looked at: what there is, by name, with what tells one state from another.

    `incomplete` names kinds that could not be read, took too long, or have more entries than are kept.
    """

    entries: Mapping[ChangeKind, Mapping[str, str]] = field(default_factory=dict)
    incomplete: frozenset[ChangeKind] = frozenset()


@dataclass(frozen=True)
class Entries:
    """What one collector found; `complete` is false when something was left out."""

    found: Mapping[str, str]
    complete: bool = True


def bounded(found: Iterable[tuple[str, str]], *, complete: bool = True) -> Entries:
    """Return `found` within the limits; of several entries with one name the last counts."""
    kept: dict[str, str] = {}
    for name, state in found:
        if len(kept) >= MOST_ENTRIES:
            return Entries(kept, complete=False)
        kept[name[:NAME_CHARS]] = state[:NAME_CHARS]
    return Entries(kept, complete)
