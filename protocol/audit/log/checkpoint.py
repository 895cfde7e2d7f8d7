"""C2SP checkpoints: the head of a log at one size, as the three lines its signatures are made over."""

import re
from dataclasses import dataclass

from protocol.audit.log.merkle import HASH_BYTES, MAX_SIZE
from protocol.audit.log.note import (
    KeyKind,
    Note,
    VerifierKey,
    is_key_name,
    malformed,
    read_decimal,
    read_hash,
    write_base64,
)
from protocol.errors import LocalError

MAX_LOG_NAME_CHARACTERS = 200
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_LOG_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True)
class Checkpoint:
    """The head of the log `origin` when it had `size` leaves; `root` is 32 bytes. No extension lines."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.origin) or not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_BYTES:
            raise LocalError(f"not a checkpoint: {self.origin!r} {self.size}")

    @property
    def text(self) -> str:
        """The text of the note, each line ended by a line feed."""
        return f"{self.origin}\n{self.size}\n{write_base64(self.root)}\n"


def parse_checkpoint(note: Note) -> Checkpoint:
    """Return the checkpoint that is the text of `note`; no signature is looked at.

    Raises:
        PeerError: it is not one, or it has extension lines, which our logs never write (`note_malformed`).
    """
    lines = note.text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise malformed("a checkpoint has three lines")
    if not is_key_name(lines[0]):
        raise malformed("not the origin of a log")
    return Checkpoint(lines[0], read_decimal(lines[1], MAX_SIZE), read_hash(lines[2]))


def is_log_name(name: str) -> bool:
    """Return whether a log may be called so: a lower-case host name or word, at most 200 characters."""
    return len(name) <= MAX_LOG_NAME_CHARACTERS and _LOG_NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class LogKeys:
    """The public keys of a log, the same for the tree of every year. `ml_dsa_44` may be empty: then Ed25519 alone."""

    name: str
    ed25519: bytes
    ml_dsa_44: bytes = b""

    def __post_init__(self) -> None:
        if not is_log_name(self.name):
            raise LocalError(f"not the name of a log: {self.name[:60]!r}")

    def origin(self, year: int) -> str:
        """Return the origin of the tree of a UTC year."""
        return f"{self.name}/audit/{year:04d}"

    def is_origin(self, origin: str) -> bool:
        """Return whether `origin` names the tree of some year of this log."""
        prefix = f"{self.name}/audit/"
        return origin.startswith(prefix) and _YEAR.fullmatch(origin.removeprefix(prefix)) is not None

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return the keys that must all have signed a checkpoint of `origin`, in the order of their lines."""
        keys = [VerifierKey(origin, KeyKind.ED25519, self.ed25519)]
        if self.ml_dsa_44:
            keys.append(VerifierKey(origin, KeyKind.ML_DSA_44_COSIGNATURE, self.ml_dsa_44))
        return tuple(keys)
