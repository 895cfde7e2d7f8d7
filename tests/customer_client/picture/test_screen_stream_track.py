"""The screen stream's track and encoder as aiortc's sender uses them."""

import asyncio

import aiortc.codecs.h264
import pytest
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av import VideoFrame

from customer_client.picture.encoding_token import EncodingToken, ProbeToken, ReadyPackets
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.sender_encoder import ScreenStreamSenderEncoder, make_encoder
from customer_client.video.sender_encoder import ScreenSenderEncoder
from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from protocol.transport.picture_codec import MIME_TYPE
from protocol.transport.picture_packets import parse_packet
from protocol.transport.tasks import create_task
from tests.support.screen_pair import NumberedEncoder, NumberedPictures

DEADLINE_S = 10.0


@pytest.fixture
def pictures():
    return NumberedPictures()


@pytest.fixture
async def track(pictures):
    made = ScreenStreamTrack(pictures, lambda: NumberedEncoder(pictures, lambda: 100, 3000))
    yield made
    made.stop()


async def due(track):
    return await asyncio.wait_for(track.recv(), DEADLINE_S)


async def sent(track, encoder=None) -> list[bytes]:
    """Do the work of the next picture; return the payloads that leave for it."""
    token = await due(track)
    while isinstance(token, ProbeToken):
        token = await due(track)
    assert isinstance(token, EncodingToken)
    assert (encoder or ScreenStreamSenderEncoder()).encode(token) == ([], 0)
    payloads = []
    while track._sender.is_leaving or not payloads:
        ready = await due(track)
        assert isinstance(ready, ReadyPackets)
        payloads += ScreenStreamSenderEncoder().pack(ready)[0]
    return payloads


async def test_the_first_picture_starts_an_epoch_and_the_next_knows_its_damage(track, pictures):
    pictures.change()
    first = [parse_packet(payload) for payload in await sent(track)]
    assert len(first) == 3
    assert all(packet.fragment.starts_epoch for packet in first)
    pictures.change()
    token = await due(track)
    while isinstance(token, ProbeToken):
        token = await due(track)
    assert token.damage == (Rect(0, 0, 1, 1),)
    assert not token.new_epoch


async def test_nothing_leaves_after_a_pause_not_even_what_is_being_encoded(track, pictures):
    pictures.change()
    token = await due(track)
    track.pause()
    ScreenStreamSenderEncoder().encode(token)
    assert token.update is None
    waiting = create_task(track.recv(), name="waiting recv")
    pictures.change()
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    track.resume()
    token = await asyncio.wait_for(waiting, DEADLINE_S)
    assert token.new_epoch


async def test_what_was_encoded_before_a_pause_is_followed_by_a_new_epoch(track, pictures):
    pictures.change()
    await sent(track)
    pictures.change()
    token = await due(track)
    while isinstance(token, ProbeToken):
        token = await due(track)
    ScreenStreamSenderEncoder().encode(token)
    track.pause()
    track.resume()
    later = await due(track)
    assert isinstance(later, EncodingToken)
    assert later.new_epoch
    assert later.damage is None


@pytest.mark.allow_error_logs
async def test_a_failing_encoder_is_replaced_and_the_stream_begins_anew(track, pictures, caplog):
    pictures.change()
    token = await due(track)
    broken = token.encoder
    broken.encode = lambda *_, **__: 1 / 0
    ScreenStreamSenderEncoder().encode(token)
    later = await due(track)
    assert later.encoder is not broken
    assert later.new_epoch
    assert track.statistics.encode_failures == 1
    assert "encoding an update failed" in caplog.text


@pytest.mark.allow_error_logs
async def test_an_update_too_long_to_send_is_a_failure_of_the_encoder(track, pictures, caplog):
    pictures.change()
    token = await due(track)
    ScreenStreamSenderEncoder().encode(token)
    token.update = bytes(9 * 1024 * 1024)
    assert (await due(track)).new_epoch
    assert track.statistics.encode_failures == 1


async def test_a_pli_on_a_still_screen_gives_a_new_epoch_of_the_same_picture(track, pictures):
    pictures.change()
    await sent(track)
    track._sender._epoch_began = track._sender._epoch_left = float("-inf")
    probe = await due(track)
    assert isinstance(probe, ProbeToken)
    payloads, _ = ScreenStreamSenderEncoder().encode(probe, force_keyframe=True)
    assert len(payloads) == 1
    token = await due(track)
    assert isinstance(token, EncodingToken)
    assert token.new_epoch


async def test_times_always_increase(track, pictures):
    times = []
    for _ in range(4):
        pictures.change()
        token = await due(track)
        while not isinstance(token, EncodingToken):
            times.append(token.pts90 if isinstance(token, ReadyPackets) else token.ready.pts90)
            token = await due(track)
        ScreenStreamSenderEncoder().encode(token)
    assert times == sorted(set(times))


async def test_a_stopped_track_ends(track):
    waiting = asyncio.get_running_loop().create_task(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await asyncio.wait_for(waiting, DEADLINE_S)


@pytest.mark.allow_error_logs
def test_strange_frames_and_packets_are_refused_without_an_exception(caplog):
    encoder = ScreenStreamSenderEncoder()
    assert encoder.encode(VideoFrame(2, 2)) == ([], 0)
    assert encoder.pack(b"packet") == ([], 0)
    assert "instead of" in caplog.text


def test_the_negotiated_codec_decides_on_the_encoder():
    def codec(mime_type: str) -> RTCRtpCodecParameters:
        return RTCRtpCodecParameters(mimeType=mime_type, clockRate=90000, payloadType=99)

    assert isinstance(make_encoder(codec(MIME_TYPE)), ScreenStreamSenderEncoder)
    assert isinstance(make_encoder(codec("video/H264")), ScreenSenderEncoder)
    assert not isinstance(make_encoder(codec("video/H264")), aiortc.codecs.h264.H264Encoder)
    with pytest.raises(LocalError):
        make_encoder(codec("video/VP8"))
