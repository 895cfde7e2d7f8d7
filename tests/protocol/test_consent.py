"""Nothing is allowed that was not asked, answered in time and still stands."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.consent import ANSWER_TIME_S, ConsentMachine, Standing
from protocol.errors import LocalError, PeerError
from protocol.messages.consent import Capability


def test_no_answer_in_time_is_no() -> None:
    machine = ConsentMachine()
    machine.ask(Capability.SEE, 0.0)
    assert [ended.was for ended in machine.handle_timer(ANSWER_TIME_S)] == [Standing.ASKED]
    with pytest.raises(LocalError):
        machine.answer(Capability.SEE, accepted=True, now=ANSWER_TIME_S + 1)
    assert not machine.allows(Capability.SEE, ANSWER_TIME_S + 1)


def test_a_late_yes_is_no_even_before_the_timer_ran() -> None:
    machine = ConsentMachine()
    machine.ask(Capability.CONTROL, 0.0)
    assert not machine.answer(Capability.CONTROL, accepted=True, now=ANSWER_TIME_S)


def test_a_grant_expires_when_it_said_it_would() -> None:
    machine = ConsentMachine()
    machine.ask(Capability.CONTROL, 0.0)
    assert machine.answer(Capability.CONTROL, accepted=True, now=1.0, expires_in_s=60)
    machine.require(Capability.CONTROL, 60.9)
    with pytest.raises(PeerError) as raised:
        machine.require(Capability.CONTROL, 61.0)
    assert raised.value.code == "not_allowed"


def test_asking_twice_is_the_askers_fault() -> None:
    machine = ConsentMachine()
    machine.ask(Capability.SEE, 0.0)
    with pytest.raises(PeerError):
        machine.ask(Capability.SEE, 1.0)


capabilities = st.sampled_from(list(Capability))


class ConsentAgainstModel(RuleBasedStateMachine):
    """The machine against the plainest model: yes adds (capability, until), everything else removes it."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = ConsentMachine()
        self.now = 0.0
        self.asked: dict[Capability, float] = {}
        self.live: dict[Capability, float] = {}

    @rule(seconds=st.floats(0, 100))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.machine.handle_timer(self.now)
        self.asked = {what: until for what, until in self.asked.items() if self.now < until}
        self.live = {what: until for what, until in self.live.items() if self.now < until}

    @rule(what=capabilities)
    def ask(self, what: Capability) -> None:
        try:
            self.asked[what] = self.machine.ask(what, self.now)
        except PeerError:
            assert what in self.asked or what in self.live
        else:
            assert what not in self.live

    @rule(what=capabilities, accepted=st.booleans(), expires=st.integers(0, 120))
    def answer(self, what: Capability, accepted: bool, expires: int) -> None:
        try:
            granted = self.machine.answer(what, accepted=accepted, now=self.now, expires_in_s=expires)
        except LocalError:
            assert what not in self.asked
            return
        assert granted == (accepted and what in self.asked)
        self.asked.pop(what, None)
        if granted:
            self.live[what] = self.now + expires if expires else float("inf")

    @rule(what=capabilities)
    def revoke(self, what: Capability) -> None:
        assert self.machine.revoke(what) == (what in self.live)
        self.asked.pop(what, None)
        self.live.pop(what, None)

    @invariant()
    def only_what_is_live_is_allowed(self) -> None:
        assert self.machine.granted(self.now) == frozenset(self.live)


TestConsentAgainstModel = ConsentAgainstModel.TestCase
