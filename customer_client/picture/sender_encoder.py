"""What aiortc's sender calls to encode: runs the screen stream's encoder, or passes ready packets on.

`encode` runs on a worker thread. Nothing may be raised in it: aiortc ends the sender silently on any exception (aiortc
1.16 `rtcrtpsender.py`, `_run_rtp`); no payloads are fine there. There is no `target_bitrate` here on purpose: aiortc
then drops what a peer claims about the path (REMB).
"""

import logging
import time
from typing import Any

from aiortc.codecs.base import Encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av.frame import Frame

from customer_client.picture.encoding_token import EncodingToken, ProbeToken, ReadyPackets
from customer_client.video.sender_encoder import make_encoder as make_standard_encoder
from protocol.transport.picture_codec import is_screen_stream

_log = logging.getLogger(__name__)


class ScreenStreamSenderEncoder(Encoder):  # type: ignore[misc, unused-ignore]
    """Serves one sender whose track is a `ScreenStreamTrack`."""

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """Do a token's work; never raises.

        An update comes back through its token, not as payloads: the track sends it in bursts. `force_keyframe` is a
        PLI, the viewer's request for a new epoch.
        """
        if isinstance(frame, ProbeToken):
            if force_keyframe:
                frame.epoch_asked()
            return frame.ready.payloads, frame.ready.pts90
        if isinstance(frame, EncodingToken):
            if force_keyframe:
                frame.epoch_asked()
            _run(frame)
        else:
            _log.error("the screen stream got a %s instead of a token", type(frame).__name__)
        return [], 0

    def pack(self, packet: Any) -> tuple[list[bytes], int]:
        """Return packets that are ready. Called on the network thread."""
        if isinstance(packet, ReadyPackets):
            return packet.payloads, packet.pts90
        _log.error("the screen stream got a %s instead of packets", type(packet).__name__)
        return [], 0


def _run(token: EncodingToken) -> None:
    if not token.may_leave():
        return
    began = time.perf_counter()
    token.ran = True
    try:
        token.update = token.encoder.encode(
            token.picture,
            token.damage,
            captured_ms=token.captured_ms,
            budget_bytes=token.budget_bytes,
            new_epoch=token.new_epoch,
        )
    except Exception:
        _log.exception("encoding an update failed")
        token.failed = True
    token.took_ms = (time.perf_counter() - began) * 1000


def make_encoder(codec: RTCRtpCodecParameters) -> Encoder:
    """Return the encoder for the negotiated codec: the screen stream, or standard video for a peer without it.

    Raises:
        LocalError: the codec is neither.
    """
    return ScreenStreamSenderEncoder() if is_screen_stream(codec) else make_standard_encoder(codec)
