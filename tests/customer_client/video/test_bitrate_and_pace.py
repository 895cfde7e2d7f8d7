from hypothesis import given
from hypothesis import strategies as st

from customer_client.video.bitrate import MAX_BITRATE_BPS, MIN_BITRATE_BPS, START_BITRATE_BPS, next_bitrate
from customer_client.video.pace import BURST_S, Pace


@given(st.integers(MIN_BITRATE_BPS, MAX_BITRATE_BPS), st.floats(0, 1))
def test_the_bitrate_stays_in_its_range_and_moves_against_the_loss(current, loss):
    wanted = next_bitrate(current, loss)
    assert MIN_BITRATE_BPS <= wanted <= MAX_BITRATE_BPS
    assert wanted >= current if loss < 0.02 else wanted <= current


def test_moderate_loss_holds_the_bitrate():
    assert next_bitrate(START_BITRATE_BPS, 0.05) == START_BITRATE_BPS


def test_small_pictures_never_wait():
    pace = Pace()
    for frame in range(90):
        assert pace.wait_s(frame / 30) == 0
        pace.sent(10_000, 8_000_000, frame / 30)


def test_after_a_large_picture_the_next_waits_until_it_has_nearly_drained():
    pace = Pace()
    pace.sent(250_000, 2_000_000, now=10.0)
    assert abs(pace.wait_s(10.0) - (1.0 - BURST_S)) < 1e-6
    assert pace.wait_s(11.0) == 0


@given(st.lists(st.tuples(st.integers(0, 300_000), st.floats(0, 0.2)), min_size=1, max_size=50))
def test_pictures_that_keep_the_pace_never_exceed_the_rate_by_more_than_the_burst(pictures):
    pace, now, sent_bits, target = Pace(), 0.0, 0, 4_000_000
    for size, passed in pictures:
        now += passed + pace.wait_s(now + passed)
        assert sent_bits <= target * (now + BURST_S) + 1
        pace.sent(size, target, now)
        sent_bits += size * 8
