"""What one voice packet carries: 20 ms of Opus and, on a lossy line, a copy of the 20 ms before (RFC 2198). Pure.

The copy is what makes a lost packet inaudible: PyAV's Opus decoder cannot read the repair data Opus itself can carry.
"""

import struct
from dataclasses import dataclass

from protocol.errors import PeerError

SAMPLE_RATE_HZ = 48_000
FRAME_SAMPLES = 960
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE_HZ
FRAME_BYTES = FRAME_SAMPLES * 2
"""Bytes of 20 ms of sound: 16 bit, one channel."""

MAX_OPUS_BYTES = 1275
MAX_COPIES = 2
_MAX_COPY_BYTES = 1023
_MAX_AGE_SAMPLES = (1 << 14) - 1
_FOLLOWS = 0x80
_COPY_HEADER = struct.Struct("!I")


@dataclass(frozen=True)
class EncodedFrame:
    """20 ms of speech as Opus; `age_samples` is how long before the packet's RTP timestamp it was spoken."""

    data: bytes
    age_samples: int = 0


def pack_redundant(payload_type: int, newest: bytes, copies: tuple[EncodedFrame, ...] = ()) -> bytes:
    """Return a packet with `newest` and `copies` of earlier frames, oldest first; copies too long or old are left out.

    `payload_type` is the one Opus itself has in this session.
    """
    kept = [copy for copy in copies if len(copy.data) <= _MAX_COPY_BYTES and copy.age_samples <= _MAX_AGE_SAMPLES]
    kept = kept[-MAX_COPIES:]
    headers = b"".join(
        _COPY_HEADER.pack((_FOLLOWS | payload_type) << 24 | copy.age_samples << 10 | len(copy.data)) for copy in kept
    )
    return headers + bytes([payload_type]) + b"".join(copy.data for copy in kept) + newest


def unpack_redundant(payload: bytes) -> tuple[EncodedFrame, ...]:
    """Return the frames of a packet, oldest first, the newest last.

    Raises:
        PeerError: cut off, too many copies, or a frame that is not 20 ms of Opus.
    """
    sizes: list[tuple[int, int]] = []
    position = 0
    while position < len(payload) and payload[position] & _FOLLOWS:
        if len(sizes) == MAX_COPIES or position + _COPY_HEADER.size > len(payload):
            raise PeerError("a voice packet with malformed copies", code="frame_malformed")
        (header,) = _COPY_HEADER.unpack_from(payload, position)
        sizes.append((header >> 10 & _MAX_AGE_SAMPLES, header & _MAX_COPY_BYTES))
        position += _COPY_HEADER.size
    position += 1
    if position + sum(size for _, size in sizes) >= len(payload):
        raise PeerError("a voice packet that is cut off", code="frame_malformed")
    frames: list[EncodedFrame] = []
    for age, size in sizes:
        frames.append(checked_frame(payload[position : position + size], age))
        position += size
    return (*frames, checked_frame(payload[position:]))


def checked_frame(data: bytes, age_samples: int = 0) -> EncodedFrame:
    """Return `data` as a frame when its first bytes say 20 ms, before any decoder sees it.

    Raises:
        PeerError: empty, too long, or another duration.
    """
    if len(data) > MAX_OPUS_BYTES or opus_samples(data) != FRAME_SAMPLES:
        raise PeerError("a voice frame that is not 20 ms of Opus", code="frame_malformed")
    return EncodedFrame(data, age_samples)


def opus_samples(data: bytes) -> int:
    """Return how many samples at 48 kHz an Opus packet claims to hold, by its first bytes (RFC 6716 section 3.1)."""
    if not data:
        return 0
    config, code = data[0] >> 3, data[0] & 3
    if code == 3:
        return (data[1] & 0x3F if len(data) > 1 else 0) * _samples_of(config)
    return (1 if code == 0 else 2) * _samples_of(config)


def _samples_of(config: int) -> int:
    if config < 12:
        return (480, 960, 1920, 2880)[config & 3]
    if config < 16:
        return (480, 960)[config & 1]
    return (120, 240, 480, 960)[config & 3]
