"""The manifest of an export: every other file with its hash, who exported it and when; signed when they had a key."""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.export.container import MAX_BUNDLE_BYTES, MAX_MEMBERS, MAX_NAME_BYTES, BundleMalformed
from protocol.audit.export.layout import MANIFEST
from protocol.errors import PeerError

FORMAT = "deskside.audit/1"
MAX_MANIFEST_BYTES = 16 << 20
_SIGNATURE_DOMAIN = b"deskside/export/1 manifest\0"
_END_OF_YEAR_9999_MS = 253_402_300_799_999
_WIDEST_OFFSET_MIN = 24 * 60 - 1

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
_SessionId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]

Role = Literal["technician", "customer", "operator", "auditor"]
"""Whose copy it is: a party's, the relay operator's (who cannot read details), or an auditor's."""


class Exporter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who made the export. `certificate_sha256` names the certificate whose key signed it, None when nobody did."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    role: Role
    certificate_sha256: _Hex64 | None


class FileEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the export."""

    name: Annotated[str, msgspec.Meta(max_length=MAX_NAME_BYTES)]
    sha256: _Hex64
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=MAX_BUNDLE_BYTES)]


class BundleManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The manifest. `created_ms` is Unix time; `utc_offset_min` is the local time the report shows beside UTC."""

    format: Literal["deskside.audit/1"]
    created_ms: Annotated[int, msgspec.Meta(ge=0, le=_END_OF_YEAR_9999_MS)]
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-_WIDEST_OFFSET_MIN, le=_WIDEST_OFFSET_MIN)]
    exporter: Exporter
    root_key: _Hex64
    sessions: Annotated[tuple[_SessionId, ...], msgspec.Meta(min_length=1, max_length=MAX_MEMBERS)]
    files: Annotated[tuple[FileEntry, ...], msgspec.Meta(max_length=MAX_MEMBERS)]


def file_entry(name: str, chunks: Iterable[bytes]) -> FileEntry:
    """Return what the manifest says about the file `name` with this content, which comes in pieces of any size."""
    digest, size_bytes = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size_bytes += len(chunk)
    return FileEntry(name, digest.hexdigest(), size_bytes)


def encode_manifest(manifest: BundleManifest) -> bytes:
    """Return the bytes of `manifest`, the ones that are signed."""
    return encode_canonical(msgspec.to_builtins(manifest))


def parse_manifest(data: bytes) -> BundleManifest:
    """Return the manifest `data` spells; nothing is compared with the files.

    Raises:
        BundleMalformed: not canonical, a field missing, unknown or out of range, or a list out of order.
    """
    try:
        manifest = msgspec.convert(decode_canonical(data, MAX_MANIFEST_BYTES), BundleManifest)
    except (PeerError, msgspec.ValidationError) as error:
        raise BundleMalformed(str(error), member=MANIFEST) from error
    for listed in ([entry.name for entry in manifest.files], list(manifest.sessions)):
        if sorted(set(listed)) != listed:
            raise BundleMalformed("a list is not in ascending order", member=MANIFEST)
    return manifest


def sign_manifest(key: Ed25519PrivateKey, manifest: bytes) -> bytes:
    """Return the signature (64 bytes) of the exporter's device key over the manifest's bytes."""
    return key.sign(_SIGNATURE_DOMAIN + manifest)


def check_manifest_signature(manifest: bytes, signature: bytes, signing_key: bytes) -> None:
    """Check that the Ed25519 public key `signing_key` (32 bytes) signed these bytes.

    Raises:
        PeerError: it did not (`manifest_signature`).
    """
    try:
        Ed25519PublicKey.from_public_bytes(signing_key).verify(signature, _SIGNATURE_DOMAIN + manifest)
    except (InvalidSignature, ValueError) as error:
        raise PeerError("the signature of the export does not fit", code="manifest_signature") from error
