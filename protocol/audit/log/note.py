"""C2SP signed notes: a text and signature lines under it, read strictly, and the keys such lines are made with.

A reader that takes two spellings of one note takes changed bytes, so everything that has two spellings is refused.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from protocol.errors import LocalError, PeerError

MAX_NOTE_BYTES = 64 * 1024
MAX_SIGNATURES = 64
MAX_NAME_BYTES = 255
"""The longest key name: an ML-DSA-44 cosignature gives its length one byte."""

KEY_ID_BYTES = 4
_DASH = "— "


class KeyKind(Enum):
    """The signature types used here, by their byte in a key id."""

    ED25519 = 0x01
    ED25519_COSIGNATURE = 0x04
    ML_DSA_44_COSIGNATURE = 0x06

    @property
    def key_bytes(self) -> int:
        """How long a public key of this kind is."""
        return 1312 if self is KeyKind.ML_DSA_44_COSIGNATURE else 32

    @property
    def signature_bytes(self) -> int:
        """How long what follows the key id in a signature is: cosignatures begin with eight bytes of time."""
        return {KeyKind.ED25519: 64, KeyKind.ED25519_COSIGNATURE: 72, KeyKind.ML_DSA_44_COSIGNATURE: 2428}[self]


@dataclass(frozen=True)
class VerifierKey:
    """A public key under the name its signature lines bear."""

    name: str
    kind: KeyKind
    key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.key) != self.kind.key_bytes:
            raise LocalError(f"not a verifier key: {self.name!r} with {len(self.key)} bytes")

    @property
    def key_id(self) -> bytes:
        """The four bytes a signature by this key begins with."""
        tagged = self.name.encode() + b"\n" + bytes([self.kind.value]) + self.key
        return hashlib.sha256(tagged).digest()[:KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The key as people hand it to each other: `name+key id+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{write_base64(bytes([self.kind.value]) + self.key)}"


@dataclass(frozen=True)
class NoteSignature:
    """One signature line. `signature` is what follows the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """The line as it stands in a note, with its line feed."""
        return f"{_DASH}{self.name} {write_base64(self.key_id + self.signature)}\n"

    def is_by(self, key: VerifierKey) -> bool:
        """Return whether the line says it was made with `key`."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True)
class Note:
    """A text (it ends with a line feed) and its signatures, read but not verified."""

    text: str
    signatures: tuple[NoteSignature, ...]


def is_key_name(name: str) -> bool:
    """Return whether a key may bear this name: 1 to 255 bytes without spaces, controls and plus signs."""
    if not 0 < len(name) <= MAX_NAME_BYTES or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        return False
    return not any(
        symbol.isspace() or symbol == "+" or symbol < " " or "\ud800" <= symbol <= "\udfff" for symbol in name
    )


def parse_vkey(text: str) -> VerifierKey:
    """Return the key `text` spells.

    Raises:
        PeerError: not a verifier key of a kind used here, or its key id is another (`vkey_malformed`).
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        tagged = read_base64(encoded)
        key = VerifierKey(name, KeyKind(tagged[0]), tagged[1:])
    except (PeerError, LocalError, ValueError, IndexError) as error:
        raise PeerError(f"verifier key {text[:60]!r}: {error}", code="vkey_malformed") from error
    if key.vkey != text or key.key_id.hex() != key_id:
        raise PeerError(f"verifier key {text[:60]!r} has another key id", code="vkey_malformed")
    return key


def parse_note(data: bytes) -> Note:
    """Return the note `data` spells.

    Raises:
        PeerError: longer than 64 KiB or in any way not exactly a signed note (`note_malformed`).
    """
    if len(data) > MAX_NOTE_BYTES:
        raise malformed(f"{len(data)} bytes")
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed("not UTF-8") from error
    if any(symbol < " " and symbol != "\n" for symbol in content):
        raise malformed("a control character")
    text, blank, signatures = content.rpartition("\n\n")
    if not blank or not text or not signatures.endswith("\n"):
        raise malformed("no text and signatures divided by an empty line")
    return Note(text + "\n", parse_signatures(signatures))


def parse_signatures(content: str) -> tuple[NoteSignature, ...]:
    """Return the signature lines of `content`, one or more, each ended by a line feed.

    Raises:
        PeerError: a line that is not exactly one, or more than 64 (`note_malformed`).
    """
    *lines, rest = content.split("\n")
    if rest or not 0 < len(lines) <= MAX_SIGNATURES:
        raise malformed(f"{len(lines)} signature lines")
    return tuple(_parse_line(line) for line in lines)


def print_note(text: str, signatures: Sequence[NoteSignature]) -> bytes:
    """Return the bytes of a note.

    Raises:
        LocalError: it could not be read again.
    """
    data = (text + "\n" + "".join(signature.line for signature in signatures)).encode()
    try:
        if parse_note(data) != Note(text, tuple(signatures)):
            raise LocalError("a note that reads differently")
    except PeerError as error:
        raise LocalError(f"not a note: {error}") from error
    return data


def write_base64(value: bytes) -> str:
    """Return `value` in base64."""
    return base64.b64encode(value).decode("ascii")


def read_base64(text: str) -> bytes:
    """Return what `text` encodes; of the spellings base64 allows only the plain one is accepted.

    Raises:
        PeerError: it is not that (`note_malformed`).
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed("not base64") from error
    if write_base64(value) != text:
        raise malformed("not the canonical spelling in base64")
    return value


def read_hash(text: str) -> bytes:
    """Return the 32 bytes `text` encodes in base64.

    Raises:
        PeerError: it does not (`note_malformed`).
    """
    value = read_base64(text)
    if len(value) != 32:
        raise malformed(f"a hash of {len(value)} bytes")
    return value


def read_decimal(text: str, limit: int) -> int:
    """Return the number `text` spells, 0 to `limit`, without leading zeros.

    Raises:
        PeerError: it does not (`note_malformed`).
    """
    plain = text.isascii() and text.isdecimal() and len(text) <= 20
    if not plain or (len(text) > 1 and text[0] == "0") or int(text) > limit:
        raise malformed(f"not a number from 0 to {limit}: {text[:30]!r}")
    return int(text)


def malformed(detail: str) -> PeerError:
    """Return the error for bytes that are not what they should be (`note_malformed`)."""
    return PeerError(f"log note: {detail}", code="note_malformed")


def _parse_line(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise malformed("a signature line begins otherwise")
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not is_key_name(name):
        raise malformed("a signature line without a key name")
    value = read_base64(encoded)
    if len(value) <= KEY_ID_BYTES:
        raise malformed("a signature of no length")
    return NoteSignature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])
