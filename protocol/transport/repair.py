"""Loss repair for standard video: whole pictures as soon as their last packet is here, missing packets asked for again.

Takes the place of aiortc's JitterBuffer (which waits for the *next* picture: one frame interval late, and never shows
the last picture of a still screen), NackGenerator (which asks once) and REMB estimator (which starves screen content
after stillness; the customer's side adapts on receiver reports instead). Packets of the screen stream are passed on to
`protocol.transport.screen_repair`: which of the two a peer sends is known only from its packets. Packets of voice pass
at once: `protocol.transport.voice.playout` holds them.
"""

import time
from collections.abc import Callable

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add, uint16_gt

from protocol.transport.picture_packets import is_screen_packet
from protocol.transport.screen_repair import ScreenNacks, ScreenStreamBuffer
from protocol.transport.voice.codec import VoicePacket

GAP_TIMEOUT_S = 0.3
"""How long a missing packet may hold later pictures back before we give up on it and ask for a key frame."""

KEY_FRAME_INTERVAL_S = 0.5
"""The shortest time between two requests for a key frame."""

NACK_INTERVAL_S = 0.06
"""How often a packet that stays missing is asked for again."""


class Pictures(JitterFrame):
    """One or more whole encoded pictures, in order; several after a repaired loss. `parts` holds their bytes."""

    def __init__(self, parts: list[bytes], timestamp: int) -> None:
        super().__init__(data=parts[-1], timestamp=timestamp)
        self.parts = parts


class MarkerJitterBuffer(JitterBuffer):
    """Releases a picture when the packet with the RTP marker completes it (RFC 6184 section 5.1).

    `add` answers like aiortc's: (ask for a key frame?, pictures or None). `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        capacity: int,
        prefetch: int = 0,
        is_video: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(capacity, prefetch, is_video)
        self._video = is_video
        self._clock = clock
        self._screen = ScreenStreamBuffer()
        self._next: int | None = None
        self._picture: list[RtpPacket] = []
        self._early: dict[int, RtpPacket] = {}
        self._gap_since: float | None = None
        self._key_frame_asked = float("-inf")
        self._broken = False

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take one packet; return whether to ask for a key frame, and what it completed."""
        if not self._video:
            return False, VoicePacket(packet)
        now = self._clock()
        if is_screen_packet(packet.payload):
            return self._screen.add(packet, now)
        if self._next is None:
            self._next = packet.sequence_number
        if uint16_gt(self._next, packet.sequence_number):
            return self._key_frame_wanted(now), None
        self._early[packet.sequence_number] = packet
        parts, timestamp = self._advance()
        if not self._early:
            self._gap_since = None
        elif parts or self._gap_since is None:
            self._gap_since = now
        elif now - self._gap_since > GAP_TIMEOUT_S or len(self._early) > self._capacity:
            self._skip_damage()
            self._gap_since = now
        return self._key_frame_wanted(now), Pictures(parts, timestamp) if parts else None

    def _advance(self) -> tuple[list[bytes], int]:
        """Move packets that are next in order into the picture being built; return the pictures this completes."""
        parts: list[bytes] = []
        timestamp = 0
        while self._next in self._early:
            packet = self._early.pop(self._next)
            self._next = uint16_add(self._next, 1)
            self._picture.append(packet)
            if packet.marker:
                data = b"".join(part._data for part in self._picture)  # type: ignore[attr-defined]
                self._picture = []
                if not self._broken or _starts_with_parameter_set(data):
                    self._broken = False
                    parts.append(data)
                    timestamp = packet.timestamp
        return parts, timestamp

    def _skip_damage(self) -> None:
        """Give the damaged picture up: go on behind its marker, and show nothing until a key frame."""
        assert self._next is not None
        origin = self._next
        self._picture = []
        for sequence in sorted(self._early, key=lambda sequence: uint16_add(sequence, -origin)):
            packet = self._early.pop(sequence)
            self._next = uint16_add(sequence, 1)
            if packet.marker:
                break
        self._broken = True

    def _key_frame_wanted(self, now: float) -> bool:
        if not self._broken or now - self._key_frame_asked < KEY_FRAME_INTERVAL_S:
            return False
        self._key_frame_asked = now
        return True


def _starts_with_parameter_set(data: bytes) -> bool:
    return data[:4] == b"\x00\x00\x00\x01" and len(data) > 4 and data[4] & 0x1F == 7


class RepeatingNackGenerator(NackGenerator):
    """Asks for every missing packet again while it stays missing (aiortc asks only when the gap appears).

    Each 60 ms for standard video, each round trip for the screen stream.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._asked = float("-inf")
        self._screen = ScreenNacks()

    def add(self, packet: RtpPacket) -> bool:
        """Note a packet; return whether to send a NACK for `missing` now."""
        if is_screen_packet(packet.payload):
            self.missing = self._screen.due(packet, self._clock())
            return bool(self.missing)
        missed = super().add(packet)
        now = self._clock()
        if missed or (self.missing and now - self._asked >= NACK_INTERVAL_S):
            self._asked = now
            return bool(self.missing)
        return False


class NoBitrateEstimator:
    """Sends no REMB: the sender adapts on the loss that receiver reports tell it."""

    def add(self, **_: int) -> None:
        """Estimate nothing."""
