"""Voice in aiortc: Opus, alone or with copies (RFC 2198), the way in and out through public names.

A sender's track hands `SpokenBlock`s to `VoiceSenderEncoder`. On the other side every packet goes straight to the
track as `ReceivedVoice`, without aiortc's jitter buffer: `protocol.transport.voice.playout` takes its place.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from aiortc import RTCRtpCodecCapability, RTCRtpSender
from aiortc.codecs import CODECS
from aiortc.codecs.base import Decoder, Encoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from av.frame import Frame

from protocol.errors import PeerError
from protocol.transport.voice.opus import VoiceEncoder
from protocol.transport.voice.packets import (
    FRAME_SAMPLES,
    SAMPLE_RATE_HZ,
    EncodedFrame,
    checked_frame,
    pack_redundant,
    unpack_redundant,
)

OPUS = "audio/opus"
REDUNDANT = "audio/red"
_OFFERED = (REDUNDANT, OPUS)
_OPUS_TYPE = 96
_REDUNDANT_TYPE = 124

_log = logging.getLogger(__name__)


class SpokenBlock(Frame):  # type: ignore[misc, unused-ignore]  # av gives no types to its frames
    """20 ms from the microphone at `timestamp` (48 kHz clock); `copied` asks for a copy of the block before."""

    def __init__(
        self,
        block: bytes,
        timestamp: int,
        *,
        copied: bool,
        encoded: Callable[[int, bytes], None] | None = None,
    ) -> None:
        self.block = block
        self.timestamp = timestamp
        self.copied = copied
        self.encoded = encoded
        """Gets the time and the Opus data made of it, on the encoder's thread."""


class ReceivedVoice(Frame):  # type: ignore[misc, unused-ignore]
    """The frames of one packet with RTP time `timestamp`; `arrived` in monotonic s."""

    def __init__(self, frames: tuple[EncodedFrame, ...], timestamp: int, arrived: float) -> None:
        self.frames = frames
        self.timestamp = timestamp
        self.arrived = arrived


class VoicePacket(JitterFrame):
    """One packet as it came, on its way through aiortc's receiver, which must not reorder or renumber it."""

    def __init__(self, packet: RtpPacket) -> None:
        super().__init__(data=packet.payload, timestamp=0)
        self.sent_timestamp = packet.timestamp
        self.arrived = time.monotonic()


class VoiceSenderEncoder(Encoder):  # type: ignore[misc, unused-ignore]
    """Encodes what the microphone gave. Runs on a worker thread; never raises, since aiortc would end the sender."""

    def __init__(self, *, redundant: bool) -> None:
        self._redundant = redundant
        self._opus: VoiceEncoder | None = None
        self._before: tuple[int, bytes] | None = None

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """Return the packet for a SpokenBlock; no packets for anything else."""
        if not isinstance(frame, SpokenBlock):
            _log.error("voice got a %s instead of a block", type(frame).__name__)
            return [], 0
        try:
            return self._encode(frame), frame.timestamp
        except Exception:
            _log.exception("encoding voice failed")
            return [], 0

    def pack(self, packet: Any) -> tuple[list[bytes], int]:
        """Send nothing: our track gives blocks only."""
        _log.error("voice got a %s instead of a block", type(packet).__name__)
        return [], 0

    def _encode(self, spoken: SpokenBlock) -> list[bytes]:
        if self._opus is None:
            self._opus = VoiceEncoder()
        data = self._opus.encode(spoken.block)
        if not data:
            return []
        if spoken.encoded is not None:
            spoken.encoded(spoken.timestamp, data)
        before, self._before = self._before, (spoken.timestamp, data)
        if not self._redundant:
            return [data]
        copies: tuple[EncodedFrame, ...] = ()
        if spoken.copied and before is not None and spoken.timestamp - before[0] == FRAME_SAMPLES:
            copies = (EncodedFrame(before[1], FRAME_SAMPLES),)
        return [pack_redundant(_OPUS_TYPE, data, copies)]


class VoicePassThrough(Decoder):  # type: ignore[misc, unused-ignore]
    """Given to aiortc as the decoder: takes packets apart and hands their frames to the track, still encoded."""

    def __init__(self, *, redundant: bool) -> None:
        self._redundant = redundant

    def decode(self, encoded_frame: JitterFrame) -> list[Frame]:
        """Return one ReceivedVoice; nothing for a packet that is not voice as we know it."""
        if not isinstance(encoded_frame, VoicePacket):
            return []
        try:
            data = encoded_frame.data
            frames = unpack_redundant(data) if self._redundant else (checked_frame(data),)
        except PeerError as error:
            _log.debug("%s", error)
            return []
        return [ReceivedVoice(frames, encoded_frame.sent_timestamp, encoded_frame.arrived)]


def register() -> None:
    """Make copies known to aiortc, ahead of Opus alone; may be called again with the same result."""
    if any(codec.mimeType.lower() == REDUNDANT for codec in CODECS["audio"]):
        return
    CODECS["audio"].insert(
        0,
        RTCRtpCodecParameters(
            mimeType=REDUNDANT,
            clockRate=SAMPLE_RATE_HZ,
            channels=2,
            payloadType=_REDUNDANT_TYPE,
            parameters={f"{_OPUS_TYPE}/{_OPUS_TYPE}": None},
        ),
    )


def offered_codecs() -> list[RTCRtpCodecCapability]:
    """Return what both sides speak, best first: Opus with copies, then Opus alone."""
    return [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType.lower() in _OFFERED]


def is_voice(codec: RTCRtpCodecParameters) -> bool:
    """Say whether `codec` is for our audio section; it carries Opus whatever name a peer insists on."""
    return bool(codec.mimeType.lower().startswith("audio/"))


def make_encoder(codec: RTCRtpCodecParameters) -> Encoder:
    """Return the encoder of a voice codec."""
    return VoiceSenderEncoder(redundant=codec.mimeType.lower() == REDUNDANT)


def make_decoder(codec: RTCRtpCodecParameters) -> Decoder:
    """Return the decoder of a voice codec: a pass-through."""
    return VoicePassThrough(redundant=codec.mimeType.lower() == REDUNDANT)
