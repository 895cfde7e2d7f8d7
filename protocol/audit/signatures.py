"""Electronic signatures on the record of a session: who, when, what they mean by it, bound to exactly that record.

What 21 CFR 11.50 and 11.70 ask for. A signature is one document of canonical JSON (docs/protocol.md, section 10); its
device key is certified by the organisation. Pure: time is an argument.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.record_file import RecordFile, read_record, write_record
from protocol.errors import PeerError
from protocol.pairing.certificates import MAX_CERTIFICATE_BYTES, TechnicianCertificate, verify_certificate
from protocol.pairing.certificates import read_certificate as _read_certificate

MAX_SIGNATURE_BYTES = 6 * 1024
"""The longest signature document."""

_DOMAIN = b"deskside/e-signature/1\0"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"
_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
_SIGNATURE_BYTES = 64


class Meaning(Enum):
    """What the signer states about the session."""

    PERFORMED = "performed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    RESPONSIBLE = "responsible"


class SignedFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is signed. `at` is UTC, `certificate` base64; `record_sha256` is what `record_fingerprint` returns."""

    v: Literal[1]
    at: Annotated[str, msgspec.Meta(pattern=_MOMENT, max_length=24)]
    certificate: Annotated[str, msgspec.Meta(max_length=(MAX_CERTIFICATE_BYTES + 2) // 3 * 4)]
    meaning: Meaning
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    record_sha256: _Hex64
    sid: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]


class SignatureDocument(SignedFields, frozen=True, forbid_unknown_fields=True):
    """The document as it is kept; `sig` is base64."""

    sig: Annotated[str, msgspec.Meta(max_length=88)]


@dataclass(frozen=True)
class ElectronicSignature:
    """A signature that was verified. `name` is printed in every readable form; `at_ms` is Unix time."""

    session: str
    record_sha256: str
    name: str
    meaning: Meaning
    at_ms: int
    certificate: TechnicianCertificate


def record_fingerprint(record: RecordFile) -> str:
    """Return what signatures are bound to: hex SHA-256 of the record file with every body withheld.

    The events' commitments fix the bodies all the same, and a signature survives their erasure.
    """
    withheld = (replace(filed, salt=None, body=None) for filed in record.events)
    return hashlib.sha256(write_record(record.manifest, withheld)).hexdigest()


def fingerprint_of_file(data: bytes) -> str:
    """Return the `record_fingerprint` of a record file, with or without bodies.

    Raises:
        RecordMalformed: not a record file.
    """
    return record_fingerprint(read_record(data))


def sign_record(
    key: Ed25519PrivateKey, certificate: bytes, *, session: str, record_sha256: str, meaning: Meaning, at_ms: int
) -> bytes:
    """Return the signature document of the device with `key` and `certificate`; the certificate names the signer.

    Raises:
        PeerError: the certificate cannot be read.
        LocalError: a field is not what it must be.
    """
    fields = SignedFields(
        v=1,
        at=_moment(at_ms),
        certificate=base64.b64encode(certificate).decode("ascii"),
        meaning=meaning,
        name=_read_certificate(certificate).name,
        record_sha256=record_sha256,
        sid=session,
    )
    signature = key.sign(_signed_bytes(fields))
    document = msgspec.to_builtins(fields) | {"sig": base64.b64encode(signature).decode("ascii")}
    return encode_canonical(document)


def read_signature(data: bytes) -> SignatureDocument:
    """Return what a signature document says; nothing of it is verified.

    Raises:
        PeerError: not one, or not its canonical spelling (`signature_malformed`).
    """
    try:
        document = msgspec.convert(decode_canonical(data, MAX_SIGNATURE_BYTES), SignatureDocument)
        _at_ms(document.at)
        _from_base64(document.certificate)
        if len(_from_base64(document.sig)) != _SIGNATURE_BYTES:
            raise PeerError("a signature has 64 bytes")
    except (PeerError, ValueError) as error:  # msgspec's ValidationError is a ValueError
        raise PeerError(f"electronic signature: {error}", code="signature_malformed") from error
    return document


def verify_signature(
    data: bytes, *, root_id: bytes, session: str | None = None, record_sha256: str | None = None
) -> ElectronicSignature:
    """Return the signature when a device of the organisation `root_id` (32 bytes) made it, certified at its time.

    `session` and `record_sha256`, when given, are what it must be about.

    Raises:
        PeerError: `signature_malformed`; `signature_of_another_record`; `signature_invalid`; or, about the signer's
            certificate, `certificate_malformed`, `certificate_untrusted`, `certificate_expired`.
    """
    document = read_signature(data)
    if session not in (None, document.sid) or record_sha256 not in (None, document.record_sha256):
        raise PeerError(
            f"a signature on {document.sid} with {document.record_sha256[:16]}",
            code="signature_of_another_record",
            user_text="This signature belongs to another record, or to an earlier state of this one.",
        )
    at_ms = _at_ms(document.at)
    certificate = verify_certificate(_from_base64(document.certificate), root_id=root_id, unix_now=at_ms / 1000)
    fields = SignedFields(**{name: getattr(document, name) for name in SignedFields.__struct_fields__})
    try:
        if certificate.name != document.name:
            raise InvalidSignature("another name than the certificate's")
        key = Ed25519PublicKey.from_public_bytes(certificate.signing_key)
        key.verify(_from_base64(document.sig), _signed_bytes(fields))
    except (InvalidSignature, ValueError) as error:
        raise PeerError(
            f"electronic signature: {error or 'does not fit'}",
            code="signature_invalid",
            user_text="This electronic signature is not genuine.",
        ) from error
    return ElectronicSignature(
        document.sid, document.record_sha256, document.name, document.meaning, at_ms, certificate
    )


def _signed_bytes(fields: SignedFields) -> bytes:
    return _DOMAIN + encode_canonical(msgspec.to_builtins(fields))


def _moment(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _at_ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    whole_s = round((moment.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    return whole_s * 1000 + moment.microsecond // 1000


def _from_base64(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PeerError("not base64") from error
    if base64.b64encode(value).decode("ascii") != text:
        raise PeerError("not the canonical base64 of its value")
    return value
