"""Signing and verifying checkpoints: the log's Ed25519 signature, and cosignatures with Ed25519 or ML-DSA-44.

C2SP signed-note (type 1) and tlog-cosignature (types 4 and 6). Times are Unix seconds.
"""

import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.note import KeyKind, NoteSignature, VerifierKey
from protocol.errors import PeerError

_SUBTREE_LABEL = b"subtree/v1\n\0"
_TIME_BYTES = 8
_LATEST_TIME = 2**63 - 1


def sign_checkpoint(key: Ed25519PrivateKey, checkpoint: Checkpoint) -> NoteSignature:
    """Return the log's own Ed25519 signature, under the origin as its name."""
    verifier = VerifierKey(checkpoint.origin, KeyKind.ED25519, key.public_key().public_bytes_raw())
    return NoteSignature(verifier.name, verifier.key_id, key.sign(checkpoint.text.encode()))


def cosign(key: Ed25519PrivateKey | MLDSA44PrivateKey, name: str, checkpoint: Checkpoint, unix_s: int) -> NoteSignature:
    """Return a cosignature: whoever `name` is has seen this as the largest consistent tree of its log at `unix_s`."""
    if isinstance(key, Ed25519PrivateKey):
        verifier = VerifierKey(name, KeyKind.ED25519_COSIGNATURE, key.public_key().public_bytes_raw())
        signature = key.sign(_ed25519_message(checkpoint, unix_s))
    else:
        verifier = VerifierKey(name, KeyKind.ML_DSA_44_COSIGNATURE, key.public_key().public_bytes_raw())
        signature = key.sign(_ml_dsa_message(name, checkpoint, unix_s))
    return NoteSignature(name, verifier.key_id, struct.pack(">Q", unix_s) + signature)


def verify_signature(key: VerifierKey, signature: NoteSignature, checkpoint: Checkpoint) -> int:
    """Check that `key` made `signature` over `checkpoint`; return when, in Unix seconds (0: the line tells no time).

    Raises:
        PeerError: it did not (`note_signature`).
    """
    if not signature.is_by(key) or len(signature.signature) != key.kind.signature_bytes:
        raise _refused(key, "is not of its form")
    try:
        if key.kind is KeyKind.ED25519:
            public = Ed25519PublicKey.from_public_bytes(key.key)
            public.verify(signature.signature, checkpoint.text.encode())
            return 0
        return _verify_cosignature(key, signature.signature, checkpoint)
    except (InvalidSignature, ValueError) as error:
        raise _refused(key, "does not fit") from error


def _verify_cosignature(key: VerifierKey, value: bytes, checkpoint: Checkpoint) -> int:
    (unix_s,) = struct.unpack(">Q", value[:_TIME_BYTES])
    if unix_s > _LATEST_TIME:
        raise _refused(key, "has no time")
    if key.kind is KeyKind.ED25519_COSIGNATURE:
        Ed25519PublicKey.from_public_bytes(key.key).verify(value[_TIME_BYTES:], _ed25519_message(checkpoint, unix_s))
    else:
        message = _ml_dsa_message(key.name, checkpoint, unix_s)
        MLDSA44PublicKey.from_public_bytes(key.key).verify(value[_TIME_BYTES:], message)
    return int(unix_s)


def _ed25519_message(checkpoint: Checkpoint, unix_s: int) -> bytes:
    return f"cosignature/v1\ntime {unix_s}\n{checkpoint.text}".encode()


def _ml_dsa_message(name: str, checkpoint: Checkpoint, unix_s: int) -> bytes:
    """Return the `cosigned_message` of a whole tree: a subtree that starts at leaf 0."""
    cosigner, origin = name.encode(), checkpoint.origin.encode()
    return b"".join(
        (
            _SUBTREE_LABEL,
            bytes([len(cosigner)]) + cosigner,
            struct.pack(">Q", unix_s),
            bytes([len(origin)]) + origin,
            struct.pack(">QQ", 0, checkpoint.size),
            checkpoint.root,
        )
    )


def _refused(key: VerifierKey, detail: str) -> PeerError:
    return PeerError(f"the signature of {key.name} {detail}", code="note_signature")
