"""The organisation's review key: what its auditors open records with, years later (docs/protocol.md, section 10).

An HPKE key pair (RFC 9180). The public half is in a certificate of the organisation's root, of the kind "review"; the
private half is in a file under a passphrase, made off the relay and kept by the auditors. No clock and no I/O; HPKE
draws its own randomness.
"""

import hashlib
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError
from protocol.ids import parse_session_id
from protocol.messages.base import Count, Key32, Signature64
from protocol.pairing.certificates import PersonText, Serial, TechnicianCertificate
from protocol.pairing.entropy import Entropy

MAX_REVIEW_CERTIFICATE_BYTES = 1024
MAX_KEY_FILE_BYTES = 1024
MAX_SEALED_BYTES = 64 * 1024
"""The longest plaintext that is sealed here: keys and short descriptions, never the data itself."""

MIN_PASSPHRASE_BYTES = 12

_SEALED_OVERHEAD_BYTES = 48
"""HPKE's encapsulated key (32) and tag (16)."""
_SIGNED_PREFIX = b"deskside/cert/1 review\0"
_FILE_DOMAIN = b"deskside/review-key/1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**16, 8, 1
"""64 MiB and a quarter of a second for every guess at the passphrase."""


class ReviewFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the root signs, in the order in which it is signed. Times are Unix seconds, both inclusive."""

    kind: Literal["review"]
    serial: Serial
    organisation: PersonText
    root_key: Key32
    sealing_key: Key32
    not_before: Count
    not_after: Count


class ReviewCertificate(ReviewFields, frozen=True, forbid_unknown_fields=True):
    """The public review key, as the organisation certified it. Trust it only from `verify_review_certificate`."""

    signature: Signature64


class ReviewKeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The private key under its passphrase; `public_key` (32 bytes) says which one it is without opening it."""

    format: Literal["deskside.review-key/1"]
    public_key: Key32
    salt: Key32
    sealed: Annotated[bytes, msgspec.Meta(min_length=48, max_length=48)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ReviewCertificate)
_file_decoder = msgspec.json.Decoder(ReviewKeyFile)


def issue_review_certificate(
    root_key: Ed25519PrivateKey, *, serial: str, organisation: str, sealing_key: bytes, not_before: int, not_after: int
) -> bytes:
    """Return the certificate of a review key (`sealing_key`, 32 bytes), signed by the root; times are Unix seconds.

    Raises:
        LocalError: a field is empty or too long, or the times are in the wrong order.
    """
    root = root_key.public_key().public_bytes_raw()
    fields = ReviewFields("review", serial, organisation, root, sealing_key, not_before, not_after)
    signature = root_key.sign(_signed_bytes(fields))
    data = _encoder.encode(ReviewCertificate(**msgspec.structs.asdict(fields), signature=signature))
    try:
        read_review_certificate(data)
    except PeerError as error:
        raise LocalError(f"this certificate would be refused: {error}") from error
    return data


def read_review_certificate(data: bytes) -> ReviewCertificate:
    """Decode a review certificate by its form alone: neither signature nor validity is checked.

    Raises:
        PeerError: `certificate_malformed`.
    """
    if len(data) > MAX_REVIEW_CERTIFICATE_BYTES:
        raise _malformed(f"{len(data)} bytes")
    try:
        certificate = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(str(error)) from error
    if _encoder.encode(certificate) != data:
        raise _malformed("not in canonical form")
    if certificate.not_before > certificate.not_after:
        raise _malformed("ends before it begins")
    return certificate


def verify_review_certificate(data: bytes, *, root_id: bytes, unix_now: float) -> ReviewCertificate:
    """Return the certificate when `root_id` names the root that signed it and it is valid at `unix_now` (Unix seconds).

    Raises:
        PeerError: `certificate_malformed`, `certificate_untrusted` or `certificate_expired`.
    """
    certificate = read_review_certificate(data)
    if hashlib.sha256(certificate.root_key).digest() != root_id:
        raise _not_accepted("certificate_untrusted", "another organisation's root")
    try:
        Ed25519PublicKey.from_public_bytes(certificate.root_key).verify(
            certificate.signature, _signed_bytes(certificate)
        )
    except (InvalidSignature, ValueError) as error:
        raise _not_accepted("certificate_untrusted", "signature") from error
    if not certificate.not_before <= unix_now <= certificate.not_after:
        raise _not_accepted("certificate_expired", "not valid now")
    return certificate


def seal_to_review_key(certificate: ReviewCertificate, info: bytes, plaintext: bytes) -> bytes:
    """Return `plaintext` (at most 64 KiB) sealed to the certified review key and bound to `info`: 48 bytes longer.

    The caller has verified the certificate.

    Raises:
        LocalError: too long.
        PeerError: the certificate's key is none (`certificate_malformed`).
    """
    return _seal(certificate.sealing_key, _review_info(info), plaintext)


def open_with_review_key(key: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Return what was sealed to the review key `key` for `info`.

    Raises:
        PeerError: for another key or `info`, or changed (`sealed_key_rejected`).
    """
    return _open(key, _review_info(info), sealed)


def seal_to_device(certificate: TechnicianCertificate, info: bytes, plaintext: bytes) -> bytes:
    """Return `plaintext` (at most 64 KiB) sealed to one technician's device and bound to `info`.

    The caller has verified the certificate.

    Raises:
        LocalError: too long.
        PeerError: the certificate's sealing key is none (`certificate_malformed`).
    """
    return _seal(certificate.sealing_key, _device_info(info), plaintext)


def open_with_device(key: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Return what was sealed to the device whose sealing key is `key` for `info`.

    Raises:
        PeerError: for another key or `info`, or changed (`sealed_key_rejected`).
    """
    return _open(key, _device_info(info), sealed)


def record_key_info(session: str) -> bytes:
    """Return what the sealed record key of `session` is bound to.

    Raises:
        PeerError: not a session id.
    """
    return b"record key " + parse_session_id(session).encode()


def write_key_file(key: X25519PrivateKey, passphrase: bytes, entropy: Entropy) -> bytes:
    """Return the content of a key file: JSON, the private key under `passphrase`. Takes a quarter of a second.

    Raises:
        PeerError: a passphrase of less than 12 bytes (`passphrase_too_short`).
    """
    if len(passphrase) < MIN_PASSPHRASE_BYTES:
        raise PeerError(
            "passphrase too short",
            code="passphrase_too_short",
            user_text=f"The passphrase of a review key needs at least {MIN_PASSPHRASE_BYTES} characters.",
        )
    salt, public = entropy(32), key.public_key().public_bytes_raw()
    sealed = ChaCha20Poly1305(_file_key(passphrase, salt)).encrypt(
        bytes(12), key.private_bytes_raw(), lv_cat(_FILE_DOMAIN, public)
    )
    return msgspec.json.encode(ReviewKeyFile("deskside.review-key/1", public, salt, sealed)) + b"\n"


def read_key_file(data: bytes) -> ReviewKeyFile:
    """Return what a key file says without opening it.

    Raises:
        PeerError: not a key file (`key_file_not_accepted`).
    """
    try:
        if len(data) > MAX_KEY_FILE_BYTES:
            raise msgspec.DecodeError(f"{len(data)} bytes")
        return _file_decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _file_refused(str(error)) from error


def open_key_file(data: bytes, passphrase: bytes) -> X25519PrivateKey:
    """Return the private review key kept in a key file. Takes a quarter of a second.

    Raises:
        PeerError: not a key file, damaged, or another passphrase (`key_file_not_accepted`).
    """
    kept = read_key_file(data)
    try:
        private = ChaCha20Poly1305(_file_key(passphrase, kept.salt)).decrypt(
            bytes(12), kept.sealed, lv_cat(_FILE_DOMAIN, kept.public_key)
        )
    except InvalidTag as error:
        raise _file_refused("it does not open") from error
    return X25519PrivateKey.from_private_bytes(private)


def _seal(public_key: bytes, info: bytes, plaintext: bytes) -> bytes:
    if len(plaintext) > MAX_SEALED_BYTES:
        raise LocalError(f"{len(plaintext)} bytes to seal, at most {MAX_SEALED_BYTES}")
    try:
        return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public_key), info=info)
    except ValueError as error:
        raise _malformed("its key cannot be sealed to") from error


def _open(key: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    if not _SEALED_OVERHEAD_BYTES <= len(sealed) <= MAX_SEALED_BYTES + _SEALED_OVERHEAD_BYTES:
        raise _rejected(f"{len(sealed)} bytes")
    try:
        return _SUITE.decrypt(sealed, key, info=info)
    except (InvalidTag, ValueError) as error:
        raise _rejected("it does not open") from error


def _review_info(info: bytes) -> bytes:
    return lv_cat(b"deskside/review/1", info)


def _device_info(info: bytes) -> bytes:
    return lv_cat(b"deskside/device/1", info)


def _file_key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P).derive(passphrase)


def _signed_bytes(certificate: ReviewFields) -> bytes:
    values = {name: getattr(certificate, name) for name in ReviewFields.__struct_fields__}
    return _SIGNED_PREFIX + _encoder.encode(ReviewFields(**values))


def _malformed(detail: str) -> PeerError:
    return _not_accepted("certificate_malformed", detail)


def _not_accepted(code: str, detail: str) -> PeerError:
    return PeerError(
        f"review certificate: {detail}",
        code=code,
        user_text="The organisation's review key could not be verified, so nothing was given to it.",
    )


def _rejected(detail: str) -> PeerError:
    return PeerError(
        f"sealed key: {detail}",
        code="sealed_key_rejected",
        user_text="This was sealed for another key, or it was changed, so it was not opened.",
    )


def _file_refused(detail: str) -> PeerError:
    return PeerError(
        f"review key file: {detail}",
        code="key_file_not_accepted",
        user_text="This is not a review key file, or its passphrase is wrong.",
    )
