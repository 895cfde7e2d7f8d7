import pytest

from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.policy import NO_WITNESSES
from protocol.audit.log.proof import parse_proof, verify_proof
from protocol.errors import PeerError
from tests.support.log_world import MemoryLog, policy_of, seed, three_witnesses

WITNESSES = three_witnesses()
POLICY = policy_of(WITNESSES, 2)


def a_log(*, post_quantum: bool) -> tuple[MemoryLog, int]:
    log = MemoryLog(post_quantum=post_quantum)
    log.fill(41)
    index = log.append_batch("T", 0, 5, seed("head").hex())
    log.fill(20)
    return log, index


def is_refused(data: bytes, log: MemoryLog) -> bool:
    try:
        verify_proof(data, log.keys, POLICY)
    except PeerError:
        return True
    return False


def test_a_proof_says_what_is_in_the_log_and_who_has_seen_it() -> None:
    log, index = a_log(post_quantum=True)
    proven = verify_proof(log.proof(index, WITNESSES[:2]), log.keys, POLICY)
    assert (proven.index, proven.checkpoint.size) == (index, 62)
    assert [each.witness for each in proven.cosigned] == ["alpha", "beta"]
    assert proven.witnessed
    assert proven.signed_s > 0


def test_too_few_witnesses_leave_a_proof_unwitnessed() -> None:
    log, index = a_log(post_quantum=False)
    assert not verify_proof(log.proof(index, WITNESSES[2:]), log.keys, POLICY).witnessed
    assert not verify_proof(log.proof(index), log.keys, NO_WITNESSES).witnessed


def test_every_single_bit_counts_in_a_proof_file() -> None:
    log, index = a_log(post_quantum=False)
    data = log.proof(index, WITNESSES)
    assert not is_refused(data, log)
    assert len(data) * 8 > 781
    accepted = [
        (at, bit)
        for at in range(len(data))
        for bit in range(8)
        if not is_refused(data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :], log)
    ]
    assert accepted == []


def test_every_byte_counts_in_a_proof_file_with_ml_dsa_signatures() -> None:
    log, index = a_log(post_quantum=True)
    data = log.proof(index, WITNESSES[:2])
    assert not is_refused(data, log)
    accepted = [
        at
        for at in range(len(data))
        if not is_refused(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :], log)
    ]
    assert accepted == []


def test_no_line_can_be_dropped_repeated_swapped_or_cut_short() -> None:
    log, index = a_log(post_quantum=True)
    lines = log.proof(index, WITNESSES).splitlines(keepends=True)
    changed = [b"".join(lines[:at] + lines[at + 1 :]) for at in range(len(lines) - 3)]
    changed += [b"".join(lines[: at + 1] + lines[at:]) for at in range(len(lines))]
    changed += [
        b"".join([*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]])
        for at in range(len(lines) - 1)
        if lines[at] != lines[at + 1]
    ]
    changed += [b"".join(lines)[:-cut] for cut in range(1, 60)]
    assert [one for one in changed if not is_refused(one, log)] == []


def test_a_cosignature_that_is_taken_away_only_makes_the_proof_weaker() -> None:
    log, index = a_log(post_quantum=False)
    lines = log.proof(index, WITNESSES).splitlines(keepends=True)
    assert verify_proof(b"".join(lines[:-1]), log.keys, POLICY).witnessed
    assert not verify_proof(b"".join(lines[:-2]), log.keys, POLICY).witnessed


def test_a_line_that_nobody_can_check_is_refused() -> None:
    log, index = a_log(post_quantum=False)
    with pytest.raises(PeerError, match="unknown or out of order"):
        verify_proof(log.proof(index, WITNESSES), log.keys, NO_WITNESSES)


def test_a_log_must_sign_with_all_its_keys() -> None:
    log, index = a_log(post_quantum=False)
    with pytest.raises(PeerError, match="all its keys"):
        verify_proof(log.proof(index, WITNESSES), MemoryLog().keys, POLICY)


def test_another_log_under_the_same_keys_is_another_log() -> None:
    log, index = a_log(post_quantum=False)
    other = LogKeys("other.example.com", log.keys.ed25519)
    with pytest.raises(PeerError) as refused:
        verify_proof(log.proof(index, WITNESSES), other, POLICY)
    assert refused.value.code == "note_signature"


def test_a_proof_file_is_read_as_it_was_written() -> None:
    log, index = a_log(post_quantum=True)
    parsed = parse_proof(log.proof(index, WITNESSES))
    assert (parsed.leaf, parsed.index) == (log.leaves[index], index)
    assert parsed.hashes == log.tree.inclusion(index, 62)
