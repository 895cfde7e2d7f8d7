"""The benchmark of long recordings, done with a short one."""

import pytest

from benchmarks.recording_hours import hours_figures


@pytest.mark.long
def test_a_recording_is_made_faster_than_it_lasts_and_played_whole_and_cut_off() -> None:
    figures = hours_figures(0.01)
    assert figures["duration_s"] == 36
    assert 20 <= figures["crashed_duration_s"] < 36
    assert figures["seek_slowest_s"] > 0
