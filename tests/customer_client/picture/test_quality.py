import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.picture.quality import (
    LineView,
    PageCost,
    PageView,
    Quality,
    QualityLadder,
    most_rate_bps,
)
from customer_client.picture.quality_control import QualityControl
from protocol.messages.picture import PicturePreset
from technician_app.controllers.screen_updates import REPORT_INTERVAL_S
from tests.support.virtual_screen import VirtualScreen

STEP_S = 0.1
NO_PAGE = PageView()


class Trace:
    """A ladder on a line that is played to it; `used` is the share of the rate the picture fills."""

    def __init__(self, preset: PicturePreset = PicturePreset.BALANCED) -> None:
        self.ladder = QualityLadder(preset)
        self.now, self.sent_bytes = 1000.0, 0.0
        self.seen = [(self.now, replace(self.ladder.quality, film_bps_most=0))]

    def play(
        self, seconds: float, rate_bps: float, used: float, *, loss: float = 0.0, page: PageView = NO_PAGE
    ) -> Quality:
        for _ in range(round(seconds / STEP_S)):
            self.now += STEP_S
            self.sent_bytes += rate_bps * used / 8 * STEP_S
            line = LineView(rate_bps, loss, 0.05, int(self.sent_bytes))
            quality = replace(self.ladder.observe(line, page, self.now), film_bps_most=0)
            if quality != self.seen[-1][1]:
                self.seen.append((self.now, quality))
        return self.ladder.quality

    def new_page(self, page_bytes: float) -> PageView:
        return PageView(page_bytes, missing_share=0.9, changed_at=self.now)

    @property
    def steps(self) -> list[Quality]:
        return [quality for _at, quality in self.seen[1:]]

    def turns(self) -> int:
        """How often the picture became better after it had become worse, or the other way round."""
        worth = [quality.updates_per_s_most * quality.photo_quality / quality.divisor**2 for _at, quality in self.seen]
        ways = [later > earlier for earlier, later in pairwise(worth)]
        return sum(one != other for one, other in pairwise(ways))


@pytest.mark.parametrize("preset", PicturePreset)
def test_a_line_with_room_never_reduces_anything(preset):
    trace = Trace(preset)
    trace.play(60, 2e6, 0.45, page=trace.new_page(30_000))
    assert trace.steps == []
    assert not trace.ladder.is_reduced


def test_a_fast_line_may_be_filled():
    trace = Trace()
    trace.play(60, 20e6, 1.0)
    assert trace.steps == []


def test_a_thin_line_that_is_full_costs_updates_first_then_photos_and_no_size():
    trace = Trace()
    trace.play(10, 0.7e6, 1.0, page=PageView(60_000, 0.9, 1000.0))
    assert [(step.updates_per_s_most, step.photo_quality) for step in trace.steps] == [
        (30, 80),
        (20, 60),
        (15, 40),
        (15, 25),
    ]
    assert all(step.divisor == 1 for step in trace.steps)
    assert trace.seen[1][0] - 1000 < 2.0
    assert trace.seen[-1][0] - 1000 < 4.0


def test_typing_on_a_thin_line_costs_nothing():
    trace = Trace()
    trace.play(120, 0.4e6, 0.1)
    assert trace.steps == []


@pytest.mark.parametrize(
    ("preset", "page_bytes"), [(PicturePreset.BALANCED, 500_000), (PicturePreset.THRIFTY, 250_000)]
)
def test_a_page_that_would_take_seconds_comes_at_half_the_size_at_once(preset, page_bytes):
    trace = Trace(preset)
    trace.play(5, 0.8e6, 0.3)
    began = trace.now
    trace.play(2, 0.8e6, 1.0, page=trace.new_page(page_bytes))
    halved = [at for at, quality in trace.seen if quality.divisor == 2]
    assert halved
    assert halved[0] - began <= 1.1


def test_sharp_keeps_the_size_and_the_photos_whatever_the_line():
    trace = Trace(PicturePreset.SHARP)
    trace.play(60, 0.3e6, 1.0, page=PageView(2e6, 0.9, 1000.0))
    assert {quality.divisor for _at, quality in trace.seen} == {1}
    assert {quality.photo_quality for _at, quality in trace.seen} == {90}
    assert trace.ladder.quality.updates_per_s_most == 12


def test_thrifty_is_bounded_and_begins_low():
    assert most_rate_bps(PicturePreset.THRIFTY) == 1_000_000
    assert most_rate_bps(PicturePreset.BALANCED) is most_rate_bps(PicturePreset.SHARP) is None
    top = Trace(PicturePreset.THRIFTY).play(1, 1e6, 0.2)
    assert 10 <= top.updates_per_s_most <= 15
    assert top.film_bps_most <= 600_000


def test_a_page_nearly_done_is_not_begun_again_at_half_the_size():
    trace = Trace()
    trace.play(5, 0.5e6, 1.0, page=PageView(500_000, 0.2, 1004.0))
    assert all(step.divisor == 1 for step in trace.steps)


def test_at_rest_with_room_the_whole_size_returns():
    trace = Trace()
    trace.play(2, 0.5e6, 1.0, page=trace.new_page(500_000))
    assert trace.ladder.quality.divisor == 2
    trace.play(3, 0.5e6, 1.0, page=PageView(500_000, 0.4, trace.now))
    assert trace.ladder.quality.divisor == 2
    assert trace.ladder.next_look_at() is not None
    trace.play(3, 0.5e6, 0.05, page=PageView(500_000, 0.0, trace.now))
    assert trace.ladder.quality.divisor == 1
    assert trace.ladder.next_look_at() is None
    # the whole picture that comes now is no change of the screen
    trace.play(8, 0.5e6, 1.0, page=PageView(500_000, 0.9, trace.now - 20))
    assert trace.ladder.quality.divisor == 1


def test_pages_one_after_another_make_the_size_return_later_each_time():
    trace = Trace()
    sizes = []
    for _ in range(12):
        trace.play(2, 0.5e6, 1.0, page=trace.new_page(500_000))
        trace.play(10, 0.5e6, 0.0, page=PageView(500_000, 0.0, trace.now))
        sizes.append(trace.ladder.quality.divisor)
    assert sizes[0] == 1
    assert sizes[-3:] == [2, 2, 2]


def test_a_burst_of_loss_is_forgotten_half_a_minute_later():
    trace = Trace()
    trace.play(10, 6e6, 0.4)
    trace.play(3, 0.8e6, 1.0, loss=0.3)
    assert trace.ladder.is_reduced
    trace.play(30, 6e6, 0.4)
    assert not trace.ladder.is_reduced
    assert trace.turns() == 1


def test_a_pause_counts_as_rest():
    trace = Trace()
    trace.play(6, 0.7e6, 1.0)
    assert trace.ladder.is_reduced
    trace.now += 60
    trace.play(1.2, 0.7e6, 0.1)
    assert not trace.ladder.is_reduced


@pytest.mark.parametrize("period_s", [1, 3, 6, 10, 20])
def test_a_line_that_comes_and_goes_does_not_make_the_picture_swing(period_s):
    trace = Trace()
    for _ in range(round(600 / period_s / 2)):
        trace.play(period_s, 0.8e6, 1.0)
        trace.play(period_s, 12e6, 0.3)
    assert trace.turns() <= 30
    assert trace.turns() <= 600 / period_s


def test_work_that_just_fills_the_line_does_not_make_the_picture_swing():
    trace = Trace()
    wanted_bps = 1.4e6
    for _ in range(6000):
        quality = trace.ladder.quality
        cost = quality.updates_per_s_most / 60 * 0.5 + quality.photo_quality / 80 * 0.5
        trace.play(STEP_S, 1.5e6, min(1.0, wanted_bps * cost * 2 / 1.5e6))
    assert trace.turns() <= 25


@given(
    st.sampled_from(PicturePreset),
    st.lists(
        st.tuples(
            st.floats(0.1, 30),
            st.floats(0.25e6, 100e6),
            st.floats(0, 1.2),
            st.floats(0, 1),
            st.one_of(st.none(), st.floats(100, 8e6)),
            st.floats(0, 1),
            st.booleans(),
        ),
        max_size=12,
    ),
)
def test_whatever_the_line_does_the_quality_is_one_of_the_presets_own(preset, times):
    trace = Trace(preset)
    changed_at = trace.now
    for seconds, rate, used, loss, page_bytes, missing, changed in times:
        changed_at = trace.now if changed else changed_at
        trace.play(seconds, rate, used, loss=loss, page=PageView(page_bytes, missing, changed_at))
        quality = trace.ladder.quality
        assert 10 <= quality.updates_per_s_most <= 60
        assert 25 <= quality.photo_quality <= 90
        assert quality.divisor in ((1,) if preset is PicturePreset.SHARP else (1, 2))
        assert 0 <= quality.film_bps_most <= 8_000_000
    trace.play(400, 100e6, 0.0, page=PageView(1000, 0.0, changed_at))
    assert not trace.ladder.is_reduced


def test_another_preset_begins_at_its_top():
    trace = Trace()
    trace.play(10, 0.7e6, 1.0)
    trace.ladder.choose(PicturePreset.BALANCED)
    assert trace.ladder.is_reduced
    trace.ladder.choose(PicturePreset.SHARP)
    assert trace.ladder.preset is PicturePreset.SHARP
    assert not trace.ladder.is_reduced


def test_a_page_is_learnt_from_what_was_missing_and_not_from_what_moves():
    page = PageCost()
    page.note(30_000, 0.75, whole=True, changed=True, divisor=1, now=1.0)
    assert page.view == PageView(120_000, 0.75, 1.0)
    page.note(9_000, 0.75, whole=False, changed=True, divisor=1, now=2.0)
    page.note(30_000, 0.5, whole=False, changed=False, divisor=1, now=3.0)
    assert page.view == PageView(120_000, 0.5, 1.0)
    page.note(1_000, 0.9, whole=False, changed=True, divisor=1, now=4.0)
    assert page.view.changed_at == 4.0
    page.note(6_000, 0.0, whole=True, changed=False, divisor=2, now=5.0)
    assert page.view.page_bytes is not None
    assert 12_000 < page.view.page_bytes < 120_000
    assert page.view.changed_at == 4.0


@pytest.mark.parametrize(("loss", "update_bytes"), [(0.0, 8_000), (0.0, 20_000), (0.05, 20_000)])
def test_on_a_simulated_line_it_goes_down_and_up_again_and_does_not_swing(loss, update_bytes):
    screen = VirtualScreen(bottleneck_bps=0.8e6, one_way_s=0.04, calm_report_s=REPORT_INTERVAL_S)
    screen.size = update_bytes
    chance = random.Random(4)
    screen.lost = lambda: chance.random() < loss
    control = QualityControl(screen.rates)
    qualities = [control.quality]

    def run(seconds: float, changes_every_s: float) -> None:
        for _ in range(round(seconds * 10)):
            screen.run(0.1, changes_every_s=changes_every_s)
            quality = replace(control.observe(screen.now), film_bps_most=0)
            if quality != qualities[-1]:
                qualities.append(quality)

    run(12, 0.02)
    assert control.quality.updates_per_s_most <= 20
    worst = len(qualities)
    screen.bottleneck_bps = 30e6
    run(40, 0.05)
    assert control.quality.updates_per_s_most == 60
    assert worst <= 8
    assert len(qualities) <= 16
