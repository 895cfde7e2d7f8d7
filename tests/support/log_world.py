"""A log and witnesses in memory, with keys that are the same in every run."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from protocol.audit.log.checkpoint import Checkpoint, LogKeys
from protocol.audit.log.cosignature import cosign, sign_checkpoint
from protocol.audit.log.leaf import batch_leaf, encode_leaf
from protocol.audit.log.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, root_of
from protocol.audit.log.note import KeyKind, NoteSignature, VerifierKey
from protocol.audit.log.policy import Group, Policy, Witness
from protocol.audit.log.proof import print_proof

SESSION = "0123456789abcdef0123456789abcdef"
NOON_S = 1_800_000_000
LOG_NAME = "support.example.com"
YEAR = 2027


def seed(text: str) -> bytes:
    """Return 32 bytes that are always the same for `text`."""
    return hashlib.sha256(text.encode()).digest()


class MemoryTree:
    """Every complete node of a growing tree."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.frontier = Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        self.frontier, completed = self.frontier.append(leaf_hash(leaf))
        self._nodes |= {(node.level, node.index): node.hash for node in completed}

    def node(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]

    def root(self, size: int) -> bytes:
        return root_of(size, self.node)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        return inclusion_proof(index, size, self.node)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        return consistency_proof(old, new, self.node)


@dataclass
class MemoryWitness:
    """Somebody who cosigns whatever is put before it."""

    name: str
    ed25519: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.ed25519 = Ed25519PrivateKey.from_private_bytes(seed(self.name))

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, KeyKind.ED25519_COSIGNATURE, self.ed25519.public_key().public_bytes_raw())

    def cosign(self, checkpoint: Checkpoint, unix_s: int = NOON_S) -> NoteSignature:
        return cosign(self.ed25519, self.name, checkpoint, unix_s)


@dataclass
class MemoryLog:
    """A log with all its leaves. `post_quantum` False leaves the ML-DSA-44 key out."""

    post_quantum: bool = True
    name: str = LOG_NAME
    leaves: list[bytes] = field(default_factory=list)
    tree: MemoryTree = field(default_factory=MemoryTree)
    ed25519: Ed25519PrivateKey = field(default_factory=lambda: Ed25519PrivateKey.from_private_bytes(seed("log")))
    ml_dsa_44: MLDSA44PrivateKey = field(default_factory=lambda: MLDSA44PrivateKey.from_seed_bytes(seed("log pq")))

    @property
    def keys(self) -> LogKeys:
        ml_dsa_44 = self.ml_dsa_44.public_key().public_bytes_raw() if self.post_quantum else b""
        return LogKeys(self.name, self.ed25519.public_key().public_bytes_raw(), ml_dsa_44)

    @property
    def origin(self) -> str:
        return self.keys.origin(YEAR)

    def append(self, leaf: bytes) -> int:
        self.leaves.append(leaf)
        self.tree.append(leaf)
        return len(self.leaves) - 1

    def append_batch(self, lane: str, first: int, end: int, head: str, session: str = SESSION) -> int:
        return self.append(encode_leaf(batch_leaf(session, lane, first, end, head)))

    def fill(self, count: int) -> None:
        """Append batches of other sessions."""
        for number in range(count):
            self.append_batch("C", 0, 1, seed(str(number)).hex(), session=seed(f"session {number}").hex()[:32])

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        size = len(self.leaves) if size is None else size
        return Checkpoint(self.origin, size, self.tree.root(size))

    def sign(self, checkpoint: Checkpoint) -> tuple[NoteSignature, ...]:
        lines = [sign_checkpoint(self.ed25519, checkpoint)]
        if self.post_quantum:
            lines.append(cosign(self.ml_dsa_44, checkpoint.origin, checkpoint, NOON_S))
        return tuple(lines)

    def proof(self, index: int, witnesses: Sequence[MemoryWitness] = (), size: int | None = None) -> bytes:
        checkpoint = self.checkpoint(size)
        lines = (*self.sign(checkpoint), *(witness.cosign(checkpoint) for witness in witnesses))
        hashes = self.tree.inclusion(index, checkpoint.size)
        return print_proof(self.leaves[index], index, hashes, checkpoint.text, lines)


def three_witnesses() -> tuple[MemoryWitness, ...]:
    return tuple(MemoryWitness(f"{name}.example") for name in ("alpha", "beta", "gamma"))


def policy_of(witnesses: Sequence[MemoryWitness], quorum: int) -> Policy:
    """Return the policy that wants `quorum` of these witnesses."""
    named = tuple(Witness(one.name.split(".")[0], one.verifier) for one in witnesses)
    return Policy(named, {"enough": Group(quorum, tuple(one.name for one in named))}, "enough")
