import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType
from protocol.audit.findings import Severity
from protocol.audit.log.policy import NO_WITNESSES
from protocol.audit.log.receipts import check_receipts, heads_of, seals_of
from tests.support.log_world import NOON_S, SESSION, MemoryLog, policy_of, three_witnesses
from tests.support.relay_events import LaneWriter

WITNESSES = three_witnesses()
POLICY = policy_of(WITNESSES, 2)


def a_session() -> list[bytes]:
    """Return six events of lane C and three of lane T, both sealed."""
    events = []
    for lane, count in (("C", 5), ("T", 2)):
        writer = LaneWriter(SESSION, lane, Ed25519PrivateKey.from_private_bytes(lane.encode() * 32))
        writer.write_many(count)
        writer.write(EventType.SESSION_SEAL)
        events += [stored.event for stored in writer.written]
    return events


EVENTS = a_session()
HEADS = heads_of(EVENTS)
SEALS = seals_of(EVENTS)


def logged(log: MemoryLog, places: list[tuple[str, int, int]]) -> list[int]:
    return [log.append_batch(lane, first, end, HEADS[SESSION, lane, end - 1]) for lane, first, end in places]


WHOLE = [("C", 0, 2), ("T", 0, 1), ("C", 2, 6), ("T", 1, 3)]


def test_receipts_of_openings_and_seals_prove_the_whole_session() -> None:
    log = MemoryLog()
    log.fill(5)
    indices = logged(log, WHOLE)
    receipts = [log.proof(index, WITNESSES[:2]) for index in indices]
    check = check_receipts(HEADS, receipts, log.keys, POLICY, sealed=SEALS)
    assert check.findings == ()
    assert check.witnessed
    assert check.anchored == {(SESSION, "C"): 6, (SESSION, "T"): 3}
    assert check.known_by_s == NOON_S


def test_what_is_not_there_is_missing_and_named() -> None:
    log = MemoryLog()
    indices = logged(log, WHOLE)
    check = check_receipts(HEADS, [log.proof(indices[0], WITNESSES)], log.keys, POLICY, sealed=SEALS)
    assert [(found.code, found.lane, found.seq) for found in check.findings] == [
        ("receipt_missing", "C", 5),
        ("receipt_missing", "T", 0),
    ]
    assert {found.severity for found in check.findings} == {Severity.MISSING}


def test_a_log_without_its_witnesses_is_said_to_be_alone() -> None:
    log = MemoryLog()
    receipts = [log.proof(index, WITNESSES[:1]) for index in logged(log, WHOLE)]
    check = check_receipts(HEADS, receipts, log.keys, POLICY, sealed=SEALS)
    assert [found.code for found in check.findings] == ["unwitnessed"]
    assert not check.witnessed
    alone = [log.proof(index) for index in range(len(receipts))]
    assert not check_receipts(HEADS, alone, log.keys, NO_WITNESSES, sealed=SEALS).witnessed


@pytest.mark.parametrize("changed", [0, 100, -10])
def test_a_changed_receipt_is_a_contradiction(changed: int) -> None:
    log = MemoryLog()
    receipts = [log.proof(index, WITNESSES) for index in logged(log, WHOLE)]
    data = bytearray(receipts[0])
    data[changed] ^= 1
    check = check_receipts(HEADS, [bytes(data), *receipts[1:]], log.keys, POLICY, sealed=SEALS)
    assert check.findings[0].code == "receipt_refused"
    assert check.findings[0].severity is Severity.CONTRADICTION


def test_a_log_that_holds_another_event_is_caught_with_its_place() -> None:
    log = MemoryLog()
    logged(log, WHOLE)
    index = log.append_batch("C", 2, 6, "00" * 32)
    check = check_receipts(HEADS, [log.proof(index, WITNESSES)], log.keys, POLICY)
    assert [(found.code, found.lane, found.seq) for found in check.findings[:1]] == [("receipt_differs", "C", 5)]


def test_a_receipt_of_another_session_proves_nothing_here() -> None:
    log = MemoryLog()
    log.fill(1)
    check = check_receipts(HEADS, [log.proof(0, WITNESSES)], log.keys, POLICY)
    assert check.findings[0].code == "receipt_foreign"


def test_two_histories_of_one_size_are_a_fork() -> None:
    one, other = MemoryLog(), MemoryLog()
    receipts = [one.proof(logged(one, WHOLE)[0], WITNESSES)]
    logged(other, WHOLE[:3])
    other.fill(1)
    receipts.append(other.proof(1, WITNESSES))
    codes = [found.code for found in check_receipts(HEADS, receipts, one.keys, POLICY).findings]
    assert codes[0] == "log_forked"
