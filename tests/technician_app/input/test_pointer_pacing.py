import itertools

from hypothesis import given
from hypothesis import strategies as st

from technician_app.input.pointer_pacing import PACE_MS, PointerPacing


def test_the_first_move_goes_at_once_and_the_next_ones_wait():
    pacing = PointerPacing()
    assert pacing.move(1, 1, now_ms=100) == (1, 1)
    assert pacing.move(2, 2, now_ms=103) is None
    assert pacing.move(3, 3, now_ms=105) is None
    assert pacing.wait_ms(105) == 3
    assert pacing.due(107) is None
    assert pacing.due(108) == (3, 3)
    assert pacing.wait_ms(108) is None


def test_a_dropped_move_is_not_sent():
    pacing = PointerPacing()
    pacing.move(1, 1, now_ms=0)
    pacing.move(2, 2, now_ms=1)
    pacing.drop()
    assert pacing.due(100) is None


@given(st.lists(st.floats(0, 30), max_size=60))
def test_never_faster_than_the_pace_and_never_losing_the_last_place(gaps):
    pacing, now, sent = PointerPacing(), 0.0, []
    for x, gap in enumerate(gaps):
        now += gap
        move = pacing.move(x, 0, now)
        if move is not None:
            sent.append((now, move))
    wait = pacing.wait_ms(now)
    if wait is not None:
        now += wait + 0.001
        move = pacing.due(now)
        assert move is not None
        sent.append((now, move))
    assert all(later - earlier >= PACE_MS - 0.001 for (earlier, _), (later, _) in itertools.pairwise(sent))
    if gaps:
        assert sent[-1][1] == (len(gaps) - 1, 0)
