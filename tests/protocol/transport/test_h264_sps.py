"""The size a parameter set claims is known before the decoder sees it."""

from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.transport.h264 import MAX_PIXELS, ScreenH264Decoder
from protocol.transport.h264_sps import MAX_REFERENCE_FRAMES, MAX_REFERENCE_PIXELS, picture_size
from protocol.transport.repair import Pictures


def encoded(width: int, height: int, profile: str = "baseline", kind: str = "yuv420p", references: int = 1) -> bytes:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, kind
    codec.time_base = Fraction(1, 30)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": profile, "refs": str(references)}
    frame = av.VideoFrame(width, height, kind)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
@pytest.mark.parametrize(("width", "height"), [(320, 240), (1920, 1080), (1366, 768), (64, 2160)])
def test_the_size_is_read_in_whole_macroblocks(width: int, height: int, profile: str) -> None:
    found = picture_size(encoded(width, height, profile), max_pixels=MAX_PIXELS)
    assert found == (-(-width // 16) * 16, -(-height // 16) * 16)


def test_w6_a_picture_larger_than_the_bound_is_refused_before_decoding() -> None:
    with pytest.raises(PeerError) as raised:
        picture_size(encoded(1920, 1080), max_pixels=1920 * 1080 // 2)
    assert raised.value.code == "picture_too_large"


def test_the_decoder_survives_a_refused_picture_and_shows_the_next() -> None:
    decoder = ScreenH264Decoder()
    bomb = b"\x00\x00\x00\x01\x67\x42\xc0\x1f" + bytes([0b11111000]) + bytes(20)
    frames = decoder.decode(Pictures([bomb, encoded(320, 240)], 0))
    assert [(frame.width, frame.height, frame.format.name) for frame in frames] == [(320, 240, "bgra")]


def parameter_set(width: int, height: int, references: int) -> bytes:
    """A baseline parameter set that claims this size in macroblocks and so many reference pictures."""
    bits = "".join(map(exp_golomb, (0, 0, 0, 0, references))) + "0"
    bits += exp_golomb(width - 1) + exp_golomb(height - 1) + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big")
    for last in (3, 2, 1, 0):
        body = body.replace(bytes((0, 0, last)), bytes((0, 0, 3, last)))
    return b"\x00\x00\x01\x67\x42\xc0\x1f" + body


def exp_golomb(number: int) -> str:
    binary = f"{number + 1:b}"
    return "0" * (len(binary) - 1) + binary


@given(st.integers(1, 480), st.integers(1, 270), st.integers(0, 40))
def test_what_the_references_take_is_bounded_whatever_is_claimed(width: int, height: int, references: int) -> None:
    claimed = parameter_set(width, height, references)
    pixels = width * height * 256
    if references <= MAX_REFERENCE_FRAMES and references * pixels <= MAX_REFERENCE_PIXELS and pixels <= MAX_PIXELS:
        assert picture_size(claimed, max_pixels=MAX_PIXELS) == (width * 16, height * 16)
        return
    with pytest.raises(PeerError) as raised:
        picture_size(claimed, max_pixels=MAX_PIXELS)
    assert raised.value.code == "picture_too_large"


@pytest.mark.parametrize("references", [1, 4, 16])
def test_as_many_references_as_1080p_may_have_are_accepted(references: int) -> None:
    found = picture_size(encoded(1920, 1080, "high", references=references), max_pixels=MAX_PIXELS)
    assert found == (1920, 1088)


@pytest.mark.parametrize("kind", ["yuv422p", "yuv444p", "yuv420p10le"])
def test_pixels_that_take_more_memory_are_refused(kind: str) -> None:
    profile = {"yuv422p": "high422", "yuv444p": "high444", "yuv420p10le": "high10"}[kind]
    with pytest.raises(PeerError) as raised:
        picture_size(encoded(64, 64, profile, kind), max_pixels=MAX_PIXELS)
    assert raised.value.code == "picture_malformed"


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
