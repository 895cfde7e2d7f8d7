"""An organisation's log with two witnesses, all in memory and with fixed keys: what proofs in an export come from."""

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from protocol.audit.events import event_hash, parse_event
from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.checkpoint import Checkpoint, LogKeys
from protocol.audit.log.cosignature import cosign, sign_checkpoint
from protocol.audit.log.leaf import Leaf, batch_leaf, encode_leaf
from protocol.audit.log.merkle import Frontier, inclusion_proof, leaf_hash, root_of
from protocol.audit.log.note import KeyKind, NoteSignature, VerifierKey, print_note
from protocol.audit.log.policy import Group, Policy, Witness, print_policy
from protocol.audit.log.proof import print_proof
from protocol.audit.record_file import FiledEvent
from tests.support.recorded_session import BEGAN_MS, ROOT_KEY, private_key, public_bytes

LOG_KEY = private_key(11)
LOG_MLDSA_KEY = MLDSA44PrivateKey.from_seed_bytes(bytes([12]) * 32)
WITNESS_KEYS = {"alpha": private_key(13), "beta": private_key(14), "gamma": private_key(15)}
LOG_NAME = "support.example.com"
COSIGNED_S = BEGAN_MS // 1000 + 60

WITNESSES = tuple(
    Witness(name, VerifierKey(f"{name}.example.org", KeyKind.ED25519_COSIGNATURE, public_bytes(key)))
    for name, key in WITNESS_KEYS.items()
)
TWO_OF_THREE = Policy(WITNESSES, {"two-of-three": Group(2, tuple(WITNESS_KEYS))}, "two-of-three")


class OrganisationLog:
    """One tree; `prove` signs its head with whoever is asked."""

    def __init__(self, policy: Policy = TWO_OF_THREE, *, post_quantum: bool = True) -> None:
        ml_dsa_44 = LOG_MLDSA_KEY.public_key().public_bytes_raw() if post_quantum else b""
        self.keys = LogKeys(LOG_NAME, public_bytes(LOG_KEY), ml_dsa_44)
        self.policy = policy
        self._leaves: list[bytes] = []
        self._frontier = Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}

    @property
    def certificate(self) -> bytes:
        """The root's certificate of this log."""
        return issue_log_certificate(
            ROOT_KEY,
            self.keys,
            serial="log-1",
            organisation="Example Ltd",
            policy=print_policy(self.policy),
            require_receipt=False,
            not_before=BEGAN_MS // 1000 - 60,
            not_after=BEGAN_MS // 1000 + 3600,
        )

    def add(self, leaf: Leaf) -> int:
        """Append a leaf and return its index."""
        data = encode_leaf(leaf)
        self._leaves.append(data)
        self._frontier, completed = self._frontier.append(leaf_hash(data))
        self._nodes |= {(node.level, node.index): node.hash for node in completed}
        return len(self._leaves) - 1

    def checkpoint(self, witnesses: tuple[str, ...] = ("alpha", "beta")) -> bytes:
        """The newest checkpoint with the log's and these witnesses' signatures."""
        point = self._point()
        return print_note(point.text, self._signatures(point, witnesses))

    def prove(self, index: int, witnesses: tuple[str, ...] = ("alpha", "beta")) -> bytes:
        """A tlog-proof file of a leaf, under the newest checkpoint."""
        point = self._point()
        hashes = inclusion_proof(index, point.size, self._node)
        return print_proof(self._leaves[index], index, hashes, point.text, self._signatures(point, witnesses))

    def _node(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]

    def _point(self) -> Checkpoint:
        size = len(self._leaves)
        return Checkpoint(self.keys.origin(2026), size, root_of(size, self._node))

    def _signatures(self, point: Checkpoint, witnesses: tuple[str, ...]) -> list[NoteSignature]:
        own = [sign_checkpoint(LOG_KEY, point)]
        own += [cosign(LOG_MLDSA_KEY, point.origin, point, COSIGNED_S)] if self.keys.ml_dsa_44 else []
        return own + [cosign(WITNESS_KEYS[name], f"{name}.example.org", point, COSIGNED_S) for name in witnesses]


def batches(filed: list[FiledEvent]) -> list[Leaf]:
    """Two batches a lane: its first event, and all others."""
    leaves: list[Leaf] = []
    for lane in "CT":
        events = [one.event for one in filed if one.lane == lane]
        for first, end in ((0, 1), (1, len(events))):
            if first < end:
                last = events[end - 1]
                leaves.append(batch_leaf(parse_event(last).sid, lane, first, end, event_hash(last)))
    return leaves
