"""Opus through PyAV."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.transport.voice.opus import BITRATE_BPS, VoiceDecoder, VoiceEncoder
from protocol.transport.voice.packets import FRAME_BYTES, checked_frame
from tests.support.sounds import share_of_tone, sine


def test_speech_survives_at_the_bitrate_we_say() -> None:
    encoder, decoder = VoiceEncoder(), VoiceDecoder()
    packets = [encoder.encode(sine(440, number)) for number in range(100)]
    assert all(checked_frame(packet) for packet in packets)
    assert sum(map(len, packets)) * 8 / 2 == pytest.approx(BITRATE_BPS, rel=0.25)
    sound = b"".join(decoder.decode(packet) for packet in packets)
    assert len(sound) == 100 * FRAME_BYTES
    assert share_of_tone(sound[20 * FRAME_BYTES :], 440) > 0.95


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=5), st.booleans())
def test_hostile_bytes_raise_only_peer_error(packets: list[bytes], plausible: bool) -> None:
    decoder = VoiceDecoder()
    for packet in packets:
        with suppress(PeerError):
            assert len(decoder.decode(b"\x08" + packet if plausible else packet)) == FRAME_BYTES


def test_the_decoder_goes_on_after_hostile_bytes() -> None:
    encoder, decoder = VoiceEncoder(), VoiceDecoder()
    with pytest.raises(PeerError):
        decoder.decode(b"\x0b\x41")
    sound = b"".join(decoder.decode(encoder.encode(sine(440, number))) for number in range(50))
    assert share_of_tone(sound[20 * FRAME_BYTES :], 440) > 0.9
