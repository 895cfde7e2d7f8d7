"""H.264 for screens with libx264: sharp text, no delay, a bitrate that can change while running.

Not thread-safe: one thread at a time. libx264 lets other threads run while it works.

Rate control is x264's CBR with a floor under the quantiser, which behaves like a constant quality with a ceiling on
the rate. A real CRF is not used because x264 cannot change its rate while running: it only follows a new bitrate if the
stream began with maxrate = bitrate (x264 `ratecontrol.c`: "if the stream starts as CBR, keep it CBR").
"""

import logging
import os
import sys
from fractions import Fraction
from typing import Any

import av
from av.video.frame import PictureType
from av.video.reformatter import VideoReformatter

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from customer_client.video.bitrate import START_BITRATE_BPS
from customer_client.video.h264_packets import NAL_TYPE_IDR, NAL_TYPE_SEI, nal_type, split_annex_b
from protocol.errors import EnvironmentFault, LocalError

CLOCK_HZ = 90_000
KEY_FRAME_SPACING = CLOCK_HZ // 2
"""No two key frames are closer than 500 ms: a receiver in trouble asks many times."""

FINEST_QUANTISER = 20
"""About 40 dB on text; finer costs bytes nobody sees."""

BUFFER_S = 0.5
"""How much of a second's bits one picture may take."""

BUDGET_FPS = 15
"""x264 gives each picture 1/15 s of the bitrate. Screens change less often than 30 times a second most of the time, and
`Pace` delays the next picture when this one was large."""

_BT709 = 1
_LIMITED_RANGE = 1
_X264_PARAMS = "keyint=infinite:scenecut=0:repeat-headers=1:rc-lookahead=0:bframes=0"

_log = logging.getLogger(__name__)


class ScreenH264Encoder:
    """Encodes pictures of `width` x `height` pixels (an odd last row or column is cut off) to constrained baseline.

    Follows a new picture size by starting anew with a key frame. `preset` is x264's (`superfast` or `ultrafast`).

    Raises:
        EnvironmentFault: `encoder_missing`, there is no working libx264.
        LocalError: a picture smaller than 2 x 2 pixels.
    """

    def __init__(
        self, width: int, height: int, *, bitrate_bps: int = START_BITRATE_BPS, preset: str = "superfast"
    ) -> None:
        self._preset = preset
        self._bitrate_bps = bitrate_bps
        self._reformatter = VideoReformatter()
        self._key_frame_wanted = False
        self._last_key_pts: int | None = None
        self._last_pts = -1
        self._open(width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the encoded picture, both even."""
        return self._width, self._height

    @property
    def bitrate_bps(self) -> int:
        """The bitrate encoded for; assigning takes effect with the next picture, without a key frame."""
        return self._bitrate_bps

    @bitrate_bps.setter
    def bitrate_bps(self, bps: int) -> None:
        if bps != self._bitrate_bps:
            self._bitrate_bps = bps
            self._codec.bit_rate = bps

    def encode(self, picture: Picture, force_keyframe: bool, pts90k: int) -> list[bytes]:
        """Return the NAL units of `picture`, shown at `pts90k` (1/90000 s, increasing).

        A key frame asked for within 500 ms of the last one comes when those are over.

        Raises:
            EnvironmentFault: `encoder_failed`.
        """
        even = (picture.width & ~1, picture.height & ~1)
        if even != self.size:
            self._open(picture.width, picture.height)
        pts = max(pts90k, self._last_pts + 1)
        self._key_frame_wanted |= force_keyframe
        key_frame = self._key_frame_due(pts)
        if key_frame and self._opened_for_another_rate():
            # A key frame is due anyway: let x264 size its buffer for the present rate.
            self._open(picture.width, picture.height)
        try:
            frame = self._converted(picture)
            frame.pts = self._last_pts = pts
            frame.time_base = Fraction(1, CLOCK_HZ)
            frame.pict_type = PictureType.I if key_frame else PictureType.NONE
            stream = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        except (av.FFmpegError, ValueError) as cause:
            raise EnvironmentFault(str(cause), code="encoder_failed") from cause
        return self._noted([nal for nal in split_annex_b(stream) if nal_type(nal) != NAL_TYPE_SEI], pts)

    def _noted(self, nals: list[bytes], pts: int) -> list[bytes]:
        if any(nal_type(nal) == NAL_TYPE_IDR for nal in nals):
            self._last_key_pts = pts
            self._key_frame_wanted = False
        return nals

    def _key_frame_due(self, pts: int) -> bool:
        if not self._key_frame_wanted:
            return False
        return self._last_key_pts is None or pts - self._last_key_pts >= KEY_FRAME_SPACING

    def _opened_for_another_rate(self) -> bool:
        return not self._opened_bps / 2 <= self._bitrate_bps <= self._opened_bps * 2

    def _open(self, width: int, height: int) -> None:
        self._width, self._height = width & ~1, height & ~1
        if self._width < 2 or self._height < 2:
            raise LocalError(f"a picture of {width}x{height} pixels cannot be encoded")
        self._opened_bps = self._bitrate_bps
        try:
            self._codec = self._new_codec()
            self._source_frame = av.VideoFrame(self._width, self._height, "bgr0")
        except (av.FFmpegError, ValueError) as cause:
            raise EnvironmentFault(
                str(cause),
                code="encoder_missing",
                user_text="Deskside could not prepare the picture of your screen on this computer.",
            ) from cause

    def _new_codec(self) -> Any:
        codec: Any = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = self._width, self._height, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, CLOCK_HZ), Fraction(BUDGET_FPS, 1)
        codec.bit_rate = self._bitrate_bps
        codec.thread_count = _threads()
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT709
        codec.color_range = _LIMITED_RANGE
        codec.profile = "Baseline"
        codec.options = {
            "preset": self._preset,
            "tune": "zerolatency",
            "maxrate": str(self._bitrate_bps),
            "bufsize": str(int(self._bitrate_bps * BUFFER_S)),
            "qmin": str(FINEST_QUANTISER),
            "x264-params": _X264_PARAMS,
        }
        codec.open()
        if codec.options:
            _log.warning("libx264 did not take the options %s", sorted(codec.options))
        return codec

    def _converted(self, picture: Picture) -> Any:
        """Return `picture` as BT.709 4:2:0 in limited range."""
        plane: Any = self._source_frame.planes[0]
        row_bytes = self._width * BYTES_PER_PIXEL
        pixels = memoryview(picture.pixels).cast("B")
        if picture.stride == plane.line_size:
            plane.update(pixels[: plane.buffer_size])
        else:
            target = memoryview(plane)
            for row in range(self._height):
                start = row * picture.stride
                target[row * plane.line_size : row * plane.line_size + row_bytes] = pixels[start : start + row_bytes]
        reformatter: Any = self._reformatter
        return reformatter.reformat(
            self._source_frame,
            format="yuv420p",
            src_color_range="JPEG",
            dst_color_range="MPEG",
            dst_colorspace="ITU709",
            threads=_threads(),
        )


def _threads() -> int:
    """Return 1 or 2: the customer's own programs need the other cores."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(2, cores)
