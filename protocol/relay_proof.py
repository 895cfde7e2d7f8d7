"""How a relay proves, to whoever pins an organisation's root, that it is that organisation's relay. Pure.

The root certifies a key of the relay. Before a customer's program tells the relay anything, it sends a fresh nonce, and
the relay signs the nonce and its own address with that key.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError
from protocol.messages.base import Count, Key32, Signature64
from protocol.messages.signaling import MAX_RELAY_CERTIFICATE_BYTES, RelayProven

_CERTIFICATE_PREFIX = b"deskside/cert/1 relay\0"
_PROOF_PREFIX = b"deskside/relay-proof/1\0"
_USUAL_PORTS = {"http": 80, "https": 443}

_Serial = Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z-]{1,64}$", max_length=64)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class RelayNotProven(PeerError):
    """What answered in the relay's place could not prove to be it; there is nothing to say to it."""

    code = "relay_unproven"
    user_text = "The server that answered could not prove that it belongs to your support organisation."


class RelayCertificateFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the root signs, in the order in which it is signed. Times are Unix seconds, both inclusive."""

    kind: Literal["relay"]
    serial: _Serial
    organisation: _Name
    root_key: Key32
    key: Key32
    not_before: Count
    not_after: Count


class RelayCertificate(RelayCertificateFields, frozen=True, forbid_unknown_fields=True):
    """An organisation's relay. Trust it only when `verify_relay_certificate` returned it."""

    signature: Signature64


@dataclass(frozen=True)
class ExpectedRelay:
    """The relay a program was told to use: its origin (`https://host`) and the organisation's root id (32 bytes)."""

    origin: str
    root_id: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RelayCertificate)


def issue_relay_certificate(
    root_key: Ed25519PrivateKey, *, serial: str, organisation: str, key: bytes, not_before: int, not_after: int
) -> bytes:
    """Return the certificate of a relay's Ed25519 public `key`, signed by the organisation's root; Unix seconds.

    Raises:
        LocalError: a field is not allowed, or the times are in the wrong order.
    """
    fields = RelayCertificateFields(
        kind="relay",
        serial=serial,
        organisation=organisation,
        root_key=root_key.public_key().public_bytes_raw(),
        key=key,
        not_before=not_before,
        not_after=not_after,
    )
    signature = root_key.sign(_signed_bytes(fields))
    data = _encoder.encode(RelayCertificate(**msgspec.structs.asdict(fields), signature=signature))
    try:
        read_relay_certificate(data)
    except RelayNotProven as error:
        raise LocalError(f"this relay certificate would be refused: {error}") from error
    return data


def read_relay_certificate(data: bytes) -> RelayCertificate:
    """Decode a relay's certificate by its form alone: neither signature nor dates are checked.

    Raises:
        RelayNotProven: not a certificate in canonical form, or too long.
    """
    if len(data) > MAX_RELAY_CERTIFICATE_BYTES:
        raise RelayNotProven(f"relay certificate: {len(data)} bytes")
    try:
        certificate = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RelayNotProven(f"relay certificate: {error}") from error
    if _encoder.encode(certificate) != data:
        raise RelayNotProven("relay certificate: not in canonical form")
    if not certificate.organisation.isprintable() or certificate.not_before > certificate.not_after:
        raise RelayNotProven("relay certificate: a name that is not one, or ends before it begins")
    return certificate


def verify_relay_certificate(data: bytes, *, root_id: bytes, unix_now: float) -> RelayCertificate:
    """Return the certificate when `root_id` names the root that signed it and it is valid at `unix_now`.

    Raises:
        RelayNotProven: malformed or forged (`relay_unproven`), of another root (`organisation_mismatch`), or not valid
            now (`relay_proof_expired`).
    """
    certificate = read_relay_certificate(data)
    if hashlib.sha256(certificate.root_key).digest() != root_id:
        raise RelayNotProven(
            f"the relay of another organisation: {certificate.organisation!r}",
            code="organisation_mismatch",
            user_text="This support server belongs to another organisation.",
        )
    _verify(certificate.root_key, certificate.signature, _signed_bytes(certificate), "relay certificate: signature")
    if not certificate.not_before <= unix_now <= certificate.not_after:
        raise RelayNotProven(
            f"relay certificate: valid from {certificate.not_before} to {certificate.not_after}, now is {unix_now:.0f}",
            code="relay_proof_expired",
            user_text="The support server's proof of who it is is out of date, or this computer's clock is wrong.",
        )
    return certificate


def prove(key: Ed25519PrivateKey, certificate: bytes, *, nonce: bytes, origin: str) -> RelayProven:
    """Return the relay's answer to `nonce` (32 bytes); `origin` is how people reach it."""
    return RelayProven(certificate, origin, key.sign(_proof_bytes(nonce, origin)))


def check_proof(proven: RelayProven, expected: ExpectedRelay, *, nonce: bytes, unix_now: float) -> None:
    """Return when `proven` answers `nonce` and comes from the relay that was expected.

    Raises:
        RelayNotProven: see `verify_relay_certificate`; also when the certified key did not sign (`relay_unproven`), or
            it is the organisation's relay, but at another address (`relay_elsewhere`).
    """
    certificate = verify_relay_certificate(proven.certificate, root_id=expected.root_id, unix_now=unix_now)
    _verify(certificate.key, proven.signature, _proof_bytes(nonce, proven.origin), "relay proof: signature")
    if _plain_origin(proven.origin) != _plain_origin(expected.origin):
        raise RelayNotProven(
            f"the relay calls itself {proven.origin}, asked for was {expected.origin}",
            code="relay_elsewhere",
            user_text="The server that answered passes on what the support server says at another address.",
        )


def _proof_bytes(nonce: bytes, origin: str) -> bytes:
    return _PROOF_PREFIX + lv_cat(nonce, origin.encode())


def _signed_bytes(certificate: RelayCertificateFields) -> bytes:
    values = {name: getattr(certificate, name) for name in RelayCertificateFields.__struct_fields__}
    return _CERTIFICATE_PREFIX + _encoder.encode(RelayCertificateFields(**values))


def _verify(key: bytes, signature: bytes, data: bytes, what: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise RelayNotProven(what) from error


def _plain_origin(origin: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port: `https://host` and `https://HOST:443` are the same place."""
    try:
        parts = urlsplit(origin)
        return parts.scheme, parts.hostname or "", parts.port or _USUAL_PORTS.get(parts.scheme)
    except ValueError as error:
        raise RelayNotProven(f"not an origin: {origin!r}") from error
