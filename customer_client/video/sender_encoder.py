"""What aiortc's sender calls to encode: takes tokens of the screen track, returns RTP payloads.

`encode` runs on a worker thread. Nothing may be raised in it: aiortc ends the sender silently on any exception (aiortc
1.16 `rtcrtpsender.py`, `_run_rtp`); no payloads are fine there. There is no `target_bitrate` here on purpose: aiortc
then drops what a peer claims about the path (REMB).
"""

import logging
import time
from typing import Any

from aiortc.codecs.base import Encoder
from av.frame import Frame
from av.packet import Packet

from customer_client.video.h264_packets import NAL_TYPE_IDR, nal_type, payloads_of
from customer_client.video.screen_encoder import CLOCK_HZ, ScreenH264Encoder
from customer_client.video.screen_token import ScreenToken
from protocol.errors import LocalError

_log = logging.getLogger(__name__)


class ScreenSenderEncoder(Encoder):  # type: ignore[misc, unused-ignore]
    """Encodes `ScreenToken`s for one sender."""

    def __init__(self) -> None:
        self._encoder: ScreenH264Encoder | None = None
        self._key_frame_needed = False

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """Return the RTP payloads of the token's picture and its time in 1/90000 s; never raises.

        No payloads when the picture may not leave any more, or could not be encoded: the next one is then a key frame.
        """
        if not isinstance(frame, ScreenToken):
            _log.error("the screen encoder got a %s instead of a token", type(frame).__name__)
            return [], 0
        try:
            return self._payloads(frame, force_keyframe), frame.pts90
        except Exception:
            _log.exception("encoding a picture failed twice")
            frame.stream.statistics.encode_failures += 1
            self._start_anew()
            return [], frame.pts90

    def pack(self, packet: "Packet[Any]") -> tuple[list[bytes], int]:
        """Return nothing: pictures come as tokens, never as encoded packets."""
        _log.error("the screen encoder got a packet instead of a token")
        return [], 0

    def _payloads(self, token: ScreenToken, force_keyframe: bool) -> list[bytes]:
        if not token.may_leave():
            self._key_frame_needed |= force_keyframe
            return []
        began = time.perf_counter()
        nals = self._nals(token, force_keyframe or self._key_frame_needed)
        # What the receiver never gets must not be a reference: the picture after it is a key frame.
        self._key_frame_needed = not token.may_leave()
        if self._key_frame_needed:
            return []
        payloads = payloads_of(nals)
        self._note(token, nals, (time.perf_counter() - began) * 1000)
        return payloads

    def _nals(self, token: ScreenToken, force_keyframe: bool) -> list[bytes]:
        try:
            return self._encode_once(token, force_keyframe)
        except Exception:
            _log.exception("encoding a picture failed; trying again with a new encoder")
            self._start_anew()
            return self._encode_once(token, True)

    def _encode_once(self, token: ScreenToken, force_keyframe: bool) -> list[bytes]:
        picture, bitrate_bps = token.picture, token.stream.bitrate_bps
        if self._encoder is None:
            self._encoder = ScreenH264Encoder(picture.width, picture.height, bitrate_bps=bitrate_bps)
        self._encoder.bitrate_bps = bitrate_bps
        return self._encoder.encode(picture, force_keyframe, token.pts90)

    def _start_anew(self) -> None:
        self._encoder = None

    def _note(self, token: ScreenToken, nals: list[bytes], took_ms: float) -> None:
        size_bytes = sum(map(len, nals))
        token.stream.pace.sent(size_bytes, token.stream.bitrate_bps, time.monotonic())
        statistics = token.stream.statistics
        statistics.frames_encoded += 1
        statistics.key_frames += any(nal_type(nal) == NAL_TYPE_IDR for nal in nals)
        statistics.bytes_encoded += size_bytes
        statistics.encode_ms = took_ms


def make_encoder(codec: Any) -> ScreenSenderEncoder:
    """Return the encoder for `codec` (aiortc's RTCRtpCodecParameters).

    Raises:
        LocalError: the codec is not H.264 at 90 kHz; only that is offered.
    """
    if codec.mimeType.lower() != "video/h264" or codec.clockRate != CLOCK_HZ:
        raise LocalError(f"no screen encoder for {codec.mimeType}")
    return ScreenSenderEncoder()
