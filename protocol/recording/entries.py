"""What a recording holds, entry after entry: the screen stream and voice as received, pointer, markers, chat. Pure.

An entry is u8 kind, u32 t_ms (since the recording began), u32 length and so many bytes, little-endian.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal

import msgspec

from protocol.errors import LocalError
from protocol.picture.updates import MAX_UPDATE_BYTES
from protocol.recording.container import malformed

MAX_ENTRY_BYTES = MAX_UPDATE_BYTES
MAX_TEXT = 400
MAX_VOICE_FRAMES = 4
MAX_FRAME_BYTES = 1275
_HEAD = struct.Struct("<BII")
ENTRY_HEAD_BYTES = _HEAD.size
_VOICE = struct.Struct("<BIB")
_FRAME = struct.Struct("<HH")
_U32 = 0xFFFFFFFF


class EntryKind(IntEnum):
    """What an entry's bytes are."""

    STATE = 1
    """An encoded screen update that paints the whole picture, or a part of it; those of one full state are numbered
    from 0 and stand together."""
    UPDATE = 2
    """A screen update exactly as received."""
    CURSOR = 3
    """A message of the cursor channel exactly as received."""
    VOICE = 4
    """A `VoicePacket`."""
    DISPLAY = 5
    """A `DisplaySize`."""
    MARKER = 6
    """A `Marker`."""
    CHAT = 7
    """A `ChatText`."""
    INDEX = 8
    """A `protocol.recording.index.RecordingIndex`; only in the last segment of a finished recording."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `t_ms` counts from the beginning of the recording."""

    kind: EntryKind
    t_ms: int
    body: bytes


@dataclass(frozen=True, slots=True)
class VoicePacket:
    """The frames of one voice packet as received: each is (age in samples, Opus data), at an RTP time of 32 bits."""

    of_customer: bool
    timestamp: int
    frames: tuple[tuple[int, bytes], ...]


class DisplaySize(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large the customer's shared display is, in pixels; on a thin line the picture may be smaller."""

    width: Annotated[int, msgspec.Meta(ge=1, le=0xFFFF)]
    height: Annotated[int, msgspec.Meta(ge=1, le=0xFFFF)]


class MarkerKind(Enum):
    """What a marker stands for."""

    EVENT = "event"
    """An event of the signed record."""
    PAUSED = "paused"
    RESUMED = "resumed"
    REDACTED = "redacted"
    """From here on something is painted over at the customer's side; empty text: no longer."""


class Marker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something happened. An event is named by `lane` and `seq`; `text` is for people and may be a stranger's words."""

    kind: MarkerKind
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    lane: Literal["C", "T", ""] = ""
    seq: Annotated[int, msgspec.Meta(ge=-1)] = -1


class ChatText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one of the two wrote."""

    by_customer: bool
    text: Annotated[str, msgspec.Meta(max_length=4000)]


_encoder = msgspec.msgpack.Encoder()
_decoders: dict[type[Any], msgspec.msgpack.Decoder[Any]] = {
    kind: msgspec.msgpack.Decoder(kind) for kind in (DisplaySize, Marker, ChatText)
}


def pack_entries(entries: Iterable[Entry]) -> bytes:
    """Return the bytes of `entries`.

    Raises:
        LocalError: an entry longer than 8 MiB, or a time beyond 49 days.
    """
    parts = []
    for entry in entries:
        if len(entry.body) > MAX_ENTRY_BYTES or not 0 <= entry.t_ms <= _U32:
            raise LocalError(f"an entry of {len(entry.body)} bytes at {entry.t_ms} ms")
        parts += [_HEAD.pack(entry.kind, entry.t_ms, len(entry.body)), entry.body]
    return b"".join(parts)


def unpack_entries(content: bytes) -> Iterator[Entry]:
    """Yield the entries in `content`.

    Raises:
        PeerError: an unknown kind, a length that does not fit (`recording_malformed`).
    """
    at = 0
    while at < len(content):
        if at + _HEAD.size > len(content):
            raise malformed("an entry that ends early")
        kind, t_ms, length = _HEAD.unpack_from(content, at)
        at += _HEAD.size
        if kind not in EntryKind.__members__.values() or length > min(MAX_ENTRY_BYTES, len(content) - at):
            raise malformed(f"an entry of kind {kind} with {length} bytes")
        yield Entry(EntryKind(kind), t_ms, content[at : at + length])
        at += length


def pack_voice(packet: VoicePacket) -> bytes:
    """Return the bytes of a voice entry."""
    frames = packet.frames[:MAX_VOICE_FRAMES]
    head = _VOICE.pack(packet.of_customer, packet.timestamp & _U32, len(frames))
    return head + b"".join(_FRAME.pack(age & 0xFFFF, len(data)) + data for age, data in frames)


def read_voice(body: bytes) -> VoicePacket:
    """Return what a voice entry holds.

    Raises:
        PeerError: `recording_malformed`.
    """
    if len(body) < _VOICE.size:
        raise malformed("voice that ends early")
    of_customer, timestamp, count = _VOICE.unpack_from(body)
    if of_customer > 1 or count > MAX_VOICE_FRAMES:
        raise malformed(f"voice of {of_customer} with {count} frames")
    frames, at = [], _VOICE.size
    for _ in range(count):
        if at + _FRAME.size > len(body):
            raise malformed("voice that ends early")
        age, length = _FRAME.unpack_from(body, at)
        at += _FRAME.size
        if not 0 < length <= min(MAX_FRAME_BYTES, len(body) - at):
            raise malformed(f"a voice frame of {length} bytes")
        frames.append((age, body[at : at + length]))
        at += length
    if at != len(body):
        raise malformed("voice with something behind it")
    return VoicePacket(bool(of_customer), timestamp, tuple(frames))


def pack_note(note: DisplaySize | Marker | ChatText) -> bytes:
    """Return the bytes of an entry that is a small MessagePack struct."""
    return _encoder.encode(note)


def read_display(body: bytes) -> DisplaySize:
    """Return what a display entry holds. Raises PeerError (`recording_malformed`)."""
    size: DisplaySize = _read(DisplaySize, body)
    return size


def read_marker(body: bytes) -> Marker:
    """Return what a marker entry holds. Raises PeerError (`recording_malformed`)."""
    marker: Marker = _read(Marker, body)
    return marker


def read_chat(body: bytes) -> ChatText:
    """Return what a chat entry holds. Raises PeerError (`recording_malformed`)."""
    chat: ChatText = _read(ChatText, body)
    return chat


def _read(kind: type[Any], body: bytes) -> Any:
    try:
        return _decoders[kind].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(f"{kind.__name__}: {error}") from error
