"""What the picture's reports travel in, and how little RTCP a still stream costs."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCRtpReceiver, RTCRtpSender, VideoStreamTrack
from aiortc.rtcsctptransport import SCTP_DATA_FIRST_FRAG, SCTP_DATA_LAST_FRAG, DataChunk
from aiortc.rtp import (
    RTCP_RTPFB_NACK,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)
from hypothesis import given
from hypothesis import strategies as st

from protocol.channels import PICTURE, POINTER
from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.input import AllReleased
from protocol.messages.picture import PictureReport, decode_picture_report
from protocol.transport import hooks
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.quiet_rtp import (
    MAX_FEEDBACK_BYTES,
    REPORT_INTERVAL_S,
    QuietReceiver,
    QuietSender,
    Reporting,
    pack_feedback,
    unpack_feedback,
)

REPORT = PictureReport(1, 2, 3, 0, 4, 5, -6, 7, 7, False)
DEADLINE_S = 20.0


class End:
    """One end of a connection, what arrived there, and which RTCP packets its computer got."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue = asyncio.Queue()
        self.failures: list[Exception] = []
        self.rtcp: list[int] = []
        self.connection = PeerConnection(
            message_arrived=lambda channel, data: self.arrived.put_nowait((channel, data)),
            failed=self.failures.append,
        )

    def note_rtcp(self) -> None:
        ice = self.connection._ice()
        taken = ice.data_received

        def note(data: bytes, component: int) -> None:
            if 128 <= data[0] < 192 and 200 <= data[1] <= 207:
                self.rtcp.append(data[1])
            taken(data, component)

        ice.data_received = note

    async def next(self):
        async with asyncio.timeout(DEADLINE_S):
            return await self.arrived.get()


@asynccontextmanager
async def pair():
    hooks.install()
    customer, technician = End(), End()
    try:
        offer = await customer.connection.offer()
        await customer.connection.accept(await technician.connection.answer(offer))
        await asyncio.gather(customer.connection.wait_connected(), technician.connection.wait_connected())
        customer.note_rtcp()
        technician.note_rtcp()
        yield customer, technician
    finally:
        await asyncio.gather(customer.connection.close(), technician.connection.close())


def sender_report(packets_sent: int) -> RtcpSrPacket:
    return RtcpSrPacket(ssrc=1, sender_info=RtcpSenderInfo(0, 0, packets_sent, 0))


def receiver_report(highest: int) -> RtcpRrPacket:
    return RtcpRrPacket(ssrc=1, reports=[RtcpReceiverInfo(2, 0, 0, highest, 0, 0, 0)])


@given(st.binary(max_size=MAX_FEEDBACK_BYTES))
def test_feedback_comes_back_and_fills_whole_words(message):
    packed = pack_feedback(message)
    assert len(packed) % 4 == 0
    assert unpack_feedback(packed) == message


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda data: b"DSKD" + data))
def test_arbitrary_feedback_is_a_message_within_its_bounds_or_nothing(information):
    message = unpack_feedback(information)
    assert message is None or message in information


def test_a_message_too_long_for_feedback_is_refused():
    with pytest.raises(LocalError):
        pack_feedback(bytes(MAX_FEEDBACK_BYTES + 1))


def test_only_news_are_told_and_not_too_often():
    reporting = Reporting()
    reporting.interval_s = 5.0
    told = [reporting.worth_telling(state, now) for state, now in ((1, 0.0), (1, 9.0), (2, 9.0), (3, 10.0), (3, 14.0))]
    assert told == [True, False, True, False, True]


async def test_a_report_reaches_the_customer_and_nothing_is_acknowledged_for_it():
    async with pair() as (customer, technician):
        sctp = customer.connection._connection.sctp
        before = sctp._last_received_tsn
        assert technician.connection.send(PICTURE, REPORT)
        channel, data = await customer.next()
        assert (channel, decode_picture_report(data)) == (PICTURE, REPORT)
        assert sctp._last_received_tsn == before
        assert customer.rtcp == [206]


async def test_a_report_the_customer_refuses_ends_the_connection_as_on_any_channel():
    async with pair() as (customer, technician):

        def refuse(channel, data):
            raise PeerError("refused", code="frame_malformed")

        customer.connection._message_arrived = refuse
        assert technician.connection.send(PICTURE, REPORT)
        async with asyncio.timeout(DEADLINE_S):
            await customer.connection.closed.wait()
        assert [error.code for error in customer.failures] == ["frame_malformed"]


async def test_the_customer_has_no_report_to_send():
    async with pair() as (customer, _):
        assert not customer.connection.send(PICTURE, REPORT)


async def test_no_data_channel_carries_reports():
    async with pair() as (customer, technician):
        sctp = customer.connection._connection.sctp
        chunk = DataChunk()
        chunk.tsn, chunk.stream_id, chunk.stream_seq, chunk.protocol = sctp._local_tsn, PICTURE.id, 0, 53
        chunk.flags = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG
        chunk.user_data = encode(REPORT)
        await sctp._send_chunk(chunk)
        async with asyncio.timeout(DEADLINE_S):
            await technician.connection.closed.wait()
        assert technician.arrived.empty()


async def test_a_stream_on_which_nothing_passes_is_not_reported():
    async with pair() as (customer, technician):
        sender = customer.connection._video().sender
        receiver = technician.connection._video().receiver
        for packets_sent in (0, 0, 3, 3, 3):
            await sender._send_rtcp([sender_report(packets_sent)])
        for highest in (9, 9, 10):
            await receiver._send_rtcp(receiver_report(highest))
        # What comes after them says that they would be here.
        assert technician.connection.send(PICTURE, REPORT)
        assert customer.connection.send(POINTER, AllReleased())
        await asyncio.gather(customer.next(), technician.next())
        assert technician.rtcp == [200]
        assert customer.rtcp == [201, 206]
        assert sender._reporting.interval_s == receiver._reporting.interval_s == REPORT_INTERVAL_S


class PacedTrack(VideoStreamTrack):
    """Counts what is sent again."""

    repairs = 0

    def repaired(self) -> None:
        self.repairs += 1


async def test_a_track_that_keeps_a_pace_learns_what_is_sent_again():
    async with pair() as (customer, _technician):
        sender, track = customer.connection._video().sender, PacedTrack()
        sender.replaceTrack(track)
        await sender._handle_rtcp_packet(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=2, lost=[5, 6]))
        assert track.repairs == 2


def test_what_is_overridden_in_aiortc_is_still_there():
    for method in ("_handle_rtcp_packet", "_retransmit", "_send_rtcp", "send"):
        assert getattr(RTCRtpSender, method) is not getattr(QuietSender, method)
    for method in ("_set_rtcp_ssrc", "_send_rtcp", "receive"):
        assert getattr(RTCRtpReceiver, method) is not getattr(QuietReceiver, method)
