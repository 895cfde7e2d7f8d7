"""Keeps one stream's quality: feeds the ladder, paces updates, and says what the technician should know. Pure.

Runs on the network thread; time is passed in (monotonic s). Nothing here happens while the screen is still, but for a
picture that is smaller than it may be, and for one last message when the picture came to rest within a second of one.
"""

from dataclasses import dataclass

from customer_client.picture.quality import LineView, PageCost, Quality, QualityLadder, most_rate_bps
from protocol.messages.picture import PictureQuality, PictureWanted
from protocol.transport.rate_control import RateController

TELL_INTERVAL_S = 1.0
"""The shortest time between two messages about the quality."""

FASTEST_UPDATES_PER_S = 60
"""The capture takes no more pictures: at this step nothing is held back."""

_TOLD_CHANGE = 0.25
"""Smaller changes of a figure, relative to what was told, are not worth a message."""
_TOLD_LOSS_PERMILLE = 10
_TOLD_US = 1000
_MOST_US = 60_000_000


@dataclass(frozen=True, slots=True)
class UpdateCost:
    """What one update was: its size, the share of the screen still missing after it, whether it began an epoch, whether
    the screen had changed for it, the divisor of its size, and its times in s.
    """

    size_bytes: int
    missing_share: float
    whole: bool
    changed: bool
    divisor: int
    capture_s: float
    encode_s: float


class QualityControl:
    """One stream's quality and what was told about it."""

    def __init__(self, rates: RateController) -> None:
        self._rates = rates
        self._ladder = QualityLadder()
        self._page = PageCost()
        self._figures_wanted = False
        self._capture_us = self._encode_us = 0
        self.next_update_at = float("-inf")
        """Before that the quality allows no other update (monotonic s)."""
        self._told = self._message()
        self._told_at = float("-inf")

    @property
    def quality(self) -> Quality:
        """The quality the next update is made with."""
        return self._ladder.quality

    def wanted(self, wish: PictureWanted) -> None:
        """Take the technician's choice."""
        self._ladder.choose(wish.preset)
        self._rates.limit_bps = most_rate_bps(wish.preset)
        if wish.figures and not self._figures_wanted:
            self._told_at = float("-inf")
        self._figures_wanted = wish.figures

    def observe(self, now: float) -> Quality:
        """Let the ladder look at the line; return the quality from here on."""
        rates = self._rates
        line = LineView(rates.rate_bps, rates.loss, rates.round_trip_s, rates.sent_bytes)
        return self._ladder.observe(line, self._page.view, now)

    def note_update(self, cost: UpdateCost, now: float) -> None:
        """Note what an update was."""
        self._capture_us = _microseconds(cost.capture_s)
        self._encode_us = _microseconds(cost.encode_s)
        self._page.note(
            cost.size_bytes,
            cost.missing_share,
            whole=cost.whole,
            changed=cost.changed,
            divisor=cost.divisor,
            now=now,
        )
        most = self.quality.updates_per_s_most
        self.next_update_at = now + 1 / most if most < FASTEST_UPDATES_PER_S else float("-inf")

    def note_nothing_to_send(self, missing_share: float) -> None:
        """Note that an encoder found nothing to send, and which share of the screen is missing now."""
        self._page.missing_share = missing_share

    def next_at(self, now: float) -> float | None:
        """Return when there is something to do here even if nothing happens; None for never."""
        moments = [self._ladder.next_look_at(), self.next_update_at if now < self.next_update_at else None]
        if self._is_news(self._message()):
            moments.append(self._told_at + TELL_INTERVAL_S)
        known = [moment for moment in moments if moment is not None]
        return min(known) if known else None

    def take_message(self, now: float) -> PictureQuality | None:
        """Return what to tell the technician now; None when there is nothing new, or it is too soon."""
        message = self._message()
        if now - self._told_at < TELL_INTERVAL_S or not self._is_news(message):
            return None
        self._told, self._told_at = message, now
        return message

    def _message(self) -> PictureQuality:
        quality = self._ladder.quality
        return PictureQuality(
            reduced=self._ladder.is_reduced,
            rate_kbit=round(self._rates.rate_bps / 1000),
            loss_permille=min(1000, round(self._rates.loss * 1000)),
            scale_percent=100 // quality.divisor,
            photo_quality=quality.photo_quality,
            updates_per_s=quality.updates_per_s_most,
            capture_us=self._capture_us,
            encode_us=self._encode_us,
        )

    def _is_news(self, message: PictureQuality) -> bool:
        told = self._told
        if _step(message) != _step(told) or (self._figures_wanted and self._told_at == float("-inf")):
            return True
        line_matters = message.reduced or self._figures_wanted
        if line_matters and (
            _differs(message.rate_kbit, told.rate_kbit, 0)
            or abs(message.loss_permille - told.loss_permille) >= _TOLD_LOSS_PERMILLE
        ):
            return True
        return self._figures_wanted and (
            _differs(message.capture_us, told.capture_us, _TOLD_US)
            or _differs(message.encode_us, told.encode_us, _TOLD_US)
        )


def _step(message: PictureQuality) -> tuple[bool, int, int, int]:
    return (message.reduced, message.scale_percent, message.photo_quality, message.updates_per_s)


def _differs(now: int, told: int, least: int) -> bool:
    return abs(now - told) > max(least, told * _TOLD_CHANGE)


def _microseconds(seconds: float) -> int:
    return max(0, min(_MOST_US, round(seconds * 1e6)))
