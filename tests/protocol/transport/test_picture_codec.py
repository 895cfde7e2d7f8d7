from aiortc import RTCPeerConnection
from aiortc.codecs import CODECS
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import VideoStreamTrack
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from protocol.transport import picture_codec
from protocol.transport.h264 import ScreenH264Decoder
from protocol.transport.picture_codec import (
    MIME_TYPE,
    ReceivedUpdate,
    ReceptionNote,
    UpdatePassThrough,
    make_decoder,
    negotiated_screen_stream,
    offered_codecs,
)
from protocol.transport.reception import Reception
from protocol.transport.screen_repair import ScreenUpdates
from protocol.transport.update_assembly import WholeUpdate
from tests.support.screen_pair import peer


async def answer_to_an_offer(answering: list) -> str:
    """Return the answer of a peer that knows the video codecs `answering` only."""
    picture_codec.register()
    customer, technician = peer(), peer()
    transceiver = customer.addTransceiver(VideoStreamTrack(), direction="sendonly")
    transceiver.setCodecPreferences(offered_codecs())
    known = CODECS["video"]
    try:
        await customer.setLocalDescription(await customer.createOffer())
        CODECS["video"] = answering
        await technician.setRemoteDescription(customer.localDescription)
        await technician.setLocalDescription(await technician.createAnswer())
    finally:
        CODECS["video"] = known
    answer = str(technician.localDescription.sdp)
    await close(customer, technician)
    return answer


async def close(*connections: RTCPeerConnection) -> None:
    for connection in connections:
        await connection.close()


async def test_two_peers_that_know_it_agree_on_the_screen_stream_and_keep_h264():
    picture_codec.register()
    answer = await answer_to_an_offer(CODECS["video"])
    assert negotiated_screen_stream(answer)
    assert "H264/90000" in answer


async def test_a_peer_that_does_not_know_it_gets_h264():
    picture_codec.register()
    answer = await answer_to_an_offer([codec for codec in CODECS["video"] if codec.payloadType < 120])
    assert not negotiated_screen_stream(answer)
    assert "H264/90000" in answer
    assert MIME_TYPE.partition("/")[2] not in answer


def test_only_the_first_codec_of_an_answer_counts():
    assert not negotiated_screen_stream("")
    assert not negotiated_screen_stream("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")
    codecs = "a=rtpmap:99 H264/90000\r\na=rtpmap:120 X-DESKSIDE-SCREEN/90000\r\n"
    answer = f"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 99 120\r\n{codecs}"
    assert not negotiated_screen_stream(answer)
    assert negotiated_screen_stream(answer.replace("99 120", "120 99"))


def test_registering_again_changes_nothing():
    picture_codec.register()
    before = list(CODECS["video"])
    picture_codec.register()
    assert CODECS["video"] == before


def test_updates_pass_through_with_how_they_were_received():
    reception = Reception(5, 100, 0, 1.0, None)
    updates = [WholeUpdate(3, True, b"three"), WholeUpdate(4, False, b"four")]
    passed = UpdatePassThrough().decode(
        ScreenUpdates(updates, reception=reception, completed=4, arrived=2.5, timestamp=0)
    )
    first, second = passed
    assert isinstance(first, ReceivedUpdate)
    assert (first.data, first.number, first.starts_epoch, first.arrived) == (b"three", 3, True, 2.5)
    assert (second.data, second.number, second.starts_epoch) == (b"four", 4, False)
    assert first.note is None
    assert (second.note.reception, second.note.completed) == (reception, 4)


def test_how_it_is_received_passes_through_without_an_update_too():
    reception = Reception(5, 100, 0, 1.0, None)
    (note,) = UpdatePassThrough().decode(
        ScreenUpdates([], reception=reception, completed=None, arrived=2.5, timestamp=0)
    )
    assert isinstance(note, ReceptionNote)
    assert (note.reception, note.completed) == (reception, None)


def test_the_negotiated_codec_decides_on_the_decoder():
    screen, standard = (
        RTCRtpCodecParameters(mimeType=name, clockRate=90000, payloadType=99) for name in (MIME_TYPE, "video/H264")
    )
    assert isinstance(make_decoder(screen), UpdatePassThrough)
    assert isinstance(make_decoder(standard), ScreenH264Decoder)


def test_anything_else_is_dropped():
    assert UpdatePassThrough().decode(JitterFrame(b"data", 0)) == []
