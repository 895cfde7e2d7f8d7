"""The encoder of one stream behind the choice of the picture's size. One thread at a time."""

from customer_client.capture.source import Picture
from customer_client.picture.encoding_token import StreamEncoder
from customer_client.picture.halving import Halving
from protocol.picture.geometry import Rect


class SizedEncoder:
    """Implements `StreamEncoder`: gives `encoder` whole pictures, or, while `divisor` is 2, ones of half the sides.

    The smaller picture is made from what it is given, so whatever was painted over before stays painted over. A change
    of `divisor` is a change of the picture's size: the next update begins an epoch.
    """

    def __init__(self, encoder: StreamEncoder) -> None:
        self._encoder = encoder
        self._halving = Halving()
        self._divisor = 1

    @property
    def divisor(self) -> int:
        """What the sides of the display are divided by (1 or 2); may be changed between any two pictures."""
        return self._divisor

    @divisor.setter
    def divisor(self, divisor: int) -> None:
        if divisor != self._divisor:
            self._divisor = divisor
            # Kept up to date only while it is used.
            self._halving.forget()

    @property
    def video_bitrate_bps(self) -> int:
        """What films may take, in bit/s; may be changed between any two pictures."""
        return self._encoder.video_bitrate_bps

    @video_bitrate_bps.setter
    def video_bitrate_bps(self, bps: int) -> None:
        self._encoder.video_bitrate_bps = bps

    @property
    def photo_quality(self) -> int:
        """How good photos are, in percent; may be changed between any two pictures."""
        return self._encoder.photo_quality

    @photo_quality.setter
    def photo_quality(self, percent: int) -> None:
        self._encoder.photo_quality = percent

    def begin_streams(self) -> None:
        """Let the next update begin the streams anew; the viewer keeps its pixels."""
        self._encoder.begin_streams()

    @property
    def missing_share(self) -> float:
        """Which share of the screen the viewer lacks after the last update (0..1)."""
        return self._encoder.missing_share

    def wants_more(self, now: float) -> bool:
        """Say whether encoding the same picture again would bring the viewer nearer to it now (monotonic s)."""
        return self._encoder.wants_more(now)

    def encode(
        self,
        picture: Picture,
        damage: tuple[Rect, ...] | None,
        *,
        captured_ms: int,
        budget_bytes: int,
        new_epoch: bool,
    ) -> bytes | None:
        """Return the next update towards this picture, None when nothing changed.

        Raises:
            EnvironmentFault: the picture could not be made smaller (`scaling_failed`).
        """
        if self._divisor > 1:
            picture, damage = self._halving.halved(picture, damage)
        return self._encoder.encode(
            picture, damage, captured_ms=captured_ms, budget_bytes=budget_bytes, new_epoch=new_epoch
        )
