"""What stands in the log: canonical JSON, one leaf for a batch of one lane's events, one for each act on a session.

Nothing in a leaf names a person: session ids are random, actors and documents are hashes.
"""

import hashlib
from typing import Annotated, Literal, get_args

import msgspec

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.errors import LocalError, PeerError

MAX_LEAF_BYTES = 1024

SessionId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Moment = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]

ActKind = Literal["erasure", "view", "export", "signature", "config", "hold"]
"""Acts on a session that are not events of its lanes; `config` is about the whole log."""

ACT_KINDS: frozenset[str] = frozenset(get_args(ActKind))


class BatchLeaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events `first` to `end` (exclusive) of one lane; `head` is the hash of the last of them."""

    v: Literal[1]
    kind: Literal["batch"]
    sid: SessionId
    lane: Literal["C", "T"]
    first: _Number = msgspec.field(name="from")
    end: _Number = msgspec.field(name="to")
    head: Hex64


class ActLeaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody did something with a session at `at_ms` (Unix ms).

    `actor` is a hash that stands for who it was; `document` is the SHA-256 of the document that says the rest, kept
    beside the log. `sid` is empty when it was about no one session.
    """

    v: Literal[1]
    kind: ActKind
    sid: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{32})?$", max_length=32)]
    at_ms: Moment
    actor: Hex64
    document: Hex64


Leaf = BatchLeaf | ActLeaf


def batch_leaf(sid: str, lane: str, first: int, end: int, head: str) -> BatchLeaf:
    """Return the leaf of events `first` to `end` (exclusive) of a lane."""
    return BatchLeaf(v=1, kind="batch", sid=sid, lane="C" if lane == "C" else "T", first=first, end=end, head=head)


def act_leaf(kind: ActKind, *, sid: str, at_ms: int, actor: str, document: bytes) -> ActLeaf:
    """Return the leaf of an act; `actor` is 64 hex digits, `document` the exact bytes that say what was done."""
    digest = hashlib.sha256(document).hexdigest()
    return ActLeaf(v=1, kind=kind, sid=sid, at_ms=at_ms, actor=actor, document=digest)


def encode_leaf(leaf: Leaf) -> bytes:
    """Return the bytes of `leaf`, the ones that are hashed.

    Raises:
        LocalError: a field is out of range.
    """
    data = encode_canonical(msgspec.to_builtins(leaf))
    try:
        parse_leaf(data)
    except PeerError as error:
        raise LocalError(f"cannot log this: {error}") from error
    return data


def parse_leaf(data: bytes) -> Leaf:
    """Return the leaf `data` spells.

    Raises:
        PeerError: longer than 1 KiB, not canonical, a field missing, unknown or out of range (`leaf_invalid`).
    """
    try:
        fields = decode_canonical(data, MAX_LEAF_BYTES)
        leaf: Leaf = (
            msgspec.convert(fields, BatchLeaf) if fields.get("kind") == "batch" else msgspec.convert(fields, ActLeaf)
        )
    except (PeerError, msgspec.ValidationError) as error:
        raise _invalid(str(error)) from error
    if isinstance(leaf, BatchLeaf) and leaf.first >= leaf.end:
        raise _invalid("a batch of no events")
    if isinstance(leaf, ActLeaf) and (leaf.kind == "config") != (not leaf.sid):
        raise _invalid(f"a {leaf.kind} leaf with the session {leaf.sid!r}")
    return leaf


def _invalid(detail: str) -> PeerError:
    return PeerError(f"log leaf: {detail}", code="leaf_invalid")
