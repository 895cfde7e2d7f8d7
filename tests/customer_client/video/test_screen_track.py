import asyncio
import logging
from types import SimpleNamespace

import aiortc.rtcrtpsender
import pytest
from aiortc import RTCPeerConnection, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket

from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.source import Picture
from customer_client.video.h264_packets import MAX_PAYLOAD_BYTES
from customer_client.video.screen_token import StreamState, token_for
from customer_client.video.screen_track import REPEATS_AFTER_S, ScreenTrack
from customer_client.video.sender_encoder import make_encoder
from protocol.errors import LocalError
from protocol.transport.quiet_rtp import QuietSender
from protocol.transport.tasks import create_task
from tests.support.pattern_source import PatternSource

H264 = RTCRtpCodecParameters(mimeType="video/H264", clockRate=90000, payloadType=99)
DEADLINE_S = 10.0


@pytest.fixture
def source():
    return PatternSource(160, 96)


@pytest.fixture
async def track(source):
    grabber = ScreenGrabber(source, max_fps=100)
    made = ScreenTrack(grabber)
    grabber.start()
    yield made
    made.stop()
    grabber.stop()


async def _next(track):
    return await asyncio.wait_for(track.recv(), DEADLINE_S)


async def test_a_change_becomes_a_token_with_the_newest_picture(track, source):
    await _next(track)
    source.draw(10, 77)
    while (token := await _next(track)).picture.pixels[10 * 160 * 4] != 77:
        pass
    assert token.may_leave()


async def test_a_still_screen_is_repeated_after_its_change_then_rarely(track):
    tokens = [await _next(track) for _ in range(1 + len(REPEATS_AFTER_S))]
    assert track.statistics.repeats == len(REPEATS_AFTER_S)
    assert track.statistics.pictures_changed == 1
    assert len({id(token.picture) for token in tokens}) == 1
    since_change_s = [(token.pts90 - tokens[0].pts90) / 90_000 for token in tokens[1:]]
    assert all(since >= planned - 0.01 for since, planned in zip(since_change_s, REPEATS_AFTER_S, strict=True))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(track.recv(), 0.5)


async def test_times_always_increase(track, source):
    times = []
    for value in range(8):
        source.draw(value, value)
        times.append((await _next(track)).pts90)
    assert times == sorted(set(times))


async def test_paused_means_that_nothing_is_sent_not_even_what_was_on_its_way(track, source):
    token = await _next(track)
    waiting = create_task(track.recv(), name="waiting recv")
    track.pause()
    assert not token.may_leave()
    source.draw(5, 200)
    await asyncio.wait([waiting], timeout=0.4)
    assert not waiting.done()
    track.resume()
    assert (await asyncio.wait_for(waiting, DEADLINE_S)).picture.pixels[5 * 160 * 4] == 200


async def test_the_present_picture_can_be_asked_for_again(track):
    for _ in range(1 + len(REPEATS_AFTER_S)):
        newest = await _next(track)
    track.send_again()
    again = await asyncio.wait_for(track.recv(), 1.0)
    assert again.picture is newest.picture


async def test_a_picture_loss_on_a_still_screen_is_answered_at_once(track):
    sender = QuietSender(track, SimpleNamespace(state="new"))
    for _ in range(1 + len(REPEATS_AFTER_S)):
        newest = await _next(track)
    waiting = create_task(track.recv(), name="waiting recv")
    await asyncio.sleep(0)
    await sender._handle_rtcp_packet(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=sender._ssrc))
    again = await asyncio.wait_for(waiting, 1.0)
    assert again.picture is newest.picture


async def test_a_large_picture_on_a_slow_link_delays_the_next(track, source):
    token = await _next(track)
    token.stream.pace.sent(200_000, 1_000_000, track._clock())
    source.draw(1, 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(track.recv(), 0.3)
    assert (await _next(track)).picture.pixels[160 * 4] == 1


async def test_stopping_ends_a_waiting_recv(track):
    await _next(track)
    track.pause()

    async def receive_until_the_end():
        with pytest.raises(MediaStreamError):
            await track.recv()

    waiting = create_task(receive_until_the_end(), name="waiting recv")
    await asyncio.sleep(0)
    track.stop()
    await asyncio.wait_for(waiting, DEADLINE_S)


def _picture(width=64, height=48, level=100):
    return Picture(width, height, width * 4, bytes((level, level, level, 0)) * (width * height))


def test_the_encoder_returns_payloads_and_counts():
    encoder, stream = make_encoder(H264), StreamState()
    payloads, pts90 = encoder.encode(token_for(_picture(640, 480), 1234, stream=stream))
    assert pts90 == 1234
    assert payloads
    assert max(map(len, payloads)) <= MAX_PAYLOAD_BYTES
    assert (stream.statistics.frames_encoded, stream.statistics.key_frames) == (1, 1)
    assert stream.statistics.bytes_encoded > 0
    assert stream.statistics.encode_ms > 0


def test_a_withdrawn_picture_is_not_encoded():
    stream = StreamState()
    assert make_encoder(H264).encode(token_for(_picture(), 1, stream=stream, may_leave=lambda: False)) == ([], 1)
    assert stream.statistics.frames_encoded == 0


def test_a_picture_withdrawn_while_it_is_encoded_does_not_leave_and_the_next_is_a_key_frame():
    encoder, stream = make_encoder(H264), StreamState()
    encoder.encode(token_for(_picture(), 0, stream=stream))
    answers = iter([True, False])
    assert encoder.encode(token_for(_picture(level=9), 90_000, may_leave=lambda: next(answers)))[0] == []
    encoder.encode(token_for(_picture(level=9), 180_000, stream=stream))
    assert stream.statistics.key_frames == 2


@pytest.mark.allow_error_logs
def test_nothing_is_raised_whatever_comes(caplog):
    encoder, stream = make_encoder(H264), StreamState()
    too_short = Picture(64, 48, 256, b"too short")
    assert encoder.encode(token_for(too_short, 5, stream=stream)) == ([], 5)
    assert stream.statistics.encode_failures == 1
    assert encoder.encode(token_for(_picture(1, 1), 6, stream=stream)) == ([], 6)
    assert encoder.encode("no token") == ([], 0)
    assert encoder.pack(None) == ([], 0)
    assert encoder.encode(token_for(_picture(), 7, stream=stream))[0], "it works again"
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_peers_claim_about_the_path_changes_nothing():
    assert not hasattr(make_encoder(H264), "target_bitrate")


def test_only_h264_has_a_screen_encoder():
    with pytest.raises(LocalError):
        make_encoder(RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90000, payloadType=97))


async def test_the_screen_arrives_at_another_peer(track, source, monkeypatch):
    monkeypatch.setattr(aiortc.rtcrtpsender, "get_encoder", make_encoder)
    source.draw(40, 250)
    customer, technician = RTCPeerConnection(), RTCPeerConnection()
    received = asyncio.get_running_loop().create_future()
    technician.on("track", received.set_result)
    try:
        transceiver = customer.addTransceiver(track, direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == "video/H264"])
        await customer.setLocalDescription(await customer.createOffer())
        await technician.setRemoteDescription(customer.localDescription)
        await technician.setLocalDescription(await technician.createAnswer())
        await customer.setRemoteDescription(technician.localDescription)
        remote = await asyncio.wait_for(received, DEADLINE_S)
        frame = await asyncio.wait_for(remote.recv(), DEADLINE_S)
        image = frame.to_image().convert("L")
        assert image.size == (160, 96)
        assert image.getpixel((80, 40)) > 200
    finally:
        await customer.close()
        await technician.close()
