"""The log's certificate: the organisation's root vouches for the log's keys and says which witnesses must cosign.

Whoever pins the root learns the log from it, over whatever way it comes: the relay, a file, an export.
"""

import hashlib
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.audit.log.checkpoint import LogKeys, is_log_name
from protocol.audit.log.note import KeyKind
from protocol.audit.log.policy import Policy, parse_policy
from protocol.errors import LocalError, PeerError
from protocol.messages.base import Count, Key32, Signature64

MAX_LOG_CERTIFICATE_BYTES = 12 * 1024
_SIGNED_PREFIX = b"deskside/log-cert/1\0"

_Serial = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z-]{1,64}$", max_length=64)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_MlDsaKey = Annotated[bytes, msgspec.Meta(max_length=KeyKind.ML_DSA_44_COSIGNATURE.key_bytes)]


class LogCertificateFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the root signs, in the order in which it is signed. Times are Unix seconds, both inclusive.

    `policy` is a tlog-policy text. `require_receipt`: no control before the receipt of the opening has come.
    """

    kind: Literal["log"]
    serial: _Serial
    organisation: _Name
    root_key: Key32
    log: _Name
    ed25519: Key32
    ml_dsa_44: _MlDsaKey
    policy: Annotated[str, msgspec.Meta(max_length=8 * 1024)]
    require_receipt: bool
    not_before: Count
    not_after: Count


class LogCertificate(LogCertificateFields, frozen=True, forbid_unknown_fields=True):
    """An organisation's log. Trust it only when `verify_log_certificate` returned it."""

    signature: Signature64

    @property
    def keys(self) -> LogKeys:
        """The log's public keys."""
        return LogKeys(self.log, self.ed25519, self.ml_dsa_44)

    @property
    def witnesses(self) -> Policy:
        """Who must cosign."""
        return parse_policy(self.policy)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LogCertificate)


def issue_log_certificate(
    root_key: Ed25519PrivateKey,
    keys: LogKeys,
    *,
    serial: str,
    organisation: str,
    policy: str,
    require_receipt: bool,
    not_before: int,
    not_after: int,
) -> bytes:
    """Return the certificate of a log, signed by the organisation's root; times are Unix seconds.

    Raises:
        LocalError: a field is not allowed, the policy cannot be read, or the times are in the wrong order.
    """
    fields = LogCertificateFields(
        kind="log",
        serial=serial,
        organisation=organisation,
        root_key=root_key.public_key().public_bytes_raw(),
        log=keys.name,
        ed25519=keys.ed25519,
        ml_dsa_44=keys.ml_dsa_44,
        policy=policy,
        require_receipt=require_receipt,
        not_before=not_before,
        not_after=not_after,
    )
    signature = root_key.sign(_signed_bytes(fields))
    data = _encoder.encode(LogCertificate(**msgspec.structs.asdict(fields), signature=signature))
    try:
        read_log_certificate(data)
    except PeerError as error:
        raise LocalError(f"this log certificate would be refused: {error}") from error
    return data


def read_log_certificate(data: bytes) -> LogCertificate:
    """Decode a log certificate by its form alone: neither signature nor dates are checked.

    Raises:
        PeerError: `log_certificate_malformed`, or `policy_malformed`.
    """
    if len(data) > MAX_LOG_CERTIFICATE_BYTES:
        raise _malformed(f"{len(data)} bytes")
    try:
        certificate = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(str(error)) from error
    if _encoder.encode(certificate) != data:
        raise _malformed("not in canonical form")
    if len(certificate.ml_dsa_44) not in (0, KeyKind.ML_DSA_44_COSIGNATURE.key_bytes):
        raise _malformed("an ML-DSA-44 key of another length")
    if not is_log_name(certificate.log) or not certificate.organisation.isprintable():
        raise _malformed("a name that is not one")
    if certificate.not_before > certificate.not_after:
        raise _malformed("ends before it begins")
    parse_policy(certificate.policy)
    return certificate


def verify_log_certificate(data: bytes, *, root_id: bytes, unix_now: float | None) -> LogCertificate:
    """Return the certificate when `root_id` names the root that signed it and it is valid at `unix_now`.

    With `unix_now` None its dates are not looked at: an old receipt is checked with the certificate of its time.

    Raises:
        PeerError: `log_certificate_malformed`, `policy_malformed`, `log_certificate_untrusted` or
            `log_certificate_expired`.
    """
    certificate = read_log_certificate(data)
    if hashlib.sha256(certificate.root_key).digest() != root_id:
        raise _untrusted("another organisation's root")
    try:
        Ed25519PublicKey.from_public_bytes(certificate.root_key).verify(
            certificate.signature, _signed_bytes(certificate)
        )
    except (InvalidSignature, ValueError) as error:
        raise _untrusted("signature") from error
    if unix_now is not None and not certificate.not_before <= unix_now <= certificate.not_after:
        raise PeerError("log certificate: not valid now", code="log_certificate_expired", user_text=_USER_TEXT)
    return certificate


def _signed_bytes(certificate: LogCertificateFields) -> bytes:
    values = {name: getattr(certificate, name) for name in LogCertificateFields.__struct_fields__}
    return _SIGNED_PREFIX + _encoder.encode(LogCertificateFields(**values))


_USER_TEXT = "The support server showed a log that your support organisation does not vouch for."


def _malformed(detail: str) -> PeerError:
    return PeerError(f"log certificate: {detail}", code="log_certificate_malformed", user_text=_USER_TEXT)


def _untrusted(detail: str) -> PeerError:
    return PeerError(f"log certificate: {detail}", code="log_certificate_untrusted", user_text=_USER_TEXT)
