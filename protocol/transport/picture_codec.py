"""The screen stream as a private RTP codec of aiortc: its name in the SDP, and the way through the receiver.

Only public names are used: aiortc passes payloads of codecs it does not know through unchanged. H.264 stays in every
offer, so that a peer that does not know the screen stream gets standard video.
"""

import re

from aiortc import RTCRtpCodecCapability, RTCRtpSender
from aiortc.codecs import CODECS
from aiortc.codecs.base import Decoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters
from av.frame import Frame

from protocol.transport.h264 import ScreenH264Decoder
from protocol.transport.reception import Reception
from protocol.transport.screen_repair import ScreenUpdates

MIME_TYPE = "video/X-DESKSIDE-SCREEN"
CLOCK_HZ = 90_000
_PAYLOAD_TYPE = 120
_RETRANSMISSION_TYPE = 121
_STANDARD_VIDEO = "video/h264"
_RETRANSMISSION = "video/rtx"


class ReceptionNote(Frame):  # type: ignore[misc, unused-ignore]  # av gives no types to its frames
    """How the stream is being received, for the next report; `completed` is the number of the last whole update."""

    def __init__(self, reception: Reception, completed: int | None) -> None:
        self.reception = reception
        self.completed = completed


class ReceivedUpdate(Frame):  # type: ignore[misc, unused-ignore]
    """The bytes of one update, in order and complete.

    `number` counts the updates of the stream, `arrived` is when the last packet it needed came (monotonic s).
    One that starts an epoch needs nothing that came before, and may come after a gap. `note` comes with the last of
    those that came together: each frame of its own would wake two threads.
    """

    def __init__(
        self, data: bytes, arrived: float, *, number: int, starts_epoch: bool, note: ReceptionNote | None = None
    ) -> None:
        self.data = data
        self.arrived = arrived
        self.number = number
        self.starts_epoch = starts_epoch
        self.note = note


class UpdatePassThrough(Decoder):  # type: ignore[misc, unused-ignore]
    """Given to aiortc as the decoder: hands update bytes through to the track. Decoding them is not its business."""

    def decode(self, encoded_frame: JitterFrame) -> list[Frame]:
        """Return a `ReceivedUpdate` for each update, or a `ReceptionNote` alone; nothing for anything else."""
        if not isinstance(encoded_frame, ScreenUpdates):
            return []
        arrived = encoded_frame.arrived
        note = ReceptionNote(encoded_frame.reception, encoded_frame.completed)
        frames = [
            ReceivedUpdate(update.data, arrived, number=update.number, starts_epoch=update.starts_epoch)
            for update in encoded_frame.updates
        ]
        if not frames:
            return [note]
        frames[-1].note = note
        return [*frames]


def register() -> None:
    """Make the screen stream known to aiortc, ahead of standard video; may be called again with the same result."""
    if any(is_screen_stream(codec) for codec in CODECS["video"]):
        return
    feedback = [RTCRtcpFeedback(type="nack"), RTCRtcpFeedback(type="nack", parameter="pli")]
    CODECS["video"][:0] = [
        RTCRtpCodecParameters(mimeType=MIME_TYPE, clockRate=CLOCK_HZ, payloadType=_PAYLOAD_TYPE, rtcpFeedback=feedback),
        RTCRtpCodecParameters(
            mimeType=_RETRANSMISSION,
            clockRate=CLOCK_HZ,
            payloadType=_RETRANSMISSION_TYPE,
            parameters={"apt": _PAYLOAD_TYPE},
        ),
    ]


def is_screen_stream(codec: RTCRtpCodecParameters) -> bool:
    """Say whether `codec` is the screen stream."""
    return bool(codec.mimeType.lower() == MIME_TYPE.lower())


def make_decoder(codec: RTCRtpCodecParameters) -> Decoder:
    """Return the viewer's decoder for the negotiated codec: a pass-through, or one for standard video."""
    return UpdatePassThrough() if is_screen_stream(codec) else ScreenH264Decoder()


def offered_codecs() -> list[RTCRtpCodecCapability]:
    """Return what the customer offers, best first: the screen stream, then H.264, with retransmission."""
    wanted = (MIME_TYPE.lower(), _STANDARD_VIDEO, _RETRANSMISSION)
    return [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType.lower() in wanted]


def negotiated_screen_stream(sdp_answer: str) -> bool:
    """Say whether the answer's video section begins with the screen stream; otherwise standard video is sent."""
    section = re.search(r"^m=video \d+ \S+ (\d+)(.*?)(?=^m=|\Z)", sdp_answer, re.MULTILINE | re.DOTALL)
    if section is None:
        return False
    name = MIME_TYPE.partition("/")[2]
    mapping = rf"^a=rtpmap:{section[1]} {name}/{CLOCK_HZ}\s*$"
    return re.search(mapping, section[2], re.MULTILINE | re.IGNORECASE) is not None
