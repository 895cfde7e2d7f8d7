"""RTP sender and receiver that say only what is worth a packet, in place of aiortc's (1.16). On the network thread.

aiortc tells about every stream each second, whether anything came or not. And what our receiver reports travels here,
as application layer feedback (RFC 4585 section 6.4): on a data channel SCTP would acknowledge every report with a
packet of its own, on the line the picture needs. A track can learn what is sent again, which aiortc does at once.
Methods with one underscore are overridden; tests pin them.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from aiortc import RTCRtpReceiver, RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpParameters, RTCRtpReceiveParameters, RTCRtpSendParameters
from aiortc.rtp import RTCP_PSFB_APP, RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpRrPacket, RtcpSrPacket

from protocol.errors import LocalError
from protocol.transport.picture_codec import is_screen_stream
from protocol.transport.tasks import create_task

REPORT_INTERVAL_S = 30.0
"""Between two RTCP reports about the screen stream, which has reports of ours (RFC 3550 section 6.2: at least 5 s)."""

MAX_FEEDBACK_BYTES = 1024

_IDENTIFIER = b"DSKD"
_LENGTH = struct.Struct("!H")


def pack_feedback(message: bytes) -> bytes:
    """Return `message` as feedback control information: `DSKD`, its length, the message, zeros up to 32 bits.

    Raises:
        LocalError: it is longer than 1024 bytes.
    """
    if len(message) > MAX_FEEDBACK_BYTES:
        raise LocalError(f"feedback of {len(message)} bytes")
    packed = _IDENTIFIER + _LENGTH.pack(len(message)) + message
    return packed + bytes(-len(packed) % 4)


def unpack_feedback(information: bytes) -> bytes | None:
    """Return the message in feedback control information; None when it is none of ours."""
    start = len(_IDENTIFIER) + _LENGTH.size
    if len(information) < start or not information.startswith(_IDENTIFIER):
        return None
    (length,) = _LENGTH.unpack_from(information, len(_IDENTIFIER))
    return information[start : start + length] if length <= min(MAX_FEEDBACK_BYTES, len(information) - start) else None


class Reporting:
    """Says whether an RTCP report is worth a packet: only news are, at most once in `interval_s` seconds."""

    def __init__(self) -> None:
        self.interval_s = 0.0
        self._told: object = None
        self._told_at = float("-inf")

    def worth_telling(self, state: object, now: float) -> bool:
        """Return whether to tell `state` now (monotonic s); if so it counts as told."""
        if state == self._told or now - self._told_at < self.interval_s:
            return False
        self._told, self._told_at = state, now
        return True


@runtime_checkable
class Repeating(Protocol):
    """A track that sends nothing while its picture is still."""

    def send_again(self) -> None:
        """Send the present picture now: the receiver has asked for a key frame."""


@runtime_checkable
class Paced(Protocol):
    """A track that keeps a pace, and has to count what is sent beside it."""

    def repaired(self) -> None:
        """Note that a lost packet is sent again."""


class QuietSender(RTCRtpSender):  # type: ignore[misc, unused-ignore]
    """Sends no report about a stream on which nothing was sent since the last.

    `feedback_arrived` gets each message of ours that comes back; what it raises must be a bug.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._reporting = Reporting()
        self.feedback_arrived: Callable[[bytes], None] | None = None

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Begin to send."""
        self._reporting.interval_s = _interval_s(parameters)
        await super().send(parameters)

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            message = unpack_feedback(packet.fci)
            if message is not None:
                if self.feedback_arrived is not None:
                    self.feedback_arrived(message)
                return
        await super()._handle_rtcp_packet(packet)
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_PLI and isinstance(self.track, Repeating):
            # aiortc only makes the next picture a key frame, and a still screen has no next one for a while.
            self.track.send_again()

    async def _retransmit(self, sequence_number: int) -> None:
        if isinstance(self.track, Paced):
            self.track.repaired()
        await super()._retransmit(sequence_number)

    async def _send_rtcp(self, packets: list[Any]) -> None:
        report = next((packet for packet in packets if isinstance(packet, RtcpSrPacket)), None)
        if report is None or self._worth_telling(report.sender_info.packet_count):
            await super()._send_rtcp(packets)

    def _worth_telling(self, packets_sent: int) -> bool:
        return packets_sent > 0 and self._reporting.worth_telling(packets_sent, asyncio.get_running_loop().time())


class QuietReceiver(RTCRtpReceiver):  # type: ignore[misc, unused-ignore]
    """Sends no report about a stream on which nothing came since the last."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._reporting = Reporting()
        self._own_ssrc: int | None = None
        self._media_ssrc: int | None = None

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        """Begin to receive."""
        self._reporting.interval_s = _interval_s(parameters)
        if parameters.encodings:
            self._media_ssrc = parameters.encodings[0].ssrc
        await super().receive(parameters)

    def send_feedback(self, message: bytes) -> bool:
        """Send `message` (at most 1024 bytes) to the sender of the stream; return whether there is one."""
        if self._own_ssrc is None or self._media_ssrc is None:
            return False
        packet = RtcpPsfbPacket(
            fmt=RTCP_PSFB_APP, ssrc=self._own_ssrc, media_ssrc=self._media_ssrc, fci=pack_feedback(message)
        )
        create_task(self._send_rtcp(packet), name="feedback on the picture")
        return True

    def _set_rtcp_ssrc(self, ssrc: int) -> None:
        self._own_ssrc = ssrc
        super()._set_rtcp_ssrc(ssrc)

    async def _send_rtcp(self, packet: Any) -> None:
        if isinstance(packet, RtcpRrPacket):
            state = tuple((report.ssrc, report.highest_sequence) for report in packet.reports)
            if not self._reporting.worth_telling(state, asyncio.get_running_loop().time()):
                return
        await super()._send_rtcp(packet)


def _interval_s(parameters: RTCRtpParameters) -> float:
    return REPORT_INTERVAL_S if parameters.codecs and is_screen_stream(parameters.codecs[0]) else 0.0
