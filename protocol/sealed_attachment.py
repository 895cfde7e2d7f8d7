"""Attachments the relay stores and cannot read: sealed to the devices of an organisation (docs/protocol.md, section 7).

HPKE (RFC 9180) wraps one content key for every certificate. No clock and no I/O; HPKE draws its own randomness.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError
from protocol.pairing.certificates import Serial, TechnicianCertificate
from protocol.pairing.entropy import Entropy

MAX_ATTACHMENT_BYTES = 1024 * 1024
"""The longest sealed attachment a relay takes."""

MAX_RECIPIENTS = 1000
_WRAPPED_BYTES = 80
"""HPKE's encapsulated key (32), the wrapped key (32) and its tag (16)."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class WrappedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content key, wrapped to the sealing key of the certificate `serial`."""

    serial: Serial
    wrapped: Annotated[bytes, msgspec.Meta(min_length=_WRAPPED_BYTES, max_length=_WRAPPED_BYTES)]


class SealedAttachment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the relay stores as an attachment's content."""

    v: Literal[1]
    recipients: Annotated[tuple[WrappedKey, ...], msgspec.Meta(min_length=1, max_length=MAX_RECIPIENTS)]
    ciphertext: Annotated[bytes, msgspec.Meta(min_length=16)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SealedAttachment)


def seal_attachment(
    content: bytes,
    *,
    ticket: str,
    kind: str,
    name: str,
    certificates: Sequence[TechnicianCertificate],
    entropy: Entropy,
) -> bytes:
    """Return `content` sealed to every one of `certificates`, which the caller has verified against its root.

    Raises:
        LocalError: nobody to seal to, too many, or longer than 1 MiB once sealed (`attachment_too_large`).
        PeerError: a certificate's sealing key is not one (`certificate_malformed`).
    """
    recipients = {certificate.serial: certificate for certificate in certificates}
    if not 0 < len(recipients) <= MAX_RECIPIENTS:
        raise LocalError(f"an attachment for {len(recipients)} devices")
    key = entropy(32)
    ciphertext = ChaCha20Poly1305(key).encrypt(bytes(12), content, lv_cat(*_encoded(ticket, kind, name)))
    wrapped = tuple(WrappedKey(serial, _wrap(key, ticket, each)) for serial, each in recipients.items())
    data = _encoder.encode(SealedAttachment(1, wrapped, ciphertext))
    if len(data) > MAX_ATTACHMENT_BYTES:
        raise LocalError(
            f"{len(data)} bytes sealed, at most {MAX_ATTACHMENT_BYTES}",
            code="attachment_too_large",
            user_text="This is too large to attach to a ticket. The limit is one megabyte.",
        )
    return data


def open_attachment(
    data: bytes, *, ticket: str, kind: str, name: str, serial: str, sealing_key: X25519PrivateKey
) -> bytes:
    """Return the content of an attachment for the device whose certificate has `serial` and whose key is `sealing_key`.

    Raises:
        PeerError: `attachment_malformed`, `attachment_not_for_this_device`, or `attachment_rejected` when it was
            changed or belongs to another ticket, kind or name.
    """
    sealed = _read(data)
    wrapped = next((each.wrapped for each in sealed.recipients if each.serial == serial), None)
    if wrapped is None:
        raise PeerError(
            f"not sealed to {serial}",
            code="attachment_not_for_this_device",
            user_text="This was sealed before this device was certified, so it cannot be opened here.",
        )
    try:
        key = _SUITE.decrypt(wrapped, sealing_key, info=_info(ticket))
        return ChaCha20Poly1305(key).decrypt(bytes(12), sealed.ciphertext, lv_cat(*_encoded(ticket, kind, name)))
    except (InvalidTag, ValueError) as error:
        raise PeerError(
            "attachment does not open",
            code="attachment_rejected",
            user_text="This attachment was changed or belongs somewhere else, so it was not opened.",
        ) from error


def _read(data: bytes) -> SealedAttachment:
    try:
        if len(data) > MAX_ATTACHMENT_BYTES:
            raise msgspec.DecodeError(f"{len(data)} bytes")
        sealed = _decoder.decode(data)
        if len({each.serial for each in sealed.recipients}) != len(sealed.recipients):
            raise msgspec.DecodeError("the same serial twice")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PeerError(
            f"attachment: {error}",
            code="attachment_malformed",
            user_text="This attachment is damaged and cannot be opened.",
        ) from error
    return sealed


def _wrap(key: bytes, ticket: str, certificate: TechnicianCertificate) -> bytes:
    try:
        return _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(certificate.sealing_key), info=_info(ticket))
    except ValueError as error:
        raise PeerError(f"sealing key of {certificate.serial}", code="certificate_malformed") from error


def _info(ticket: str) -> bytes:
    return b"deskside/attachment/1" + ticket.encode()


def _encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]
