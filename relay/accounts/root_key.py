"""The organisation's root key: made once, written to a file of the operator's choice, never kept by the relay."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from protocol.errors import EnvironmentFault, PeerError


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of an Ed25519 public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def write_root_key(key: Ed25519PrivateKey, path: Path, passphrase: bytes | None) -> None:
    """Write `key` as PEM (PKCS #8) to the new file `path` with mode 0600, encrypted when a passphrase is given.

    Raises:
        EnvironmentFault: the file exists or cannot be written (`key_file_unusable`).
    """
    protection: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = "it already exists" if isinstance(error, FileExistsError) else str(error.strerror)
        raise EnvironmentFault(
            f"{path}: {error}",
            code="key_file_unusable",
            user_text=f"The key file {path} cannot be written: {reason}.",
        ) from error


def read_root_key(path: Path, passphrase: bytes | None) -> Ed25519PrivateKey:
    """Return the root key kept in `path`.

    Raises:
        EnvironmentFault: unreadable (`key_file_unusable`).
        PeerError: not an Ed25519 key, or the passphrase is missing or wrong (`key_file_not_accepted`).
    """
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase)
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: {error}",
            code="key_file_unusable",
            user_text=f"The key file {path} cannot be read: {error.strerror}.",
        ) from error
    except (ValueError, TypeError) as error:
        raise _not_accepted(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_accepted(path)
    return key


def _not_accepted(path: Path) -> PeerError:
    return PeerError(
        "not an Ed25519 private key or wrong passphrase",
        code="key_file_not_accepted",
        user_text=f"{path} is not an organisation key, or its passphrase is missing or wrong.",
    )
