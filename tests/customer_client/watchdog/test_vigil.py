from hypothesis import given
from hypothesis import strategies as st

from customer_client.watchdog.frames import Frame, FrameReader, Word, encoded
from customer_client.watchdog.vigil import (
    BLOCK_WITHIN_S,
    LET_GO_WITHIN_S,
    SILENCE_S,
    STOP_WITHIN_S,
    Kill,
    Release,
    Tell,
    Vigil,
)

SHIFT = (Word.KEY_UP, 50)


def held_shift() -> Vigil:
    vigil = Vigil()
    vigil.heard(Frame(Word.KEY_DOWN, 50), 10.0)
    return vigil


def test_nothing_held_needs_no_waking():
    vigil = Vigil()
    assert vigil.due is None
    assert vigil.tick(1e9) == []
    assert vigil.gone() == []


def test_held_keys_are_released_when_the_program_falls_silent():
    vigil = held_shift()
    vigil.heard(Frame(Word.BUTTON_DOWN, 1), 10.0)
    assert vigil.due == 10.0 + SILENCE_S
    assert vigil.tick(10.0 + SILENCE_S / 2) == []
    assert vigil.tick(10.0 + SILENCE_S) == [Release((SHIFT, (Word.BUTTON_UP, 1))), Tell(Word.RELEASED)]
    assert vigil.due is None
    assert vigil.tick(11.0) == []


def test_heartbeats_keep_keys_held_and_a_release_ends_the_watch():
    vigil = held_shift()
    for beat in range(100):
        vigil.heard(Frame(Word.ALIVE), 10.0 + beat * 0.04)
        assert vigil.tick(10.0 + beat * 0.04) == []
    vigil.heard(Frame(Word.KEY_UP, 50), 14.1)
    assert vigil.due is None


def test_the_end_of_the_program_releases_what_it_held():
    assert held_shift().gone() == [Release((SHIFT,))]


def test_panic_releases_tells_and_kills_a_program_that_does_not_stop():
    vigil = held_shift()
    assert vigil.panic(20.0) == [Release((SHIFT,)), Tell(Word.PANIC)]
    assert vigil.due == 20.0 + BLOCK_WITHIN_S
    assert [type(act) for act in vigil.tick(20.0 + BLOCK_WITHIN_S)] == [Kill]
    assert vigil.due is None


def test_a_program_that_blocks_but_never_ends_the_session_is_killed_later():
    vigil = Vigil()
    vigil.panic(20.0)
    vigil.heard(Frame(Word.BLOCKED), 20.05)
    assert vigil.tick(20.0 + BLOCK_WITHIN_S) == []
    assert [type(act) for act in vigil.tick(20.0 + STOP_WITHIN_S)] == [Kill]


def test_a_program_that_stops_is_left_alone_and_pressing_again_gives_it_no_more_time():
    vigil = Vigil()
    vigil.panic(20.0)
    vigil.panic(20.1)
    assert vigil.due == 20.0 + BLOCK_WITHIN_S
    vigil.heard(Frame(Word.BLOCKED), 20.12)
    vigil.heard(Frame(Word.STOPPED), 20.13)
    assert vigil.due is None


@given(
    st.lists(
        st.tuples(st.sampled_from([Word.KEY_DOWN, Word.KEY_UP, Word.BUTTON_DOWN, Word.BUTTON_UP]), st.integers(0, 5))
    )
)
def test_whatever_was_pressed_and_not_let_go_is_released_in_the_end(said):
    vigil, down = Vigil(), {}
    for word, detail in said:
        vigil.heard(Frame(word, detail), 1.0)
        up = {Word.KEY_DOWN: Word.KEY_UP, Word.BUTTON_DOWN: Word.BUTTON_UP}.get(word)
        if up is None:
            down.pop((word, detail), None)
        else:
            down[up, detail] = None
    assert {pair for act in vigil.gone() for pair in act.held} == set(down)


@given(st.lists(st.tuples(st.sampled_from(Word), st.integers(0, 65535))), st.integers(1, 7))
def test_frames_survive_any_cutting(frames, size):
    data = b"".join(encoded(*frame) for frame in frames)
    reader = FrameReader()
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    assert [frame for part in parts for frame in reader.feed(part)] == frames


def test_where_only_the_program_can_let_go_it_is_told_to_and_ended_if_it_is_not_heard_again():
    vigil = Vigil(releases=False)
    vigil.heard(Frame(Word.KEY_DOWN, 50), 10.0)
    silent = 10.0 + SILENCE_S
    assert vigil.tick(silent) == [Tell(Word.RELEASED)]
    assert vigil.due == silent + LET_GO_WITHIN_S
    assert vigil.tick(silent + LET_GO_WITHIN_S / 2) == []
    assert [type(act) for act in vigil.tick(silent + LET_GO_WITHIN_S)] == [Kill]
    assert vigil.due is None
    again = Vigil(releases=False)
    again.heard(Frame(Word.KEY_DOWN, 50), 10.0)
    again.tick(silent)
    again.heard(Frame(Word.KEY_UP, 50), silent + 0.1)
    assert again.due is None
    assert again.gone() == []
