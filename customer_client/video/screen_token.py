"""The frame that travels through aiortc without pixels: it names the picture to encode."""

from collections.abc import Callable
from dataclasses import dataclass, field

from av.frame import Frame

from customer_client.capture.source import Picture
from customer_client.video.bitrate import START_BITRATE_BPS
from customer_client.video.pace import Pace
from customer_client.video.statistics import VideoStatistics


def _always() -> bool:
    return True


@dataclass
class StreamState:
    """What the track and the encoder share: counters, the pace and the bitrate to encode for (bit/s)."""

    statistics: VideoStatistics = field(default_factory=VideoStatistics)
    pace: Pace = field(default_factory=Pace)
    bitrate_bps: int = START_BITRATE_BPS


class ScreenToken(Frame):  # type: ignore[misc, unused-ignore]  # av gives no types to its frames
    """One picture to send.

    `picture` is what to encode, `pts90` its capture time in units of 1/90000 s, `stream` what the encoder reports to.
    `may_leave` is asked before and after encoding: after Pause or a revoked consent no picture leaves.
    """

    picture: Picture
    pts90: int
    stream: StreamState
    may_leave: Callable[[], bool]


def token_for(
    picture: Picture, pts90: int, *, stream: StreamState | None = None, may_leave: Callable[[], bool] = _always
) -> ScreenToken:
    """Return the token for `picture`."""
    token = ScreenToken()
    token.picture = picture
    token.pts90 = pts90
    token.stream = stream or StreamState()
    token.may_leave = may_leave
    return token
