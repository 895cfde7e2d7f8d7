import random

import av
import pytest

from customer_client.capture.source import Picture
from customer_client.video.h264_packets import nal_type
from customer_client.video.screen_encoder import ScreenH264Encoder
from protocol.errors import LocalError
from tests.support.screen_pages import luma_psnr_db, page

FRAME = 3000
START = b"\0\0\0\1"


class Receiver:
    """A decoder that gives each picture at once."""

    def __init__(self):
        self._codec = av.CodecContext.create("h264", "r")
        self._codec.flags |= av.codec.context.Flags.low_delay
        self._codec.thread_count = 1

    def decode(self, nals):
        frames = self._codec.decode(av.Packet(b"".join(START + nal for nal in nals)))
        assert len(frames) == 1, "the picture must come out without delay"
        return frames[0]


def _plain(width, height, level=90):
    return Picture(width, height, width * 4, bytes((level, level, level, 0)) * (width * height))


def _kinds(nals):
    return {nal_type(nal) for nal in nals}


def test_text_at_1080p_is_readable_as_soon_as_the_screen_rests():
    encoder, receiver, text = ScreenH264Encoder(1920, 1080), Receiver(), page()
    qualities = []
    for number in range(5):
        frame = receiver.decode(encoder.encode(text, False, number * FRAME))
        qualities.append(luma_psnr_db(text, frame.to_image()))
    assert qualities[0] > 32
    assert qualities[-1] > 38


def test_typed_text_is_readable_at_once():
    encoder, receiver = ScreenH264Encoder(1920, 1080), Receiver()
    for number in range(4):
        receiver.decode(encoder.encode(page(), False, number * FRAME))
    typed = page(typed="The printer does not print")
    nals = encoder.encode(typed, False, 4 * FRAME)
    assert luma_psnr_db(typed, receiver.decode(nals).to_image()) > 38
    assert sum(map(len, nals)) < 60_000


def test_a_resting_picture_costs_almost_nothing():
    encoder, text = ScreenH264Encoder(1280, 720), page(1280, 720)
    sizes = [sum(map(len, encoder.encode(text, False, number * FRAME))) for number in range(40)]
    assert max(sizes[-5:]) < 500


def test_the_stream_is_what_42e01f_allows_and_says_bt709():
    encoder = ScreenH264Encoder(640, 480)
    nals = encoder.encode(_plain(640, 480), False, 0)
    assert _kinds(nals) == {7, 8, 5}
    sps = next(nal for nal in nals if nal_type(nal) == 7)
    assert sps[1] == 66, "baseline"
    assert sps[2] & 0x40, "constrained"
    frame = Receiver().decode(nals)
    assert (frame.colorspace, frame.color_range) == (1, 1)


def test_red_stays_red():
    red = Picture(64, 64, 256, bytes((0, 0, 200, 0)) * 4096)
    frame = Receiver().decode(ScreenH264Encoder(64, 64).encode(red, False, 0))
    pixel = frame.to_image().getpixel((32, 32))
    assert abs(pixel[0] - 200) < 6
    assert max(pixel[1:]) < 8


def test_there_is_one_key_frame_until_another_is_asked_for():
    encoder = ScreenH264Encoder(64, 64)
    kinds = [_kinds(encoder.encode(_plain(64, 64, number), False, number * FRAME)) for number in range(100)]
    assert [5 in kind for kind in kinds].count(True) == 1
    assert _kinds(encoder.encode(_plain(64, 64), True, 100 * FRAME)) == {7, 8, 5}


def test_key_frames_asked_for_too_often_come_every_500_ms_and_none_is_forgotten():
    encoder = ScreenH264Encoder(64, 64)
    encoder.encode(_plain(64, 64), False, 0)
    key_frames = [
        number
        for number in range(1, 60)
        if 5 in _kinds(encoder.encode(_plain(64, 64, number), number in (1, 2, 20), number * FRAME))
    ]
    assert key_frames == [15, 30]


def test_a_new_size_starts_anew_with_a_key_frame_and_an_odd_edge_is_cut():
    encoder = ScreenH264Encoder(64, 64)
    encoder.encode(_plain(64, 64), False, 0)
    nals = encoder.encode(_plain(101, 75), False, FRAME)
    frame = Receiver().decode(nals)
    assert (frame.width, frame.height) == encoder.size == (100, 74)


def test_rows_longer_than_the_picture_are_read_by_their_stride():
    padded = Picture(64, 32, 300, (bytes((255, 255, 255, 0)) * 64 + b"\0" * 44) * 32)
    frame = Receiver().decode(ScreenH264Encoder(64, 32).encode(padded, False, 0))
    assert frame.to_image().convert("L").getextrema()[0] > 250


def test_a_lower_bitrate_takes_effect_without_a_key_frame():
    encoder = ScreenH264Encoder(320, 240, bitrate_bps=2_000_000)
    noise = random.Random(3)

    def spent_on_30_pictures_of_noise(start):
        units = [
            encoder.encode(Picture(320, 240, 1280, noise.randbytes(1280 * 240)), False, number * FRAME)
            for number in range(start, start + 30)
        ]
        assert start == 0 or not any(5 in _kinds(unit) for unit in units)
        return sum(len(nal) for unit in units for nal in unit)

    for start in (0, 30):
        at_first = spent_on_30_pictures_of_noise(start)
    encoder.bitrate_bps = 600_000
    spent_on_30_pictures_of_noise(60)
    assert spent_on_30_pictures_of_noise(90) < at_first * 0.5


def test_times_that_do_not_increase_are_made_to():
    encoder, receiver = ScreenH264Encoder(64, 64), Receiver()
    for pts in (100, 100, 50, 100):
        receiver.decode(encoder.encode(_plain(64, 64), False, pts))


def test_a_picture_without_area_is_our_mistake():
    with pytest.raises(LocalError):
        ScreenH264Encoder(1, 1)
