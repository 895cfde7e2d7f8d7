"""The invitation that lets a colleague join a session: a secret of the customer's program, sealed to one certificate.

The customer's program makes and signs it, the inviting technician's vouches for the customer's key (they have met, the
colleague has not), the relay carries it and can read who is invited where, never the secret. Pure; HPKE draws its own
randomness.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from protocol.encoding import lv_cat
from protocol.errors import PeerError
from protocol.messages.base import Count, Key32, ShortText, Signature64
from protocol.messages.colleague import MAX_INVITATION_BYTES, ColleaguePurpose, SessionId
from protocol.pairing.certificates import TechnicianCertificate, verify_certificate
from protocol.pairing.entropy import Entropy

INVITATION_LIFE_S = 600
"""So long after the customer's yes the colleague may come."""

SECRET_BYTES = 32
_SEALED_BYTES = 80
"""HPKE's encapsulated key (32), the secret (32) and its tag (16)."""
_DOMAIN = b"deskside/colleague/1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class InvitationFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the customer's program signs. `session` is the session to join, `certificate_sha256` the colleague's.

    `expires_at` is Unix seconds; `subject` and `reason` are those of the session that is joined.
    """

    v: Literal[1]
    session: SessionId
    ticket: ShortText
    subject: ShortText
    reason: ShortText
    purpose: ColleaguePurpose
    certificate_sha256: Key32
    customer_key: Key32
    expires_at: Count
    sealed: Annotated[bytes, msgspec.Meta(min_length=_SEALED_BYTES, max_length=_SEALED_BYTES)]


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fields: Annotated[bytes, msgspec.Meta(max_length=2048)]
    signature: Signature64


class _Endorsed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    invitation: Annotated[bytes, msgspec.Meta(max_length=3072)]
    certificate: Annotated[bytes, msgspec.Meta(max_length=2048)]
    signature: Signature64


_encoder = msgspec.msgpack.Encoder()
_read_fields = msgspec.msgpack.Decoder(InvitationFields)
_read_signed = msgspec.msgpack.Decoder(_Signed)
_read_endorsed = msgspec.msgpack.Decoder(_Endorsed)


@dataclass(frozen=True)
class Invitation:
    """What an invited colleague holds: what was signed, the secret (32 bytes), and who vouches for the customer."""

    fields: InvitationFields
    secret: bytes = field(repr=False)
    inviter: TechnicianCertificate


def make_invitation(
    *,
    session: str,
    ticket: str,
    subject: str,
    reason: str,
    purpose: ColleaguePurpose,
    certificate: bytes,
    sealing_key: bytes,
    customer_key: Ed25519PrivateKey,
    expires_at: int,
    entropy: Entropy,
) -> tuple[bytes, bytes]:
    """Return the signed invitation and its secret (32 bytes). `certificate` has been verified, `sealing_key` is its.

    Raises:
        PeerError: the sealing key is not one (`certificate_malformed`).
    """
    digest = hashlib.sha256(certificate).digest()
    secret = entropy(SECRET_BYTES)
    try:
        receiver = X25519PublicKey.from_public_bytes(sealing_key)
        sealed = _SUITE.encrypt(secret, receiver, info=_info(session, digest, purpose))
    except ValueError as error:
        raise PeerError("sealing key of the invited certificate", code="certificate_malformed") from error
    public = customer_key.public_key().public_bytes_raw()
    fields = InvitationFields(1, session, ticket, subject, reason, purpose, digest, public, expires_at, sealed)
    data = _encoder.encode(fields)
    return _encoder.encode(_Signed(data, customer_key.sign(_DOMAIN + b" customer\0" + data))), secret


def endorse_invitation(
    invitation: bytes,
    *,
    session: str,
    customer_key: bytes,
    certificate: bytes,
    own: bytes,
    device_key: Ed25519PrivateKey,
) -> bytes:
    """Return `invitation` with the inviting technician's word that it comes from the customer of `session`.

    `certificate` is the colleague's, `own` the inviting technician's.

    Raises:
        PeerError: it is not that customer's, or for somebody else (`invitation_rejected`).
    """
    fields = _check_signed(invitation)
    expected = (session, customer_key, hashlib.sha256(certificate).digest())
    if (fields.session, fields.customer_key, fields.certificate_sha256) != expected:
        raise _rejected("of another session, customer or colleague")
    return _encoder.encode(_Endorsed(invitation, own, device_key.sign(_DOMAIN + b" technician\0" + invitation)))


def open_invitation(
    data: bytes, *, root_id: bytes, own: bytes, sealing_key: X25519PrivateKey, unix_now: float
) -> Invitation:
    """Return what an endorsed invitation holds for the device whose certificate is `own`.

    Raises:
        PeerError: malformed, signed by nobody of the organisation, or for another device (`invitation_rejected`); too
            late (`invitation_expired`); the inviting technician's certificate does not verify (its own codes).
    """
    if len(data) > MAX_INVITATION_BYTES:
        raise _rejected(f"{len(data)} bytes")
    try:
        endorsed = _read_endorsed.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _rejected(str(error)) from error
    inviter = verify_certificate(endorsed.certificate, root_id=root_id, unix_now=unix_now)
    _verify(inviter.signing_key, endorsed.signature, _DOMAIN + b" technician\0" + endorsed.invitation)
    fields = _check_signed(endorsed.invitation)
    if fields.certificate_sha256 != hashlib.sha256(own).digest():
        raise _rejected("for another device")
    if unix_now > fields.expires_at:
        raise PeerError(
            "too late",
            code="invitation_expired",
            user_text="This invitation has expired. Please ask your colleague to invite you again.",
        )
    try:
        info = _info(fields.session, fields.certificate_sha256, fields.purpose)
        secret = _SUITE.decrypt(fields.sealed, sealing_key, info=info)
    except (InvalidTag, ValueError) as error:
        raise _rejected("does not open") from error
    if len(secret) != SECRET_BYTES:
        raise _rejected("a secret of another length")
    return Invitation(fields, secret, inviter)


def _check_signed(invitation: bytes) -> InvitationFields:
    try:
        signed = _read_signed.decode(invitation)
        fields = _read_fields.decode(signed.fields)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _rejected(str(error)) from error
    _verify(fields.customer_key, signed.signature, _DOMAIN + b" customer\0" + signed.fields)
    return fields


def _verify(key: bytes, signature: bytes, data: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise _rejected("signature") from error


def _info(session: str, certificate_sha256: bytes, purpose: ColleaguePurpose) -> bytes:
    return lv_cat(_DOMAIN, session.encode(), certificate_sha256, purpose.value.encode())


def _rejected(detail: str) -> PeerError:
    return PeerError(
        f"invitation: {detail}",
        code="invitation_rejected",
        user_text="This invitation was changed on its way or is not for this computer, so it was not used.",
    )
