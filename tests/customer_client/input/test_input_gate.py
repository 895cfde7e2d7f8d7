import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.input.gate import LOCAL_PRIORITY_S, InputGate, Refusal, ReleaseAll


@pytest.fixture
def open_gate():
    gate = InputGate()
    assert gate.grant(0.0, expires_at=900.0) == []
    assert gate.allows(0.0)
    return gate


def test_input_is_refused_by_default():
    assert InputGate().refusal(0.0) is Refusal.NOT_GRANTED


def test_control_expires_and_releases_keys(open_gate):
    assert open_gate.next_change(0.0) == 900.0
    assert open_gate.tick(899.9) == []
    assert open_gate.tick(900.0) == [ReleaseAll(Refusal.EXPIRED)]
    assert not open_gate.allows(900.0)
    assert open_gate.tick(901.0) == []


def test_the_customers_own_hands_come_first_for_two_seconds(open_gate):
    assert open_gate.local_activity(10.0) == [ReleaseAll(Refusal.LOCAL_ACTIVITY)]
    assert open_gate.local_activity(11.0) == []
    assert open_gate.refusal(12.9) is Refusal.LOCAL_ACTIVITY
    assert open_gate.next_change(12.0) == 13.0
    assert open_gate.allows(13.0)


def test_pause_and_continue(open_gate):
    assert open_gate.pause(1.0) == [ReleaseAll(Refusal.PAUSED)]
    assert open_gate.refusal(2.0) is Refusal.PAUSED
    assert open_gate.resume(3.0) == []
    assert open_gate.allows(3.0)


def test_a_lost_link_releases_keys(open_gate):
    assert open_gate.link_changed(False, 1.0) == [ReleaseAll(Refusal.LINK_LOST)]
    assert open_gate.link_changed(True, 2.0) == []
    assert open_gate.allows(2.0)


def test_nobody_but_the_customer_answers_a_question_on_the_screen(open_gate):
    assert open_gate.asking_changed(True, 1.0) == [ReleaseAll(Refusal.ASKING)]
    assert open_gate.refusal(2.0) is Refusal.ASKING
    assert open_gate.asking_changed(False, 3.0) == []
    assert open_gate.allows(3.0)


def test_revoking_releases_keys_once(open_gate):
    assert open_gate.revoke(1.0) == [ReleaseAll(Refusal.NOT_GRANTED)]
    assert open_gate.revoke(2.0) == []


STEPS = st.sampled_from(["grant", "revoke", "pause", "resume", "lose", "regain", "ask", "asked", "local", "tick"])


@given(st.lists(st.tuples(STEPS, st.floats(0, 3)), max_size=40))
def test_every_way_out_of_the_open_state_releases_exactly_once(steps):
    gate, now, was_open = InputGate(), 0.0, False
    for step, passed in steps:
        now += passed
        released = {
            "grant": lambda now: gate.grant(now, now + 5),
            "revoke": gate.revoke,
            "pause": gate.pause,
            "resume": gate.resume,
            "lose": lambda now: gate.link_changed(False, now),
            "regain": lambda now: gate.link_changed(True, now),
            "ask": lambda now: gate.asking_changed(True, now),
            "asked": lambda now: gate.asking_changed(False, now),
            "local": gate.local_activity,
            "tick": gate.tick,
        }[step](now)
        is_open = gate.allows(now)
        assert bool(released) == (was_open and not is_open)
        assert len(released) <= 1
        if step == "local":
            assert not gate.allows(now + LOCAL_PRIORITY_S / 2)
        due = gate.next_change(now)
        assert due is None or due > now
        was_open = is_open
