"""Nothing is allowed that was not asked, answered in time and still stands."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from protocol.consent import ANSWER_TIME_S, INDEPENDENT, ConsentMachine, Ended, Standing
from protocol.errors import LocalError, PeerError
from protocol.messages.consent import Capability

SEE, CONTROL, CHAT = Capability.SEE, Capability.CONTROL, Capability.CHAT


def seen() -> ConsentMachine:
    """Return a machine with `see` granted."""
    machine = ConsentMachine()
    machine.ask(SEE, 0.0)
    assert machine.answer(SEE, accepted=True, now=0.0)
    return machine


def test_no_answer_in_time_is_no() -> None:
    machine = ConsentMachine()
    machine.ask(SEE, 0.0)
    assert [ended.was for ended in machine.handle_timer(ANSWER_TIME_S)] == [Standing.ASKED]
    with pytest.raises(LocalError):
        machine.answer(SEE, accepted=True, now=ANSWER_TIME_S + 1)
    assert not machine.allows(SEE, ANSWER_TIME_S + 1)


def test_a_late_yes_is_no_even_before_the_timer_ran() -> None:
    machine = ConsentMachine()
    machine.ask(SEE, 0.0)
    assert not machine.answer(SEE, accepted=True, now=ANSWER_TIME_S)


def test_a_grant_expires_when_it_said_it_would() -> None:
    machine = seen()
    machine.ask(CONTROL, 0.0)
    assert machine.answer(CONTROL, accepted=True, now=1.0, until=61.0)
    machine.require(CONTROL, 60.9)
    with pytest.raises(PeerError) as raised:
        machine.require(CONTROL, 61.0)
    assert raised.value.code == "not_allowed"


def test_asking_twice_is_the_askers_fault() -> None:
    machine = ConsentMachine()
    machine.ask(SEE, 0.0)
    with pytest.raises(PeerError):
        machine.ask(SEE, 1.0)


@pytest.mark.parametrize("capability", Capability)
def test_only_seeing_and_words_are_granted_to_somebody_who_does_not_see(capability: Capability) -> None:
    machine = ConsentMachine()
    machine.ask(capability, 0.0)
    assert machine.answer(capability, accepted=True, now=1.0) == (capability in INDEPENDENT)


def test_losing_see_ends_everything_but_words_and_says_why() -> None:
    machine = seen()
    for capability in (CONTROL, CHAT):
        machine.ask(capability, 0.0)
        machine.answer(capability, accepted=True, now=0.0)
    machine.ask(Capability.VOICE, 0.0)
    assert machine.revoke(SEE) == [
        Ended(SEE, Standing.GRANTED),
        Ended(CONTROL, Standing.GRANTED, "see_ended"),
        Ended(Capability.VOICE, Standing.ASKED, "see_ended"),
    ]
    assert set(machine.granted(1.0)) == {CHAT}


def test_what_ended_with_see_does_not_come_back_with_it() -> None:
    machine = seen()
    machine.ask(CONTROL, 0.0)
    machine.answer(CONTROL, accepted=True, now=0.0)
    machine.revoke(SEE)
    machine.ask(SEE, 1.0)
    machine.answer(SEE, accepted=True, now=1.0)
    assert set(machine.granted(1.0)) == {SEE}


def test_an_expired_see_allows_nothing_even_before_the_timer_ran() -> None:
    machine = ConsentMachine()
    machine.ask(SEE, 0.0)
    machine.answer(SEE, accepted=True, now=0.0, until=10.0)
    machine.ask(CONTROL, 0.0)
    machine.answer(CONTROL, accepted=True, now=0.0)
    assert not machine.allows(CONTROL, 10.0)
    assert [ended.reason for ended in machine.handle_timer(10.0)] == ["expired", "see_ended"]


capabilities = st.sampled_from(list(Capability))


class ConsentAgainstModel(RuleBasedStateMachine):
    """The machine against the plainest model: yes adds (capability, until), everything else removes it."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = ConsentMachine()
        self.now = 0.0
        self.asked: dict[Capability, float] = {}
        self.live: dict[Capability, float] = {}

    def lose_see(self) -> None:
        """Model: without see there is only chat, and questions about the rest are over."""
        self.asked = {what: until for what, until in self.asked.items() if what in INDEPENDENT}
        self.live = {what: until for what, until in self.live.items() if what in INDEPENDENT}

    @rule(seconds=st.floats(0, 100))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.machine.handle_timer(self.now)
        saw = SEE in self.live
        self.asked = {what: until for what, until in self.asked.items() if self.now < until}
        self.live = {what: until for what, until in self.live.items() if self.now < until}
        if saw and SEE not in self.live:
            self.lose_see()

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
        until = self.now + expires if expires else float("inf")
        try:
            granted = self.machine.answer(what, accepted=accepted, now=self.now, until=until)
        except LocalError:
            assert what not in self.asked
            return
        may = what in INDEPENDENT or SEE in self.live
        assert granted == (accepted and may and what in self.asked)
        self.asked.pop(what, None)
        if granted:
            self.live[what] = until

    @rule(what=capabilities)
    def revoke(self, what: Capability) -> None:
        had = what in self.live
        ended = self.machine.revoke(what)
        assert (Ended(what, Standing.GRANTED) in ended) == had
        self.asked.pop(what, None)
        self.live.pop(what, None)
        if what is SEE and had:
            self.lose_see()

    @invariant()
    def only_what_is_live_is_allowed(self) -> None:
        assert self.machine.granted(self.now) == self.live


TestConsentAgainstModel = ConsentAgainstModel.TestCase
