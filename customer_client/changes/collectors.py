"""Takes a snapshot: every collector of this system, together within two seconds. Any thread but a window's.

What a collector cannot read or has not finished in time is named as incomplete, never taken for "nothing there".
"""

import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from customer_client.changes.snapshot import ChangeKind, Entries, Snapshot

LONGEST_S = 2.0
"""For all collectors together."""

Deadline = Callable[[], float]
"""Returns the seconds that are left, 0 or more."""

Collector = Callable[[Deadline], Entries]
"""Returns what there is now. Raises OSError, ValueError or TimeoutError when it cannot be read (in time)."""

_log = logging.getLogger(__name__)


def take_snapshot(
    collectors: Mapping[ChangeKind, Sequence[Collector]],
    *,
    clock: Callable[[], float] = time.monotonic,
    longest_s: float = LONGEST_S,
) -> Snapshot:
    """Return what `collectors` find; several of one kind add up. Blocks for `longest_s` seconds at most.

    A collector looks at what is left of the time before each longer step; only a step of its own can exceed it.
    """
    ends = clock() + longest_s
    entries: dict[ChangeKind, Mapping[str, str]] = {}
    incomplete: set[ChangeKind] = set()
    for kind, several in collectors.items():
        found: dict[str, str] = {}
        for collect in several:
            try:
                if clock() >= ends:
                    raise TimeoutError
                part = collect(lambda: max(0.0, ends - clock()))
            except (OSError, ValueError) as error:  # TimeoutError is an OSError
                _log.info("changes: %s not read (%s)", kind.value, type(error).__name__)
                incomplete.add(kind)
                continue
            found.update(part.found)
            if not part.complete:
                incomplete.add(kind)
        entries[kind] = found
    return Snapshot(entries, frozenset(incomplete))


def collectors_of_this_computer(system: str = sys.platform) -> Mapping[ChangeKind, Sequence[Collector]]:
    """Return the collectors for this system; none where there are none."""
    if system.startswith("linux"):
        from customer_client.changes.linux_collectors import linux_collectors

        return linux_collectors(Path("/"), Path.home())
    if system == "win32":
        from customer_client.changes.windows_collectors import windows_collectors

        return windows_collectors()
    if system == "darwin":
        from customer_client.changes.macos_collectors import macos_collectors

        return macos_collectors(Path.home())
    return {}
