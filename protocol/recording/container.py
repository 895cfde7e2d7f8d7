"""The bytes of a recording: a header, then sealed segments, each chained to all before it. Pure.

    file     "deskside.recording/1\\n", u32 length, header (MessagePack), segments
    segment  u32 sealed length, u32 index, u32 begins_ms, u32 ends_ms, u8 flags, 32 bytes chain before, sealed entries

All numbers are little-endian. A file that was cut short still has every segment before the cut.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.encoding import lv_cat, sha256_lv
from protocol.errors import LocalError, PeerError
from protocol.messages.base import Count, ShortText
from protocol.pairing.certificates import Serial

MAGIC = b"deskside.recording/1\n"
MAX_HEADER_BYTES = 16 * 1024
MAX_RECORDINGS = 100
"""Of one session."""

MAX_SEGMENT_BYTES = 24 * 1024 * 1024
"""The longest content of a segment: a full state, or one entry and what was before it."""

MAX_SEGMENTS = 1_000_000
KEY_BYTES = 32
HASH_BYTES = 32
_TAG_BYTES = 16
_SEEK, _LAST = 1, 2
_LENGTH = struct.Struct("<I")
_HEAD = struct.Struct("<IIIIB32s")
HEAD_BYTES = _HEAD.size
_CHAIN_DOMAIN = b"deskside/recording/1 chain"
_SEGMENT_DOMAIN = b"deskside/recording/1 segment"


class Recipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The recording's key, sealed to a technician's device or to the organisation's review key (80 bytes).

    `serial` is that of the certificate it was sealed to.
    """

    kind: Literal["device", "review"]
    serial: Serial
    sealed: Annotated[bytes, msgspec.Meta(min_length=80, max_length=80)]


class RecordingHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What everybody may read. `started_at_ms` is Unix time, `recording` counts from 0 in its session."""

    v: Literal[1]
    session: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    recording: Annotated[int, msgspec.Meta(ge=0, lt=MAX_RECORDINGS)]
    ticket: ShortText
    started_at_ms: Count
    recipients: Annotated[tuple[Recipient, ...], msgspec.Meta(min_length=1, max_length=8)]


@dataclass(frozen=True, slots=True)
class SegmentHead:
    """What stands before a sealed segment. Times are ms since the recording began.

    `seeks`: the segment begins with a full state, and can be shown without any before it. `last`: the recording was
    finished with it. `before` is the chain up to it.
    """

    sealed_bytes: int
    index: int
    begins_ms: int
    ends_ms: int
    seeks: bool
    last: bool
    before: bytes

    def pack(self) -> bytes:
        """Return its bytes."""
        flags = (_SEEK if self.seeks else 0) | (_LAST if self.last else 0)
        return _HEAD.pack(self.sealed_bytes, self.index, self.begins_ms, self.ends_ms, flags, self.before)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RecordingHeader)


def write_header(header: RecordingHeader) -> bytes:
    """Return the beginning of a recording's file: what comes before its first segment.

    Raises:
        LocalError: the header breaks a limit.
    """
    data = _encoder.encode(header)
    try:
        read_header(data)
    except PeerError as error:
        raise LocalError(f"this header would be refused: {error}") from error
    return MAGIC + _LENGTH.pack(len(data)) + data


def header_length(start: bytes) -> int:
    """Return how long the header is that follows the first `START_BYTES` of a file.

    Raises:
        PeerError: this is no recording, or its header is too long (`recording_malformed`).
    """
    if len(start) < START_BYTES or not start.startswith(MAGIC):
        raise malformed("not a recording")
    (length,) = _LENGTH.unpack_from(start, len(MAGIC))
    if not 0 < length <= MAX_HEADER_BYTES:
        raise malformed(f"a header of {length} bytes")
    return int(length)


START_BYTES = len(MAGIC) + _LENGTH.size
"""What has to be read to know how long the header is."""


def read_header(data: bytes) -> RecordingHeader:
    """Return what a header says.

    Raises:
        PeerError: `recording_malformed`.
    """
    if len(data) > MAX_HEADER_BYTES:
        raise malformed(f"a header of {len(data)} bytes")
    try:
        header = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(f"header: {error}") from error
    if _encoder.encode(header) != data:
        raise malformed("a header that is not in canonical form")
    return header


def first_chain(header: bytes) -> bytes:
    """Return the chain before the first segment, which fixes the header (its bytes without magic and length)."""
    return sha256_lv(_CHAIN_DOMAIN, hashlib.sha256(header).digest())


def next_chain(before: bytes, segment: bytes) -> bytes:
    """Return the chain after `segment` (head and sealed bytes): it fixes that segment and all before it."""
    return sha256_lv(_CHAIN_DOMAIN, before, hashlib.sha256(segment).digest())


def seal_segment(key: bytes, head: SegmentHead, content: bytes) -> bytes:
    """Return head and sealed content; `head.sealed_bytes` is filled in here. A key must not seal two of one index.

    Raises:
        LocalError: more than 24 MiB, or a segment that goes beyond the format.
    """
    if len(content) > MAX_SEGMENT_BYTES or head.index >= MAX_SEGMENTS:
        raise LocalError(f"segment {head.index} of {len(content)} bytes")
    filled = SegmentHead(
        len(content) + _TAG_BYTES, head.index, head.begins_ms, head.ends_ms, head.seeks, head.last, head.before
    ).pack()
    return filled + ChaCha20Poly1305(key).encrypt(_nonce(head.index), content, lv_cat(_SEGMENT_DOMAIN, filled))


def read_head(data: bytes) -> SegmentHead:
    """Return what a segment's first `HEAD_BYTES` say.

    Raises:
        PeerError: too short, or a limit broken (`recording_malformed`).
    """
    if len(data) < HEAD_BYTES:
        raise malformed("a segment that ends early")
    sealed_bytes, index, begins_ms, ends_ms, flags, before = _HEAD.unpack_from(data)
    if not _TAG_BYTES <= sealed_bytes <= MAX_SEGMENT_BYTES + _TAG_BYTES:
        raise malformed(f"a segment of {sealed_bytes} bytes")
    if index >= MAX_SEGMENTS or begins_ms > ends_ms or flags & ~(_SEEK | _LAST):
        raise malformed(f"segment {index} from {begins_ms} to {ends_ms} ms, flags {flags}")
    return SegmentHead(sealed_bytes, index, begins_ms, ends_ms, bool(flags & _SEEK), bool(flags & _LAST), before)


def open_segment(key: bytes, head: SegmentHead, sealed: bytes) -> bytes:
    """Return the content of a segment.

    Raises:
        PeerError: changed, or sealed under another key (`recording_damaged`).
    """
    try:
        return ChaCha20Poly1305(key).decrypt(_nonce(head.index), sealed, lv_cat(_SEGMENT_DOMAIN, head.pack()))
    except (InvalidTag, ValueError) as error:
        raise damaged(f"segment {head.index} does not open") from error


def malformed(detail: str) -> PeerError:
    """Return the error for what is no recording of ours."""
    return PeerError(
        f"recording: {detail}",
        code="recording_malformed",
        user_text="This is not a recording of Deskside, or it cannot be read.",
    )


def damaged(detail: str) -> PeerError:
    """Return the error for a part that was changed or lost."""
    return PeerError(
        f"recording: {detail}",
        code="recording_damaged",
        user_text="A part of this recording was changed or lost, so it is not shown.",
    )


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")
