import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages.picture import PicturePreset, PictureQuality
from technician_app.controllers.picture_quality import NetworkTime, measures, reason


def quality(**changes) -> PictureQuality:
    fields = {
        "reduced": True,
        "rate_kbit": 800,
        "loss_permille": 30,
        "scale_percent": 100,
        "photo_quality": 40,
        "updates_per_s": 15,
        "capture_us": 0,
        "encode_us": 0,
    }
    return PictureQuality(**{**fields, **changes})


@pytest.mark.parametrize(
    ("told", "preset", "sentence"),
    [
        (quality(), PicturePreset.BALANCED, "line 0.8 Mbit/s, loss 3 %"),
        (quality(loss_permille=4), PicturePreset.SHARP, "line 0.8 Mbit/s"),
        (quality(loss_permille=6), PicturePreset.SHARP, "line 0.8 Mbit/s, loss 1 %"),
        (quality(rate_kbit=64, loss_permille=0), PicturePreset.BALANCED, "line 64 kbit/s"),
        (quality(rate_kbit=1000, loss_permille=0), PicturePreset.THRIFTY, "thrifty, at most 1 Mbit/s"),
        (quality(rate_kbit=500, loss_permille=0), PicturePreset.THRIFTY, "line 0.5 Mbit/s"),
        (quality(reduced=False), PicturePreset.BALANCED, ""),
        (None, PicturePreset.BALANCED, ""),
    ],
)
def test_the_reason_names_what_the_line_does(told, preset, sentence):
    assert reason(told, preset) == sentence


def test_what_the_picture_is_limited_to_is_named():
    assert measures(None) == ""
    assert measures(quality()) == "15 updates/s, photos 40 %"
    assert measures(quality(scale_percent=50)) == "15 updates/s, photos 40 %, half size"
    assert measures(quality(scale_percent=75)) == "15 updates/s, photos 40 %, size 75 %"


def test_nothing_is_known_before_a_round_trip_and_an_update():
    network = NetworkTime()
    assert network.newest_ms is None
    network.arrived(5000, 1.0)
    assert network.newest_ms is None
    network.round_trip_measured(40, 1.0)
    assert network.newest_ms == pytest.approx(20)


@given(st.integers(0, 2**32 - 1), st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 500)), min_size=1))
def test_an_update_that_waited_shows_for_how_long_whatever_the_other_clock_says(clock_ms, updates):
    network = NetworkTime()
    network.round_trip_measured(30, 0.0)
    captured_ms, waits = 0, []
    for pause_ms, waited_ms in [(0, 0), *updates]:
        captured_ms += pause_ms
        now = 7.0 + (captured_ms + 15 + waited_ms) / 1000
        network.arrived((clock_ms + captured_ms) & 0xFFFFFFFF, now)
        waits.append((now, waited_ms))
        if now - waits[0][0] < 29:
            assert network.newest_ms == pytest.approx(15 + waited_ms, abs=0.01)
