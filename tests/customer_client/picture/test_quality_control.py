from itertools import pairwise

import pytest

from customer_client.picture.quality_control import TELL_INTERVAL_S, QualityControl, UpdateCost
from protocol.messages.picture import PicturePreset, PictureQuality, PictureWanted
from protocol.transport.rate_control import RateController


class Stream:
    """A control whose line takes 0.5 Mbit/s, and what it told."""

    def __init__(self) -> None:
        self.rates = RateController(start_bps=500_000)
        self.control = QualityControl(self.rates)
        self.now = 50.0
        self.told: list[tuple[float, PictureQuality]] = []

    def go_on(self, seconds: float, *, share: float = 0.0, encode_s: float = 0.004) -> None:
        """Send updates that fill `share` of the line."""
        for _ in range(round(seconds * 20)):
            self.now += 0.05
            if share:
                self.rates.sent(int(500_000 / 8 * 0.05 * share), self.now)
                cost = UpdateCost(1000, 0.0, whole=False, changed=True, divisor=1, capture_s=0.002, encode_s=encode_s)
                self.control.note_update(cost, self.now)
            self.look()

    def look(self) -> None:
        self.control.observe(self.now)
        message = self.control.take_message(self.now)
        if message is not None:
            self.told.append((self.now, message))


@pytest.fixture
def stream():
    return Stream()


def test_a_good_line_says_nothing_and_wakes_nobody(stream):
    stream.go_on(20, share=0.2)
    assert stream.told == []
    assert stream.control.next_at(stream.now) is None


def test_what_is_reduced_is_told_at_most_once_a_second_until_nothing_changes(stream):
    stream.go_on(10, share=1.0)
    assert 2 <= len(stream.told) <= 8
    assert all(later - earlier >= TELL_INTERVAL_S for (earlier, _), (later, _) in pairwise(stream.told))
    last = stream.told[-1][1]
    assert last.reduced
    assert (last.rate_kbit, last.scale_percent, last.photo_quality, last.updates_per_s) == (500, 100, 25, 15)
    count = len(stream.told)
    stream.go_on(10, share=1.0)
    assert len(stream.told) == count


def test_a_step_just_after_a_message_is_told_a_second_later_even_if_nothing_happens(stream):
    stream.control.wanted(PictureWanted(PicturePreset.SHARP, figures=False))
    stream.look()
    stream.now += 0.1
    stream.control.wanted(PictureWanted(PicturePreset.THRIFTY, figures=False))
    stream.look()
    assert len(stream.told) == 1
    due = stream.control.next_at(stream.now)
    assert due == pytest.approx(stream.now + 0.9)
    stream.now = due
    stream.look()
    assert stream.told[-1][1].photo_quality == 60
    assert stream.control.next_at(stream.now) is None


def test_times_are_told_only_to_who_watches_them(stream):
    stream.go_on(5, share=0.2, encode_s=0.05)
    assert stream.told == []
    stream.control.wanted(PictureWanted(PicturePreset.BALANCED, figures=True))
    stream.look()
    assert stream.told[-1][1].encode_us == 50_000
    assert stream.told[-1][1].capture_us == 2_000
    stream.go_on(5, share=0.2, encode_s=0.0505)
    assert len(stream.told) == 1
    stream.go_on(0.5, share=0.2, encode_s=0.02)
    stream.go_on(2)
    assert len(stream.told) == 2
    assert stream.told[-1][1].encode_us == 20_000


def test_thrifty_bounds_the_rate_and_balanced_frees_it_again(stream):
    stream.rates = RateController()
    control = QualityControl(stream.rates)
    control.wanted(PictureWanted(PicturePreset.THRIFTY, figures=False))
    assert stream.rates.rate_bps == 1_000_000
    control.wanted(PictureWanted(PicturePreset.BALANCED, figures=False))
    assert stream.rates.limit_bps is None


def test_updates_keep_the_pace_of_their_step_and_the_best_holds_nothing_back(stream):
    stream.go_on(0.1, share=0.1)
    assert stream.control.next_update_at < stream.now
    stream.control.wanted(PictureWanted(PicturePreset.THRIFTY, figures=False))
    stream.go_on(0.1, share=0.1)
    assert stream.control.next_update_at - stream.now == pytest.approx(1 / 15)
