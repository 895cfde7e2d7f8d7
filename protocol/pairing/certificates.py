"""The technician's certificate: an organisation's root key vouches for a person's name and for one device's keys.

The customer's program trusts one pinned root and nothing else (docs/protocol.md, section 3).
"""

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.encoding import sha256_lv
from protocol.errors import LocalError, PeerError
from protocol.messages.base import Count, Key32, Signature64

MAX_CERTIFICATE_BYTES = 2048
_SIGNED_PREFIX = b"deskside/cert/1\0"
_JOINERS = "‌‍"
"""Zero-width joiners belong to the spelling of names in several scripts."""

Serial = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z-]{1,64}$")]
PersonText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Roles = Annotated[tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=40)], ...], msgspec.Meta(max_length=16)]


class CertifiedFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the root signs, in the order in which it is signed. Times are Unix seconds, both inclusive."""

    serial: Serial
    technician_id: PersonText
    name: PersonText
    organisation: PersonText
    root_key: Key32
    signing_key: Key32
    sealing_key: Key32
    roles: Roles
    not_before: Count
    not_after: Count


class TechnicianCertificate(CertifiedFields, frozen=True, forbid_unknown_fields=True):
    """A technician's device, as an organisation certified it. Trust it only when `verify_certificate` returned it."""

    signature: Signature64


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TechnicianCertificate)


def root_id(public_key: bytes) -> bytes:
    """Return `org_root_id` of an organisation's Ed25519 root public key: its SHA-256, 32 bytes."""
    return hashlib.sha256(public_key).digest()


def device_fingerprint(signing_key: bytes, sealing_key: bytes) -> str:
    """Return what an operator compares with the technician before certifying a device: 8 groups of 4 hex digits.

    It covers both public keys, so that neither can be swapped on the way.
    """
    digits = sha256_lv(b"deskside/device/1", signing_key, sealing_key).hex()[:32]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def issue_certificate(
    root_key: Ed25519PrivateKey,
    *,
    serial: str,
    technician_id: str,
    name: str,
    organisation: str,
    signing_key: bytes,
    sealing_key: bytes,
    roles: Sequence[str],
    not_before: int,
    not_after: int,
) -> bytes:
    """Return the certificate of one device, signed by the organisation's root; times are Unix seconds.

    Raises:
        LocalError: a field is empty, too long or not printable, or the times are in the wrong order.
    """
    fields = CertifiedFields(
        serial=serial,
        technician_id=technician_id,
        name=name,
        organisation=organisation,
        root_key=root_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
        signing_key=signing_key,
        sealing_key=sealing_key,
        roles=tuple(roles),
        not_before=not_before,
        not_after=not_after,
    )
    signature = root_key.sign(_signed_bytes(fields))
    data = _encoder.encode(TechnicianCertificate(**msgspec.structs.asdict(fields), signature=signature))
    try:
        read_certificate(data)
    except PeerError as error:
        raise LocalError(f"this certificate would be refused: {error}") from error
    return data


def read_certificate(data: bytes) -> TechnicianCertificate:
    """Decode a certificate by its form alone: neither signature nor validity is checked.

    Raises:
        PeerError: `certificate_malformed`.
    """
    if len(data) > MAX_CERTIFICATE_BYTES:
        raise _malformed(f"{len(data)} bytes")
    try:
        certificate = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(str(error)) from error
    if _encoder.encode(certificate) != data:
        raise _malformed("not in canonical form")
    if not (_is_plain(certificate.name) and _is_plain(certificate.organisation)):
        raise _malformed("a name with characters that are not shown")
    if certificate.not_before > certificate.not_after:
        raise _malformed("ends before it begins")
    return certificate


def verify_certificate(data: bytes, *, root_id: bytes, unix_now: float) -> TechnicianCertificate:
    """Return the certificate when `root_id` names the root that signed it and it is valid at `unix_now` (Unix seconds).

    Raises:
        PeerError: `certificate_malformed`, `certificate_untrusted` or `certificate_expired`.
    """
    certificate = read_certificate(data)
    if hashlib.sha256(certificate.root_key).digest() != root_id:
        raise _untrusted("another organisation's root")
    try:
        Ed25519PublicKey.from_public_bytes(certificate.root_key).verify(
            certificate.signature, _signed_bytes(certificate)
        )
    except (InvalidSignature, ValueError) as error:
        raise _untrusted("signature") from error
    if unix_now < certificate.not_before:
        raise _outside(
            "not valid yet",
            "The technician's certificate is not valid yet. Please check this computer's clock.",
        )
    if unix_now > certificate.not_after:
        raise _outside(
            "expired", "The technician's certificate has expired. They need to sign in again before they can help you."
        )
    return certificate


def _signed_bytes(certificate: CertifiedFields) -> bytes:
    values = {name: getattr(certificate, name) for name in CertifiedFields.__struct_fields__}
    return _SIGNED_PREFIX + _encoder.encode(CertifiedFields(**values))


def _is_plain(text: str) -> bool:
    """No control, direction or invisible characters: what the customer reads is what was certified."""
    letters = "".join(character for character in text if character not in _JOINERS)
    return letters.isprintable() and letters.strip() == letters != "" and unicodedata.is_normalized("NFC", text)


def _malformed(detail: str) -> PeerError:
    return PeerError(
        f"certificate: {detail}",
        code="certificate_malformed",
        user_text="The technician's certificate cannot be read, so nothing was shared.",
    )


def _untrusted(detail: str) -> PeerError:
    return PeerError(
        f"certificate: {detail}",
        code="certificate_untrusted",
        user_text="This person could not prove that they belong to the organisation. Nothing was shared.",
    )


def _outside(detail: str, user_text: str) -> PeerError:
    return PeerError(f"certificate: {detail}", code="certificate_expired", user_text=user_text)
