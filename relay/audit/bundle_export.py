"""The export of sessions as the relay can give it: events and proofs, signatures and erasures, no bodies. Pure."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, write_bundle
from protocol.audit.log.leaf import BatchLeaf, parse_leaf
from protocol.audit.log.proof import parse_proof
from relay.audit.record_export import record_file
from relay.storage.events import StoredRecord

OPERATOR = ExportedBy("The relay's operator", "operator")


@dataclass(frozen=True)
class StoredSession:
    """What the relay keeps of one session. `proofs` are tlog-proof files, the others are documents."""

    record: StoredRecord
    proofs: tuple[bytes, ...]
    signatures: tuple[bytes, ...]
    erasures: tuple[bytes, ...]


def bundle_file(sessions: Iterable[StoredSession], root_key: bytes, log: BundledLog | None, created_ms: int) -> bytes:
    """Return the export of `sessions` for the organisation with this root public key (32 bytes).

    Without `log` there is nothing to check proofs with, and none go in.

    Raises:
        LocalError: no session, or more than fits into one export (`bundle_too_large`).
        PeerError: the log's certificate is not one of this organisation.
    """
    bundled = [
        BundledSession(
            record=record_file(one.record, root_key),
            proofs=telling_proofs(one.proofs) if log is not None else (),
            signatures=one.signatures,
            erasures=one.erasures,
        )
        for one in sessions
    ]
    file = io.BytesIO()
    write_bundle(file, bundled, exporter=OPERATOR, created_ms=created_ms, log=log)
    return file.getvalue()


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
