"""Opus through PyAV: 20 ms of 48 kHz, 16 bit, one channel, in and out. Each object belongs to one thread."""

import av
from av import AudioFrame, CodecContext, Packet

from protocol.errors import PeerError
from protocol.transport.voice.packets import FRAME_BYTES, FRAME_SAMPLES, SAMPLE_RATE_HZ, checked_frame

BITRATE_BPS = 24_000


class VoiceEncoder:
    """Speech at 24 kbit/s."""

    def __init__(self) -> None:
        codec = CodecContext.create("libopus", "w")
        codec.bit_rate = BITRATE_BPS
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = SAMPLE_RATE_HZ
        codec.options = {"application": "voip", "frame_duration": "20", "vbr": "constrained", "compression_level": "6"}
        self._codec = codec

    def encode(self, block: bytes) -> bytes:
        """Return the Opus packet for one block of 1920 bytes; empty while the encoder wants more before its first."""
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.planes[0].update(block)
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class VoiceDecoder:
    """Turns Opus packets back into blocks."""

    def __init__(self) -> None:
        codec = CodecContext.create("libopus", "r")
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = SAMPLE_RATE_HZ
        self._codec = codec

    def decode(self, data: bytes) -> bytes:
        """Return exactly one block of 1920 bytes.

        Raises:
            PeerError: not 20 ms of Opus.
        """
        checked_frame(data)
        try:
            frames = self._codec.decode(Packet(data))
        except (av.FFmpegError, ValueError) as error:
            raise PeerError("a voice frame that cannot be decoded", code="frame_malformed") from error
        block = b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
        if len(block) != FRAME_BYTES:
            raise PeerError("a voice frame of another length than 20 ms", code="frame_malformed")
        return block
