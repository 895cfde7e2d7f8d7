"""C2SP tlog-proof files: a leaf, where it stands, and the checkpoint that fixes it, in one text to verify offline.

Our files always carry the leaf itself in the `extra` line, so that the file proves something by itself. Every byte
counts: a line nobody can check is refused rather than passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.audit.log.checkpoint import Checkpoint, LogKeys, parse_checkpoint
from protocol.audit.log.cosignature import verify_signature
from protocol.audit.log.leaf import MAX_LEAF_BYTES, Leaf, parse_leaf
from protocol.audit.log.merkle import MAX_SIZE, leaf_hash, verify_inclusion
from protocol.audit.log.note import (
    Note,
    NoteSignature,
    VerifierKey,
    malformed,
    parse_note,
    print_note,
    read_base64,
    read_decimal,
    read_hash,
    write_base64,
)
from protocol.audit.log.policy import Policy
from protocol.errors import LocalError, PeerError

SUFFIX = ".tlog-proof"
MAX_PROOF_BYTES = 64 * 1024
MAX_HASHES = 53
_FIRST_LINE = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class TlogProof:
    """What a proof file says, not verified: the bytes of a leaf, its index, the path to the root, a checkpoint."""

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    note: Note


@dataclass(frozen=True)
class Cosigned:
    """A witness of the policy cosigned, at `unix_s` by its own clock."""

    witness: str
    unix_s: int


@dataclass(frozen=True)
class ProvenLeaf:
    """A leaf that is in the log. `witnessed`: by as many witnesses as the policy wants, and it wants some.

    `signed_s` is when the log signed the checkpoint, in Unix seconds (0 for a log without an ML-DSA key).
    """

    leaf: Leaf
    index: int
    checkpoint: Checkpoint
    signed_s: int
    cosigned: tuple[Cosigned, ...]
    witnessed: bool


def print_proof(
    leaf: bytes, index: int, hashes: Sequence[bytes], text: str, signatures: Sequence[NoteSignature]
) -> bytes:
    """Return the bytes of a proof file; `text` is the checkpoint's and `signatures` are in their order.

    Raises:
        LocalError: the file could not be read again.
    """
    lines = [_FIRST_LINE, f"extra {write_base64(leaf)}", f"index {index}", *map(write_base64, hashes)]
    data = ("\n".join(lines) + "\n\n").encode() + print_note(text, signatures)
    try:
        parse_proof(data)
    except PeerError as error:
        raise LocalError(f"not a proof: {error}") from error
    return data


def parse_proof(data: bytes) -> TlogProof:
    """Return what the file says.

    Raises:
        PeerError: longer than 64 KiB, or in any way not exactly such a file (`note_malformed`).
    """
    if len(data) > MAX_PROOF_BYTES:
        raise malformed(f"a proof of {len(data)} bytes")
    head, blank, note = data.partition(b"\n\n")
    if not blank:
        raise malformed("no empty line")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise malformed("not ASCII before the checkpoint") from error
    if len(lines) < 3 or lines[0] != _FIRST_LINE or len(lines) > 3 + MAX_HASHES:
        raise malformed("not a tlog-proof@v1")
    leaf = read_base64(_value(lines[1], "extra "))
    if not 0 < len(leaf) <= MAX_LEAF_BYTES:
        raise malformed(f"a leaf of {len(leaf)} bytes")
    index = read_decimal(_value(lines[2], "index "), MAX_SIZE)
    return TlogProof(leaf, index, tuple(read_hash(line) for line in lines[3:]), parse_note(note))


def verify_proof(data: bytes, keys: LogKeys, policy: Policy) -> ProvenLeaf:
    """Return the leaf the file proves to be in the log.

    Raises:
        PeerError: not a proof file (`note_malformed`), a leaf that is none (`leaf_invalid`), a checkpoint of another
            log or with a signature missing, wrong, unknown or out of order (`note_signature`), or a path that leads
            elsewhere (`proof_invalid`).
    """
    proof = parse_proof(data)
    leaf, checkpoint = parse_leaf(proof.leaf), parse_checkpoint(proof.note)
    if not keys.is_origin(checkpoint.origin):
        raise PeerError(f"a checkpoint of {checkpoint.origin[:80]!r}, not {keys.name}", code="note_signature")
    signed_s, cosigned = _verify_lines(proof.note.signatures, checkpoint, keys, policy)
    verify_inclusion(leaf_hash(proof.leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return ProvenLeaf(
        leaf=leaf,
        index=proof.index,
        checkpoint=checkpoint,
        signed_s=signed_s,
        cosigned=_named(cosigned, policy),
        witnessed=policy.wants_witnesses and policy.is_met(cosigned.keys()),
    )


def _verify_lines(
    lines: Sequence[NoteSignature], checkpoint: Checkpoint, keys: LogKeys, policy: Policy
) -> tuple[int, dict[VerifierKey, int]]:
    """Return when the log signed, and who cosigned when; lines stand in the order of log keys and policy."""
    own = keys.verifiers(checkpoint.origin)
    expected = (*own, *(witness.key for witness in policy.witnesses))
    signed: dict[VerifierKey, int] = {}
    place = 0
    for line in lines:
        while place < len(expected) and not line.is_by(expected[place]):
            place += 1
        if place == len(expected):
            raise PeerError(f"a line of {line.name[:80]!r}, unknown or out of order", code="note_signature")
        signed[expected[place]] = verify_signature(expected[place], line, checkpoint)
        place += 1
    if any(key not in signed for key in own):
        raise PeerError("the log itself has not signed with all its keys", code="note_signature")
    signed_s = max(signed.pop(key) for key in own)
    return signed_s, signed


def _named(cosigned: dict[VerifierKey, int], policy: Policy) -> tuple[Cosigned, ...]:
    return tuple(Cosigned(one.name, cosigned[one.key]) for one in policy.witnesses if one.key in cosigned)


def _value(line: str, keyword: str) -> str:
    if not line.startswith(keyword):
        raise malformed(f"a line without {keyword.strip()!r}")
    return line.removeprefix(keyword)
