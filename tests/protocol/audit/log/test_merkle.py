import pytest

from protocol.audit.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    frontier_nodes,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from protocol.errors import LocalError, PeerError
from tests.support.log_world import MemoryTree

LARGEST = 200
LEAVES = [b"leaf %d" % number for number in range(LARGEST)]
TREE = MemoryTree(LEAVES)
ROOTS = [TREE.root(size) for size in range(LARGEST + 1)]


def flipped(hash: bytes) -> bytes:
    return bytes([hash[0] ^ 1]) + hash[1:]


def test_every_leaf_of_every_tree_up_to_200_is_proven() -> None:
    for size in range(1, LARGEST + 1):
        for index in range(size):
            verify_inclusion(leaf_hash(LEAVES[index]), index, size, TREE.inclusion(index, size), ROOTS[size])


def test_every_tree_up_to_200_is_proven_to_begin_with_every_smaller_one() -> None:
    for new in range(LARGEST + 1):
        for old in range(new + 1):
            verify_consistency(old, new, ROOTS[old], ROOTS[new], TREE.consistency(old, new))


def test_no_changed_inclusion_proof_is_accepted() -> None:
    accepted = 0
    for size in range(1, 65):
        for index in range(size):
            proof, hash = TREE.inclusion(index, size), leaf_hash(LEAVES[index])
            changed = [(*proof[:at], flipped(proof[at]), *proof[at + 1 :]) for at in range(len(proof))]
            changed += [proof[1:], (*proof, hash)] if proof else [(hash,)]
            attempts = [(hash, index, size, one, ROOTS[size]) for one in changed]
            attempts.append((flipped(hash), index, size, proof, ROOTS[size]))
            attempts.append((hash, index, size, proof, flipped(ROOTS[size])))
            attempts += [(hash, other, size, proof, ROOTS[size]) for other in (index - 1, index + 1, size)]
            accepted += sum(is_accepted(verify_inclusion, *attempt) for attempt in attempts)
    assert accepted == 0


def test_no_changed_consistency_proof_is_accepted() -> None:
    accepted = 0
    for new in range(1, 65):
        for old in range(1, new):
            proof = TREE.consistency(old, new)
            changed = [(*proof[:at], flipped(proof[at]), *proof[at + 1 :]) for at in range(len(proof))]
            changed += [proof[1:], (*proof, ROOTS[old])]
            attempts = [(old, new, ROOTS[old], ROOTS[new], one) for one in changed]
            attempts.append((old, new, flipped(ROOTS[old]), ROOTS[new], proof))
            attempts.append((old, new, ROOTS[old], flipped(ROOTS[new]), proof))
            accepted += sum(is_accepted(verify_consistency, *attempt) for attempt in attempts)
    assert accepted == 0


def is_accepted(verify: object, *arguments: object) -> bool:
    try:
        verify(*arguments)  # type: ignore[operator]
    except PeerError:
        return False
    return True


def test_a_frontier_restored_from_its_nodes_grows_like_the_one_that_was_there() -> None:
    for size in (0, 1, 2, 3, 63, 64, 65, 127, 199):
        restored = Frontier(size, tuple(TREE.node(*place) for place in frontier_nodes(size)))
        assert restored.root == ROOTS[size]
        grown, completed = restored.append(leaf_hash(LEAVES[size]))
        assert grown.root == ROOTS[size + 1]
        assert all(TREE.node(node.level, node.index) == node.hash for node in completed)


def test_a_frontier_holds_few_hashes() -> None:
    frontier = Frontier()
    for leaf in LEAVES:
        frontier, completed = frontier.append(leaf_hash(leaf))
        assert len(frontier.peaks) == frontier.size.bit_count()
        assert len(completed) <= frontier.size.bit_length()


def test_one_size_has_one_root_and_an_empty_tree_the_empty_root() -> None:
    with pytest.raises(PeerError, match="two roots"):
        verify_consistency(5, 5, ROOTS[5], ROOTS[6], ())
    with pytest.raises(PeerError):
        verify_consistency(0, 5, ROOTS[1], ROOTS[5], ())
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, ())


def test_a_proof_about_what_cannot_be_is_our_own_mistake() -> None:
    with pytest.raises(LocalError):
        TREE.inclusion(5, 5)
    with pytest.raises(LocalError):
        TREE.consistency(6, 5)
