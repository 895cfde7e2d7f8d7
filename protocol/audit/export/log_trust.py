"""What an export says about the organisation's log: which log it is, and whether a checkpoint of it holds."""

from dataclasses import dataclass

from protocol.audit.log.certificate import LogCertificate, verify_log_certificate
from protocol.audit.log.checkpoint import Checkpoint, LogKeys, parse_checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.note import VerifierKey, parse_note
from protocol.audit.log.policy import Policy
from protocol.audit.log.proof import ProvenLeaf, verify_proof
from protocol.errors import PeerError


@dataclass(frozen=True)
class TrustedLog:
    """A log the organisation's root vouches for."""

    certificate: LogCertificate
    keys: LogKeys
    policy: Policy

    def verify(self, proof: bytes) -> ProvenLeaf:
        """Return the leaf a tlog-proof file proves to be in the log.

        Raises:
            PeerError: as `protocol.audit.log.proof.verify_proof`.
        """
        return verify_proof(proof, self.keys, self.policy)

    def verify_checkpoint(self, data: bytes) -> Checkpoint:
        """Return the checkpoint of a signed note; every line must be the log's or a witness's, in their order.

        Raises:
            PeerError: not a note (`note_malformed`), of another log, or a line missing, wrong, unknown or out of order
                (`note_signature`).
        """
        note = parse_note(data)
        checkpoint = parse_checkpoint(note)
        if not self.keys.is_origin(checkpoint.origin):
            raise PeerError(f"a checkpoint of {checkpoint.origin[:80]!r}", code="note_signature")
        own = self.keys.verifiers(checkpoint.origin)
        expected: list[VerifierKey] = [*own, *(witness.key for witness in self.policy.witnesses)]
        signed = set()
        for line in note.signatures:
            while expected and not line.is_by(expected[0]):
                expected.pop(0)
            if not expected:
                raise PeerError(f"a line of {line.name[:80]!r}, unknown or out of order", code="note_signature")
            verify_signature(expected[0], line, checkpoint)
            signed.add(expected.pop(0))
        if not signed.issuperset(own):
            raise PeerError("the log itself has not signed with all its keys", code="note_signature")
        return checkpoint


def trusted_log(certificate: bytes, root_id: bytes) -> TrustedLog:
    """Return the log of a certificate that the root `root_id` (32 bytes) signed, whatever its dates.

    Raises:
        PeerError: as `protocol.audit.log.certificate.verify_log_certificate`.
    """
    found = verify_log_certificate(certificate, root_id=root_id, unix_now=None)
    return TrustedLog(found, found.keys, found.witnesses)


class SeenHeads:
    """All checkpoints and leaves met so far: a log that has shown two histories gives itself away."""

    def __init__(self) -> None:
        self._roots: dict[tuple[str, int], bytes] = {}
        self._leaves: dict[tuple[str, int], object] = {}
        self._largest: dict[str, int] = {}

    def add(self, proven: ProvenLeaf) -> None:
        """Remember a proven leaf and its checkpoint.

        Raises:
            PeerError: another root was met for this size, or another leaf at this place (`log_forked`).
        """
        point = proven.checkpoint
        same = self._roots.setdefault((point.origin, point.size), point.root) == point.root
        if not same or self._leaves.setdefault((point.origin, proven.index), proven.leaf) != proven.leaf:
            raise _forked()
        self._largest[point.origin] = max(point.size, self._largest.get(point.origin, 0))

    def check_newest(self, checkpoint: Checkpoint) -> None:
        """Check that `checkpoint` is not older than any met so far.

        Raises:
            PeerError: it is, or another root was met for its size (`log_forked`).
        """
        if self._roots.get((checkpoint.origin, checkpoint.size), checkpoint.root) != checkpoint.root:
            raise _forked()
        if self._largest.get(checkpoint.origin, 0) > checkpoint.size:
            raise PeerError("the checkpoint is older than a proof of the export", code="checkpoint_old")


def _forked() -> PeerError:
    return PeerError("the log has shown two histories", code="log_forked")
