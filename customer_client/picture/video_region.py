"""A rectangle that keeps changing like a film, as H.264 of that rectangle only. One thread at a time.

The same rate control as the standard video (`customer_client.video.screen_encoder`): CBR with a floor under the
quantiser, because that is the only mode x264 can retune while it runs.
"""

from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from customer_client.picture.comparison import Comparison
from customer_client.picture.region_frame import region_frame
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from protocol.picture.updates import VideoTile

FINEST_QUANTISER = 23
"""About 38 dB on grainy film; when it stops, the exact pixels follow."""

BUDGET_FPS = 25
BUFFER_S = 0.5
_CLOCK_HZ = 1000
_BT709 = 1
_LIMITED_RANGE = 1
_X264_PARAMS = "keyint=infinite:scenecut=0:repeat-headers=1:rc-lookahead=0:bframes=0:sliced-threads=0"


class VideoRegion:
    """Encodes `rect`, whose width and height are even, at up to `bitrate_bps`; the first picture is a key frame.

    Raises:
        EnvironmentFault: `encoder_missing`, there is no working libx264.
    """

    def __init__(self, rect: Rect, *, bitrate_bps: int) -> None:
        self.rect = rect
        self._reformatter: Any = VideoReformatter()
        self._bitrate_bps = bitrate_bps
        self._last_pts = -1
        self.shown_ms = 0
        """When its newest picture was captured."""
        try:
            self._codec = self._opened()
        except (av.FFmpegError, ValueError) as cause:
            raise EnvironmentFault(str(cause), code="encoder_missing") from cause

    def encode(self, comparison: Comparison, *, captured_ms: int, bitrate_bps: int) -> VideoTile:
        """Return the captured pixels as the stream's next picture.

        Raises:
            EnvironmentFault: `encoder_failed`.
        """
        if bitrate_bps != self._bitrate_bps:
            self._bitrate_bps = self._codec.bit_rate = bitrate_bps
        key = self._last_pts < 0
        self.shown_ms = captured_ms
        try:
            frame = self._reformatter.reformat(
                region_frame(comparison, self.rect),
                format="yuv420p",
                src_color_range="JPEG",
                dst_color_range="MPEG",
                dst_colorspace="ITU709",
                threads=1,
            )
            frame.pts = self._last_pts = max(captured_ms, self._last_pts + 1)
            frame.time_base = Fraction(1, _CLOCK_HZ)
            frame.pict_type = PictureType.I if key else PictureType.NONE
            nals = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        except (av.FFmpegError, ValueError) as cause:
            raise EnvironmentFault(str(cause), code="encoder_failed") from cause
        return VideoTile(self.rect, nals, key)

    def _opened(self) -> Any:
        codec: Any = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = self.rect.width, self.rect.height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, _CLOCK_HZ), Fraction(BUDGET_FPS, 1)
        codec.bit_rate = self._bitrate_bps
        codec.thread_count = 1
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        codec.profile = "Baseline"
        codec.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "maxrate": str(self._bitrate_bps),
            "bufsize": str(int(self._bitrate_bps * BUFFER_S)),
            "qmin": str(FINEST_QUANTISER),
            "x264-params": _X264_PARAMS,
        }
        codec.open()
        return codec
