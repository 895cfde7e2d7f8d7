"""Holds what a log promised against what the parties signed: do these receipts fit these events? Pure.

A receipt is a tlog-proof file (`proof`). One that does not hold is a contradiction, never passed over: either the file
was changed, or the log says something else than the two parties do.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from protocol.audit.events import LANES, EventType, event_hash, parse_event
from protocol.audit.findings import Finding, Severity
from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.leaf import BatchLeaf
from protocol.audit.log.policy import Policy
from protocol.audit.log.proof import ProvenLeaf, verify_proof
from protocol.errors import PeerError

EventPlace = tuple[str, str, int]
"""Session, lane, seq."""

Heads = Mapping[EventPlace, str]
"""The hex hash of every event at hand."""


@dataclass(frozen=True)
class CheckedReceipt:
    """One receipt: what it proves (None when it does not hold) and what is wrong with it (None when nothing is)."""

    proven: ProvenLeaf | None
    finding: Finding | None


@dataclass(frozen=True)
class ReceiptCheck:
    """The answer about all receipts. `anchored`: how many events of each (session, lane) the log surely holds.

    `witnessed`: every receipt that holds has its quorum, and there is one. `known_by_s` is the latest time a
    witness, or else the log, gives for one of them (Unix seconds, 0 when none is told).
    """

    findings: tuple[Finding, ...]
    proven: tuple[ProvenLeaf, ...]
    anchored: Mapping[tuple[str, str], int]
    witnessed: bool
    known_by_s: int


def heads_of(events: Iterable[bytes]) -> dict[EventPlace, str]:
    """Return the hashes of these events.

    Raises:
        PeerError: one of them is no event (`event_invalid`).
    """
    heads: dict[EventPlace, str] = {}
    for data in events:
        event = parse_event(data)
        heads[event.sid, event.lane, event.seq] = event_hash(data)
    return heads


def seals_of(events: Iterable[bytes]) -> dict[tuple[str, str], int]:
    """Return the seq of the seal of each (session, lane) that has one.

    Raises:
        PeerError: one of them is no event (`event_invalid`).
    """
    parsed = (parse_event(data) for data in events)
    return {(event.sid, event.lane): event.seq for event in parsed if event.type is EventType.SESSION_SEAL}


def check_receipt(
    data: bytes, keys: LogKeys, policy: Policy, head: Callable[[EventPlace], str | None], sessions: frozenset[str]
) -> CheckedReceipt:
    """Return whether one receipt holds and fits the events; `head` gives the hash of an event at hand, else None."""
    try:
        proven = verify_proof(data, keys, policy)
    except PeerError as error:
        return CheckedReceipt(None, _contradiction("receipt_refused", f"A receipt of the log does not hold: {error}."))
    leaf = proven.leaf
    if leaf.sid and leaf.sid not in sessions:
        return CheckedReceipt(None, _contradiction("receipt_foreign", "A receipt belongs to another session."))
    if isinstance(leaf, BatchLeaf):
        held = head((leaf.sid, leaf.lane, leaf.end - 1))
        if held is not None and held != leaf.head:
            text = "The log holds another event here than the one that was signed for this place."
            return CheckedReceipt(None, _contradiction("receipt_differs", text, leaf.lane, leaf.end - 1))
    return CheckedReceipt(proven, None)


def check_receipts(
    heads: Heads,
    receipts: Iterable[bytes],
    keys: LogKeys,
    policy: Policy,
    *,
    sealed: Mapping[tuple[str, str], int] | None = None,
) -> ReceiptCheck:
    """Return what these receipts prove about these events, and everything that is wrong with them.

    `sealed` gives the seq of the seal of each (session, lane) that has one: its receipt is then expected too.
    """
    sessions = frozenset(sid for sid, _, _ in heads)
    checked = [check_receipt(data, keys, policy, heads.get, sessions) for data in receipts]
    proven = tuple(one.proven for one in checked if one.proven is not None)
    findings = [one.finding for one in checked if one.finding is not None]
    findings += _forks(proven)
    anchored = _anchored(heads, proven)
    findings += _missing(sessions, anchored, sealed or {}, heads)
    witnessed = bool(proven) and all(one.witnessed for one in proven)
    if proven and not witnessed:
        text = "The log itself vouches for this session, but not enough witnesses have cosigned."
        findings.append(Finding(Severity.NOTICE, "unwitnessed", text))
    times = [max([one.signed_s, *(each.unix_s for each in one.cosigned)]) for one in proven]
    return ReceiptCheck(tuple(findings), proven, anchored, witnessed, max(times, default=0))


def _forks(proven: Iterable[ProvenLeaf]) -> list[Finding]:
    """Return a finding for each size of the log that is known with two roots, or place with two leaves."""
    roots: dict[tuple[str, int], bytes] = {}
    leaves: dict[tuple[str, int], object] = {}
    found = []
    for one in proven:
        origin = one.checkpoint.origin
        same_root = roots.setdefault((origin, one.checkpoint.size), one.checkpoint.root) == one.checkpoint.root
        same_leaf = leaves.setdefault((origin, one.index), one.leaf) == one.leaf
        if not (same_root and same_leaf):
            text = "Two receipts contradict each other: the log has shown two histories."
            found.append(_contradiction("log_forked", text))
    return found


def _anchored(heads: Heads, proven: Iterable[ProvenLeaf]) -> dict[tuple[str, str], int]:
    anchored: dict[tuple[str, str], int] = {}
    for one in proven:
        leaf = one.leaf
        if isinstance(leaf, BatchLeaf) and (leaf.sid, leaf.lane, leaf.end - 1) in heads:
            anchored[leaf.sid, leaf.lane] = max(leaf.end, anchored.get((leaf.sid, leaf.lane), 0))
    return anchored


def _missing(
    sessions: Iterable[str],
    anchored: Mapping[tuple[str, str], int],
    sealed: Mapping[tuple[str, str], int],
    heads: Heads,
) -> list[Finding]:
    found = []
    for sid in sorted(sessions):
        for lane in LANES:
            if (sid, lane, 0) in heads and (sid, lane) not in anchored:
                text = "There is no receipt of the log for the opening."
                found.append(Finding(Severity.MISSING, "receipt_missing", text, lane=lane, seq=0))
            elif (sid, lane) in sealed and anchored[sid, lane] <= sealed[sid, lane]:
                text = "There is no receipt of the log for the seal."
                found.append(Finding(Severity.MISSING, "receipt_missing", text, lane=lane, seq=sealed[sid, lane]))
    return found


def _contradiction(code: str, text: str, lane: str | None = None, seq: int | None = None) -> Finding:
    return Finding(Severity.CONTRADICTION, code, text, lane=lane, seq=seq)
