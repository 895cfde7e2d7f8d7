"""How good the picture may be on the line as it is: the quality ladder. Pure; time is passed in (monotonic s).

Steps down come in this order, each only on a line that takes less than its limit and only while the picture fills that
line: fewer updates a second, then coarser photos, and last a picture of half the width and height. What was measured:
text stays exact on every step, because its pixels make up only 30 to 130 KB of a page; a page with a photograph shrinks
from 208 to 145 KB as its JPEG goes from 80 to 25 %. Half the size halves a page, but scrolled lines no longer match
whole pixels and then cost more, so it is kept for pages that would take seconds. Three quarters of the size costs a
page of text up to twice its bytes (each letter becomes many shades of grey) and is no step for that reason.
"""

from dataclasses import dataclass

from protocol.messages.picture import PicturePreset

LOOK_S = 0.5
"""The line is judged over intervals at least so long."""

PRESSED_SHARE = 0.8
"""The picture fills the line when it uses at least so much of what the line takes."""

EASED_SHARE = 0.65
"""With less in use there is room on the line. The rate of a picture that takes less than its line settles where 0.61 of
it is in use, because it grows by half and counts on a tenth more than came (`rate_control`): a smaller share here would
leave that picture on its step for ever.
"""

RECOVERED = 1.3
"""A line that takes so much more than a step's limit needs the step no longer, whatever is used of it."""

PATIENCE_S = 1.0
PATIENCE_ROUND_TRIPS = 4
"""How long the line has to be full before the first step; the rate needs some round trips to find what it takes."""

CLIMB_AFTER_S = 4.0
LONGEST_CLIMB_S = 60.0
RELAPSE_S = 15.0
"""A step down so soon after a step up doubles the time until the next step up."""

RETURN_AFTER_S = 2.0
LONGEST_RETURN_S = 30.0
STABLE_AFTER_S = 60.0
REST_SHARE = 0.3
PAGE_WORTH_S = 3.0
"""So long after a great change a smaller picture can still make up for the work already done."""

FILM_SHARE = 0.8
"""How much of the pace films may take."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the picture may cost now.

    `photo_quality` is in percent of JPEG's scale, `film_bps_most` in bit/s; the picture's sides are the display's
    divided by `divisor` (1 or 2, rounded up).
    """

    updates_per_s_most: int
    photo_quality: int
    film_bps_most: int
    divisor: int = 1


@dataclass(frozen=True, slots=True)
class LineView:
    """The line as the sender sees it: the rate it takes (bit/s), its loss (0..1), the round trip time in s, and how
    many bytes were sent since the beginning.
    """

    rate_bps: float
    loss: float
    round_trip_s: float
    sent_bytes: int

    @property
    def goodput_bps(self) -> float:
        """What is left of the rate when lost packets are sent again."""
        return max(1.0, self.rate_bps * (1 - self.loss))


@dataclass(frozen=True, slots=True)
class PageView:
    """The picture as the sender sees it: about how many bytes a full page takes at full size (None while unknown),
    which share of the screen the viewer lacks (0..1), and when it last changed in large part.
    """

    page_bytes: float | None = None
    missing_share: float = 0.0
    changed_at: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Step:
    below_bps: float
    updates_per_s: int
    photo_quality: int


@dataclass(frozen=True, slots=True)
class _Plan:
    """`longest_page_s` is what a full page may take before its size is halved; None for never."""

    steps: tuple[_Step, ...]
    film_bps: int
    longest_page_s: float | None
    rate_bps: int | None = None


_ANY_RATE = float("inf")
_PLANS = {
    PicturePreset.SHARP: _Plan(
        (_Step(_ANY_RATE, 60, 90), _Step(8e6, 30, 90), _Step(4e6, 20, 90), _Step(2e6, 12, 90)), 8_000_000, None
    ),
    PicturePreset.BALANCED: _Plan(
        (
            _Step(_ANY_RATE, 60, 80),
            _Step(8e6, 30, 80),
            _Step(4e6, 20, 60),
            _Step(2e6, 15, 40),
            _Step(1e6, 15, 25),
        ),
        8_000_000,
        4.0,
    ),
    PicturePreset.THRIFTY: _Plan(
        (_Step(_ANY_RATE, 15, 60), _Step(0.8e6, 12, 40), _Step(0.5e6, 10, 25)), 600_000, 2.0, 1_000_000
    ),
}


def most_rate_bps(preset: PicturePreset) -> int | None:
    """Return the rate (bit/s) a preset never goes beyond; None when it takes what the line gives."""
    return _PLANS[preset].rate_bps


class PageCost:
    """Learns what a full page takes from updates that only brought what was still missing."""

    def __init__(self) -> None:
        self._page_bytes: float | None = None
        self._changed_at = float("-inf")
        self.missing_share = 0.0
        """Which share of the screen the viewer lacks now (0..1)."""

    @property
    def view(self) -> PageView:
        """What is known now."""
        return PageView(self._page_bytes, self.missing_share, self._changed_at)

    def note(
        self, size_bytes: int, missing_share: float, *, whole: bool, changed: bool, divisor: int, now: float
    ) -> None:
        """Note an update of `size_bytes` after which the viewer lacks `missing_share` of the screen.

        `whole`: it began an epoch, so everything was missing before. `changed`: the screen had changed for it.
        """
        before = 1.0 if whole else self.missing_share
        paid = before - missing_share
        if (whole or not changed) and paid > 0.01:
            page_bytes = size_bytes / paid * divisor
            weight = 1.0 if self._page_bytes is None else min(0.5, paid * 2)
            self._page_bytes = page_bytes * weight + (self._page_bytes or 0.0) * (1 - weight)
        if changed and (whole or missing_share - before > 0.1):
            self._changed_at = now
        self.missing_share = missing_share


class QualityLadder:
    """Chooses the quality for one stream: down quickly, up slowly, and slower each time that it was too early."""

    def __init__(self, preset: PicturePreset = PicturePreset.BALANCED) -> None:
        self._began: tuple[float, int] | None = None
        self._choose(preset)

    @property
    def preset(self) -> PicturePreset:
        """What the technician chose."""
        return self._preset

    @property
    def quality(self) -> Quality:
        """The present step."""
        step = self._plan.steps[self._at]
        return Quality(step.updates_per_s, step.photo_quality, self._film_bps, self._divisor)

    @property
    def is_reduced(self) -> bool:
        """Whether this is less than the preset gives on a good line."""
        return self._at > 0 or self._divisor > 1

    def choose(self, preset: PicturePreset) -> None:
        """Begin at the top of another preset."""
        if preset is not self._preset:
            self._choose(preset)

    def observe(self, line: LineView, page: PageView, now: float) -> Quality:
        """Take what is known at `now` and return the quality from here on."""
        self._film_bps = min(self._plan.film_bps, int(line.rate_bps * FILM_SHARE))
        if self._began is None:
            self._began = (now, line.sent_bytes)
        since, sent_before = self._began
        if now - since < LOOK_S:
            return self.quality
        self._began = (now, line.sent_bytes)
        used_share = (line.sent_bytes - sent_before) * 8 / (now - since) / max(1.0, line.rate_bps)
        self._press(line, used_share, since, now)
        if self._divisor == 1:
            self._shrink(line, page, now)
        else:
            self._grow(line, page, used_share, since, now)
        return self.quality

    def next_look_at(self) -> float | None:
        """Return when to observe again even if nothing happens; None when that can wait for the next update."""
        return self._began[0] + LOOK_S if self._divisor > 1 and self._began is not None else None

    def _choose(self, preset: PicturePreset) -> None:
        self._preset, self._plan = preset, _PLANS[preset]
        self._at, self._divisor, self._film_bps = 0, 1, self._plan.film_bps
        self._pressed_since: float | None = None
        self._eased_since: float | None = None
        self._rested_since: float | None = None
        self._climbed_at: float | None = None
        self._returned_at = float("-inf")
        self._climb_after_s, self._return_after_s = CLIMB_AFTER_S, RETURN_AFTER_S

    def _press(self, line: LineView, used_share: float, since: float, now: float) -> None:
        """Move up or down the steps."""
        goodput_bps = line.goodput_bps
        if goodput_bps > RECOVERED * self._plan.steps[self._at].below_bps or used_share < EASED_SHARE:
            self._pressed_since = None
            self._climb(since, now)
        elif used_share < PRESSED_SHARE:
            self._pressed_since = self._eased_since = None
        else:
            self._eased_since = None
            if self._pressed_since is None:
                self._pressed_since = since
            patience_s = max(PATIENCE_S, PATIENCE_ROUND_TRIPS * line.round_trip_s)
            if now - self._pressed_since >= patience_s and self._at < self._deepest(goodput_bps):
                self._at += 1
                self._pressed_since = now - patience_s + LOOK_S
                self._note_relapse(now)

    def _climb(self, since: float, now: float) -> None:
        if self._eased_since is None:
            self._eased_since = since
        while self._at > 0 and now - self._eased_since >= self._climb_after_s:
            self._at -= 1
            self._eased_since += self._climb_after_s
            self._climbed_at = now

    def _note_relapse(self, now: float) -> None:
        """Climb later next time if the last step up was too early; one relapse counts once, however deep it goes."""
        if self._climbed_at is None:
            return
        if now - self._climbed_at < RELAPSE_S:
            self._climb_after_s = min(LONGEST_CLIMB_S, self._climb_after_s * 2)
        elif now - self._climbed_at > STABLE_AFTER_S:
            self._climb_after_s = CLIMB_AFTER_S
        self._climbed_at = None

    def _deepest(self, goodput_bps: float) -> int:
        return max(index for index, step in enumerate(self._plan.steps) if goodput_bps < step.below_bps)

    def _shrink(self, line: LineView, page: PageView, now: float) -> None:
        """Halve the picture when a page that has just come up would take too long."""
        longest_s = self._plan.longest_page_s
        if longest_s is None or page.page_bytes is None or self._pressed_since is None:
            return
        page_s = page.page_bytes * 8 / line.goodput_bps
        is_early = now - page.changed_at < PAGE_WORTH_S and page.missing_share * page_s > longest_s / 2
        if page_s <= longest_s or not is_early:
            return
        if now - self._returned_at < STABLE_AFTER_S:
            self._return_after_s = min(LONGEST_RETURN_S, self._return_after_s * 2)
        else:
            self._return_after_s = RETURN_AFTER_S
        self._divisor, self._rested_since = 2, None
        self._at = self._deepest(line.goodput_bps)

    def _grow(self, line: LineView, page: PageView, used_share: float, since: float, now: float) -> None:
        """Return to full size once the picture rests, with room on the line."""
        if page.missing_share > 0 or used_share > REST_SHARE:
            self._rested_since = None
            return
        if self._rested_since is None:
            self._rested_since = since
        if now - self._rested_since >= self._return_after_s:
            self._divisor, self._returned_at = 1, now
