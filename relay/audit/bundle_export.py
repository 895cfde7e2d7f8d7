"""The export of sessions as the relay can give it: events and proofs, signatures and erasures, no bodies. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.audit.export.writing import BundledSession, ExportedBy
from protocol.audit.log.leaf import BatchLeaf, parse_leaf
from protocol.audit.log.proof import parse_proof
from relay.audit.record_export import record_file
from relay.storage.events import StoredRecord

EXPORTER = ExportedBy("The relay's operator", "operator")


@dataclass(frozen=True)
class StoredSession:
    """What the relay keeps of one session. `proofs` are tlog-proof files, the others are documents."""

    record: StoredRecord
    proofs: tuple[bytes, ...]
    signatures: tuple[bytes, ...]
    erasures: tuple[bytes, ...]


def bundled_session(one: StoredSession, root_key: bytes, *, provable: bool) -> BundledSession:
    """Return a session as it goes into an export of the organisation with this root public key (32 bytes).

    Without `provable` (nobody vouches for the log) there is nothing to check proofs with, and none go in.

    Raises:
        PeerError: a proof is none.
    """
    return BundledSession(
        record=record_file(one.record, root_key),
        proofs=telling_proofs(one.proofs) if provable else (),
        signatures=one.signatures,
        erasures=one.erasures,
    )


def telling_proofs(proofs: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the first and the last batch of each lane, and every act: batches between them prove nothing more.

    Raises:
        PeerError: one of them is no proof.
    """
    firsts: dict[str, tuple[int, bytes]] = {}
    lasts: dict[str, tuple[int, bytes]] = {}
    acts = []
    for proof in proofs:
        leaf = parse_leaf(parse_proof(proof).leaf)
        if not isinstance(leaf, BatchLeaf):
            acts.append(proof)
            continue
        firsts[leaf.lane] = min((leaf.end, proof), firsts.get(leaf.lane, (leaf.end, proof)))
        lasts[leaf.lane] = max((leaf.end, proof), lasts.get(leaf.lane, (leaf.end, proof)))
    return tuple(dict.fromkeys([*(proof for _, proof in [*firsts.values(), *lasts.values()]), *acts]))
