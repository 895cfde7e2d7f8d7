"""The packets of the screen stream: an update cut into fragments, each with a header of ours. Pure.

Header, big-endian: kind (1 byte), the sender's round trip time in units of 4 ms (1), packet number (2), update number
(2); a fragment of several goes on with its index (2) and their count (2). The highest bit of `kind` is always set: it
is H.264's forbidden_zero_bit (RFC 6184 section 5.3), so that no packet of standard video looks like one of these.
Packet and update numbers are the low 16 bits of counters that start at 0.
"""

import struct
from dataclasses import dataclass

from protocol.errors import LocalError, PeerError
from protocol.picture.updates import MAX_UPDATE_BYTES

MAX_PAYLOAD_BYTES = 1200
"""Fits every path that carries WebRTC, with room for RTP, SRTP, TURN and IPv6 headers."""

ROUND_TRIP_UNIT_S = 0.004

_FIXED = struct.Struct("!BBHH")
_PLACE = struct.Struct("!HH")
MAX_BODY_BYTES = MAX_PAYLOAD_BYTES - _FIXED.size - _PLACE.size
MAX_FRAGMENTS = -(-MAX_UPDATE_BYTES // MAX_BODY_BYTES)

_SCREEN = 0x80
_STARTS_EPOCH = 0x01
_SEVERAL = 0x02


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part `index` of the `count` parts of update `update` (0..65535). `body` holds 1..1190 bytes."""

    update: int
    index: int
    count: int
    starts_epoch: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class ScreenPacket:
    """A fragment on its way: `number` (0..65535) counts packets, `round_trip_s` (0..1.02) is what the sender measured.

    0 means that the round trip is not known yet.
    """

    number: int
    round_trip_s: float
    fragment: Fragment


def split_update(data: bytes, *, update: int, starts_epoch: bool) -> list[Fragment]:
    """Return the fragments of an update of 1 byte to 8 MiB, of even sizes; `update` counts without limit.

    Raises:
        LocalError: there is no byte, or there are too many.
    """
    if not 0 < len(data) <= MAX_UPDATE_BYTES:
        raise LocalError(f"an update of {len(data)} bytes")
    count = -(-len(data) // MAX_BODY_BYTES)
    return [
        Fragment(
            update & 0xFFFF,
            index,
            count,
            starts_epoch,
            data[len(data) * index // count : len(data) * (index + 1) // count],
        )
        for index in range(count)
    ]


def pack_packet(fragment: Fragment, *, number: int, round_trip_s: float) -> bytes:
    """Return the RTP payload of `fragment` as packet `number` (counts without limit); at most 1200 bytes."""
    several = fragment.count > 1
    kind = _SCREEN | (_STARTS_EPOCH if fragment.starts_epoch else 0) | (_SEVERAL if several else 0)
    round_trip = min(255, max(0, round(round_trip_s / ROUND_TRIP_UNIT_S)))
    header = _FIXED.pack(kind, round_trip, number & 0xFFFF, fragment.update)
    return header + (_PLACE.pack(fragment.index, fragment.count) if several else b"") + fragment.body


def is_screen_packet(payload: bytes) -> bool:
    """Say whether an RTP payload belongs to the screen stream and not to standard video."""
    return bool(payload) and payload[0] & _SCREEN != 0


def parse_packet(payload: bytes) -> ScreenPacket:
    """Return the packet in an RTP payload.

    Raises:
        PeerError: `frame_malformed`, not a packet of the screen stream.
    """
    if not _FIXED.size < len(payload) <= MAX_PAYLOAD_BYTES:
        raise _malformed(f"{len(payload)} bytes")
    kind, round_trip, number, update = _FIXED.unpack_from(payload)
    if kind & ~(_STARTS_EPOCH | _SEVERAL) != _SCREEN:
        raise _malformed(f"kind {kind:#x}")
    index, count, start = 0, 1, _FIXED.size
    if kind & _SEVERAL:
        start += _PLACE.size
        if len(payload) <= start:
            raise _malformed("no body")
        index, count = _PLACE.unpack_from(payload, _FIXED.size)
        if not 1 < count <= MAX_FRAGMENTS or index >= count:
            raise _malformed(f"fragment {index} of {count}")
    body = payload[start:]
    if len(body) > MAX_BODY_BYTES:
        raise _malformed(f"body of {len(body)} bytes")
    fragment = Fragment(update, index, count, bool(kind & _STARTS_EPOCH), body)
    return ScreenPacket(number, round_trip * ROUND_TRIP_UNIT_S, fragment)


def nearest(low16: int, reference: int) -> int:
    """Return the number with the low 16 bits `low16` that is nearest to `reference`; it may be negative."""
    return reference + ((low16 - reference + 0x8000) & 0xFFFF) - 0x8000


def _malformed(what: str) -> PeerError:
    return PeerError(f"screen packet: {what}", code="frame_malformed")
