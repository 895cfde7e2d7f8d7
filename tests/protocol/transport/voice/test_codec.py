"""Voice on its way into and out of aiortc, without a connection."""

import pytest
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from av.frame import Frame
from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.voice import codec
from protocol.transport.voice.codec import ReceivedVoice, SpokenBlock, VoicePacket
from protocol.transport.voice.packets import FRAME_SAMPLES
from tests.support.sounds import sine

RED = RTCRtpCodecParameters(mimeType="audio/red", clockRate=48000, channels=2, payloadType=124)
OPUS = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48000, channels=2, payloadType=96)


def arrived(payload: bytes, timestamp: int = 7) -> VoicePacket:
    packet = RtpPacket(payload_type=124, sequence_number=1, timestamp=timestamp)
    packet.payload = payload
    return VoicePacket(packet)


def received(parameters: RTCRtpCodecParameters, payload: bytes) -> list[ReceivedVoice]:
    frames = codec.make_decoder(parameters).decode(arrived(payload))
    assert all(isinstance(frame, ReceivedVoice) for frame in frames)
    return frames


def test_copies_are_sent_only_when_asked_for_and_only_of_the_block_before() -> None:
    encoder = codec.make_encoder(RED)
    counts = []
    for timestamp, copied in ((960, True), (1920, True), (2880, False), (9600, True), (10560, True)):
        (payload,), sent = encoder.encode(SpokenBlock(sine(440, timestamp // 960), timestamp, copied=copied))
        assert sent == timestamp
        (voice,) = received(RED, payload)
        counts.append([frame.age_samples for frame in voice.frames])
    assert counts == [[0], [FRAME_SAMPLES, 0], [0], [0], [FRAME_SAMPLES, 0]]


def test_a_peer_without_copies_gets_opus_alone() -> None:
    (payload,), _ = codec.make_encoder(OPUS).encode(SpokenBlock(sine(440, 0), 0, copied=True))
    (voice,) = received(OPUS, payload)
    assert [frame.data for frame in voice.frames] == [payload]
    assert voice.timestamp == 7


@pytest.mark.allow_error_logs
def test_what_is_not_ours_is_neither_sent_nor_received() -> None:
    encoder = codec.make_encoder(RED)
    assert encoder.encode(Frame.__new__(ReceivedVoice)) == ([], 0)
    assert encoder.encode(SpokenBlock(b"short", 0, copied=False)) == ([], 0)
    assert encoder.pack(object()) == ([], 0)
    assert codec.make_decoder(RED).decode(JitterFrame(b"x", 0)) == []


@given(st.binary(max_size=1500))
def test_hostile_packets_bring_nothing(payload: bytes) -> None:
    for voice in received(RED, payload) + received(OPUS, payload):
        assert voice.frames


def test_registering_twice_changes_nothing() -> None:
    codec.register()
    codec.register()
    assert [offered.mimeType for offered in codec.offered_codecs()] == ["audio/red", "audio/opus"]
