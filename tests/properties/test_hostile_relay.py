"""Nobody accepts what the other side did not say, whatever the relay between them does."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.pairing.commands import Answered
from protocol.pairing.handshake import State
from tests.support.hostile_relay import (
    DEEDS,
    LATEST_BODY,
    MOST_CHOICES,
    MOST_INTERFERENCES,
    WRONG_PINS,
    HostileRelay,
    Interference,
    deceived_by,
)

interferences = st.builds(
    Interference, st.integers(0, LATEST_BODY), st.sampled_from(DEEDS), st.integers(0, MOST_CHOICES)
)
plans = st.lists(interferences, max_size=MOST_INTERFERENCES)


@settings(max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans, wrong_pins=st.sampled_from(WRONG_PINS))
def test_whatever_the_relay_does_nobody_accepts_another_transcript_or_a_second_guess(plan, wrong_pins):
    HostileRelay(plan, wrong_pins).run()


def test_a_relay_that_does_nothing_lets_both_sessions_through():
    relay = HostileRelay([], (False, False))
    relay.run()
    for session in relay.sessions:
        assert session.customers[0].machine.state is State.ESTABLISHED
        assert session.technicians[0].machine.state is State.ESTABLISHED
        assert session.customers[0].found(Answered)


def test_the_drills_own_schedules_deceive_nobody():
    assert deceived_by(seed=1, count=100) == []
