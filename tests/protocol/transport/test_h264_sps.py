"""The size a parameter set claims is known before the decoder sees it."""

from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.transport.h264 import MAX_PIXELS, ScreenH264Decoder
from protocol.transport.h264_sps import picture_size
from protocol.transport.repair import Pictures


def encoded(width: int, height: int, profile: str = "baseline") -> bytes:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base = Fraction(1, 30)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": profile}
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
@pytest.mark.parametrize(("width", "height"), [(320, 240), (1920, 1080), (1366, 768), (64, 2160)])
def test_the_size_is_read_in_whole_macroblocks(width: int, height: int, profile: str) -> None:
    found = picture_size(encoded(width, height, profile), max_pixels=MAX_PIXELS)
    assert found == (-(-width // 16) * 16, -(-height // 16) * 16)


def test_a_picture_larger_than_the_bound_is_refused_before_decoding() -> None:
    with pytest.raises(PeerError) as raised:
        picture_size(encoded(1920, 1080), max_pixels=1920 * 1080 // 2)
    assert raised.value.code == "picture_too_large"


def test_the_decoder_survives_a_refused_picture_and_shows_the_next() -> None:
    decoder = ScreenH264Decoder()
    bomb = b"\x00\x00\x00\x01\x67\x42\xc0\x1f" + bytes([0b11111000]) + bytes(20)
    frames = decoder.decode(Pictures([bomb, encoded(320, 240)], 0))
    assert [(frame.width, frame.height, frame.format.name) for frame in frames] == [(320, 240, "bgra")]


@given(st.binary(max_size=200))
def test_arbitrary_parameter_sets_raise_only_peer_error(data: bytes) -> None:
    try:
        picture_size(b"\x00\x00\x01\x67" + data, max_pixels=MAX_PIXELS)
    except PeerError:
        return


@given(st.binary(max_size=300))
def test_a_claimed_size_is_never_above_the_bound(data: bytes) -> None:
    try:
        size = picture_size(data, max_pixels=1000)
    except PeerError:
        return
    assert size is None or size[0] * size[1] <= 1000
