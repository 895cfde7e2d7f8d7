"""What two snapshots differ in: in words for the customer, in numbers for the record. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from customer_client.changes.snapshot import ChangeKind, Snapshot
from customer_client.languages import _, marked, some_of

_WORDS = {
    ChangeKind.PROGRAMS: marked("programs"),
    ChangeKind.SERVICES: marked("background services"),
    ChangeKind.STARTUP: marked("programs that start by themselves"),
    ChangeKind.SCHEDULED: marked("scheduled tasks"),
    ChangeKind.HOSTS: marked("lines of the hosts file"),
    ChangeKind.PROXY: marked("proxy settings"),
    ChangeKind.DNS: marked("settings of the name servers"),
    ChangeKind.CERTIFICATES: marked("trusted certificates"),
    ChangeKind.EXTENSIONS: marked("browser extensions"),
}
_NEW = marked("New {kind}: {names}.")
_GONE = marked("Gone {kind}: {names}.")
_CHANGED = marked("Changed {kind}: {names}.")
_MOST_NAMED = 4
"""Names said on the page for each kind of change; the receipt has all of them."""


@dataclass(frozen=True)
class KindDifference:
    """What came, went and became another, by name."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True)
class Difference:
    """The kinds in which anything differs. `incomplete` could not be compared, or not wholly."""

    kinds: Mapping[ChangeKind, KindDifference]
    incomplete: frozenset[ChangeKind] = frozenset()

    def body(self) -> dict[str, object]:
        """Return what the record says: counts for each kind and a hash of the details, which stay with the customer."""
        counts = {
            kind.value: {"added": len(found.added), "removed": len(found.removed), "changed": len(found.changed)}
            for kind, found in self._in_order()
        }
        return {
            "counts": counts,
            "incomplete": sorted(kind.value for kind in self.incomplete),
            "sha256": hashlib.sha256(self.details()).hexdigest(),
        }

    def details(self) -> bytes:
        """Return everything that differs as JSON: UTF-8, keys sorted, without blanks, the bytes the hash is of."""
        told = {
            kind.value: {"added": found.added, "removed": found.removed, "changed": found.changed}
            for kind, found in self._in_order()
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def lines(self) -> tuple[str, ...]:
        """Return the lines of the end page."""
        said = [line for kind, found in self._in_order() for line in _lines(kind, found)]
        if not said:
            nothing = _("Nothing changed in programs, services, start-up entries, network settings or certificates.")
            said = [nothing]
        if self.incomplete:
            unknown = ", ".join(_(_WORDS[kind]) for kind in ChangeKind if kind in self.incomplete)
            said.append(_("Not everything could be compared: {kinds}.").format(kinds=unknown))
        return tuple(said)

    def report(self) -> str:
        """Return all names as text for the customer's receipt."""
        parts = []
        for kind, found in self._in_order():
            for words, names in _told(found):
                parts += [_(words).format(kind=_(_WORDS[kind]), names=_printable(name)) for name in names]
        return "\n".join([*parts, *(self.lines() if not parts else ())]) + "\n"

    def _in_order(self) -> list[tuple[ChangeKind, KindDifference]]:
        return [(kind, self.kinds[kind]) for kind in ChangeKind if self.kinds.get(kind)]


def compare(before: Snapshot, after: Snapshot) -> Difference:
    """Return what is different in `after`; a kind that one of them lacks is not compared."""
    both = before.entries.keys() & after.entries.keys()
    found = {kind: _compare(before.entries[kind], after.entries[kind]) for kind in both}
    lacking = (before.entries.keys() | after.entries.keys()) - both
    return Difference(
        {kind: difference for kind, difference in found.items() if difference},
        before.incomplete | after.incomplete | lacking,
    )


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> KindDifference:
    return KindDifference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )


def _told(found: KindDifference) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (_NEW, found.added), (_GONE, found.removed), (_CHANGED, found.changed)


def _lines(kind: ChangeKind, found: KindDifference) -> list[str]:
    said = []
    for words, names in _told(found):
        if names:
            named = some_of([_printable(name) for name in names], _MOST_NAMED)
            said.append(_(words).format(kind=_(_WORDS[kind]), names=named))
    return said


def _printable(name: str) -> str:
    return "".join(symbol if symbol.isprintable() else "?" for symbol in name)
