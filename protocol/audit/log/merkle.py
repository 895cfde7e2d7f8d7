"""The Merkle tree of RFC 6962, section 2 (RFC 9162, section 2.1): roots, proofs and what an append needs. Pure.

Proofs are built from the hashes of complete subtrees, whoever keeps them; nothing here holds a whole tree.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from protocol.errors import LocalError, PeerError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**53
"""No tree has more leaves: every JSON reader keeps such a number exact."""

NodeHash = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree (level, index): the `2**level` leaves from leaf `index * 2**level` on."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two others, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class CompletedNode:
    """A complete subtree that an append finished: `2**level` leaves, the `index`th of its level."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True)
class Frontier:
    """All an append has to know of a tree: its size and the hashes of its complete subtrees, the largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, hash: bytes) -> tuple["Frontier", tuple[CompletedNode, ...]]:
        """Return the tree with one more leaf (its hash), and the nodes that are complete now, the leaf first."""
        peaks, level, index = list(self.peaks), 0, self.size
        completed = [CompletedNode(0, index, hash)]
        while index & 1:
            level, index = level + 1, index >> 1
            hash = node_hash(peaks.pop(), hash)
            completed.append(CompletedNode(level, index, hash))
        return Frontier(self.size + 1, (*peaks, hash)), tuple(completed)

    @property
    def root(self) -> bytes:
        """The root hash of the tree."""
        return _join(self.peaks) if self.peaks else EMPTY_ROOT


def frontier_nodes(size: int) -> tuple[tuple[int, int], ...]:
    """Return (level, index) of the complete subtrees a tree of `size` leaves consists of, the largest first."""
    return _cover(0, size)


def root_of(size: int, node: NodeHash) -> bytes:
    """Return the root hash of the first `size` leaves."""
    return _join([node(level, index) for level, index in _cover(0, size)]) if size else EMPTY_ROOT


def inclusion_nodes(index: int, size: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each hash of an inclusion proof, the complete subtrees it is joined from (RFC 6962, 2.1.1).

    Raises:
        LocalError: there is no leaf `index` in a tree of that size.
    """
    if not 0 <= index < size:
        raise LocalError(f"no leaf {index} in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_nodes(old: int, new: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return, for each hash of a consistency proof, the complete subtrees it is joined from (RFC 6962, 2.1.2).

    Raises:
        LocalError: `old` is not a size between 0 and `new`.
    """
    if not 0 <= old <= new:
        raise LocalError(f"no consistency proof from {old} to {new}")
    if old in (0, new):
        return ()
    start, end, path = 0, new, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_cover(middle, end))
            end = middle
        else:
            path.append(_cover(start, middle))
            start = middle
    if start:
        path.append(_cover(start, end))
    return tuple(reversed(path))


def inclusion_proof(index: int, size: int, node: NodeHash) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is in the tree of the first `size` leaves.

    Raises:
        LocalError: there is no such leaf.
    """
    return tuple(_join([node(*each) for each in cover]) for cover in inclusion_nodes(index, size))


def consistency_proof(old: int, new: int, node: NodeHash) -> tuple[bytes, ...]:
    """Return the proof that the first `new` leaves begin with the first `old` ones.

    Raises:
        LocalError: `old` is not a size between 0 and `new`.
    """
    return tuple(_join([node(*each) for each in cover]) for cover in consistency_nodes(old, new))


def verify_inclusion(hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf with this hash is leaf `index` of the tree (RFC 9162, 2.1.3.2).

    Raises:
        PeerError: it is not, or the proof has another length than it must have (`proof_invalid`).
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise _invalid(f"no leaf {index} in a tree of {size}")
    expected = len(inclusion_nodes(index, size))
    if len(proof) != expected:
        raise _invalid(f"{len(proof)} hashes, expected {expected}")
    number, last, found = index, size - 1, hash
    for sibling in proof:
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    if last or found != root:
        raise _invalid(f"leads to the root {found.hex()}, expected {root.hex()}")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162, 2.1.4.2).

    Raises:
        PeerError: it does not, or the proof has another length than it must have (`proof_invalid`).
    """
    if not 0 <= old <= new <= MAX_SIZE:
        raise _invalid(f"{old} leaves cannot become {new}")
    expected = len(consistency_nodes(old, new))
    if len(proof) != expected:
        raise _invalid(f"{len(proof)} hashes, expected {expected}")
    if old == 0:
        if old_root != EMPTY_ROOT:
            raise _invalid("an empty tree has another root")
        return
    if old == new:
        if old_root != new_root:
            raise _invalid("two roots for one size")
        return
    _follow(old, new, old_root, new_root, proof)


def _follow(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if number & 1 or number == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        number, last = number >> 1, last >> 1
    if last or found_old != old_root or found_new != new_root:
        raise _invalid("the newer tree does not begin with the older one")


def _split(size: int) -> int:
    """Return the largest power of two below `size` (2 or more)."""
    return 1 << ((size - 1).bit_length() - 1)


def _cover(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the complete subtrees that make up leaves `start` to `end`; `start` is a multiple of the largest."""
    found, at = [], start
    while at < end:
        level = (end - at).bit_length() - 1
        found.append((level, at >> level))
        at += 1 << level
    return tuple(found)


def _join(hashes: Sequence[bytes]) -> bytes:
    joined = hashes[-1]
    for hash in reversed(hashes[:-1]):
        joined = node_hash(hash, joined)
    return joined


def _invalid(detail: str) -> PeerError:
    return PeerError(f"log proof: {detail}", code="proof_invalid")
