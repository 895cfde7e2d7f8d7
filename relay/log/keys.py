"""Private keys that sign checkpoints, in one file of a data folder: the log's own, and a witness's.

The log's name is chosen once, with its keys, and stays: witnesses know the log by it.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from protocol.audit.log.checkpoint import Checkpoint, LogKeys, is_log_name
from protocol.audit.log.cosignature import cosign, sign_checkpoint
from protocol.audit.log.note import NoteSignature
from protocol.errors import EnvironmentFault, PeerError
from relay.config import is_loopback
from relay.log.secret_files import make_private_folder, unusable, write_durably

LOG_KEYS_FILE = "log-keys.json"


class _KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    ed25519: bytes
    ml_dsa_44: bytes


@dataclass(frozen=True)
class SigningKeys:
    """A name and the two private keys that sign under it."""

    name: str
    ed25519: Ed25519PrivateKey
    ml_dsa_44: MLDSA44PrivateKey

    @property
    def public(self) -> LogKeys:
        """The public halves, for a log."""
        return LogKeys(
            self.name, self.ed25519.public_key().public_bytes_raw(), self.ml_dsa_44.public_key().public_bytes_raw()
        )

    def sign(self, checkpoint: Checkpoint, unix_s: int) -> tuple[NoteSignature, ...]:
        """Return the log's own signature lines under a checkpoint, in their order."""
        return (
            sign_checkpoint(self.ed25519, checkpoint),
            cosign(self.ml_dsa_44, checkpoint.origin, checkpoint, unix_s),
        )

    def cosign(self, checkpoint: Checkpoint, unix_s: int) -> tuple[NoteSignature, ...]:
        """Return a witness's cosignatures, one with each key."""
        return tuple(cosign(key, self.name, checkpoint, unix_s) for key in (self.ed25519, self.ml_dsa_44))


def make_keys(path: Path, name: str) -> SigningKeys:
    """Make keys under `name` and write them to the new file `path`; an empty `name` makes one from the key.

    Raises:
        PeerError: a name no log may have (`invalid_request`).
        EnvironmentFault: the file exists or cannot be written (`file_unusable`).
    """
    ed25519 = Ed25519PrivateKey.generate()
    chosen = name or f"deskside-{ed25519.public_key().public_bytes_raw().hex()[:16]}"
    if not is_log_name(chosen):
        raise PeerError(
            f"log name {chosen[:80]!r}",
            code="invalid_request",
            user_text="A name here looks like support.example.com: lower-case letters, digits, dots and dashes.",
        )
    keys = SigningKeys(chosen, ed25519, MLDSA44PrivateKey.generate())
    content = _KeyFile(chosen, ed25519.private_bytes_raw(), keys.ml_dsa_44.private_bytes_raw())
    make_private_folder(path.parent)
    write_durably(path, msgspec.json.encode(content) + b"\n", new=True)
    return keys


def read_keys(path: Path) -> SigningKeys:
    """Return the keys in `path`.

    Raises:
        EnvironmentFault: unreadable, or not a key file (`file_unusable`).
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_KeyFile)
        return SigningKeys(
            found.name,
            Ed25519PrivateKey.from_private_bytes(found.ed25519),
            MLDSA44PrivateKey.from_seed_bytes(found.ml_dsa_44),
        )
    except OSError as error:
        raise unusable(path, error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, UnsupportedAlgorithm) as error:
        raise EnvironmentFault(
            f"{path}: {error}", code="file_unusable", user_text=f"{path} is not a file of signing keys."
        ) from error


def log_keys(data_dir: Path, name: str = "") -> SigningKeys:
    """Return the log's keys of a relay's data folder, made under `name` when they are missing.

    Raises:
        PeerError: the name is not allowed (`invalid_request`).
        EnvironmentFault: the file cannot be used (`file_unusable`).
    """
    path = data_dir / LOG_KEYS_FILE
    return read_keys(path) if path.exists() else make_keys(path, name)


def log_name_for(origin: str) -> str:
    """Return what the log of a relay that people reach at `origin` is called at first: its host, if that is a name."""
    host = (urlsplit(origin).hostname or "").lower()
    is_address = ":" in host or host.replace(".", "").isdecimal()
    return "" if is_address or is_loopback(host) or not is_log_name(host) else host
