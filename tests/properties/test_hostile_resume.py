"""A relay that does its worst to two sessions that resume: no two sides ever agree on different things, none is stuck.

Each body goes through the relay, which may drop, repeat, delay, replay, change, reflect or splice it into the other
session. New connections break at every point of their binding. Hypothesis decides when what happens.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.pairing.resume_keys import AttemptKeys
from tests.protocol.pairing.resuming_sides import CustomerSide, TechnicianSide, exporter_of, talk

DEEDS = ("drop", "repeat", "delay", "replay", "flip", "reflect", "splice", "begin again", "begin the other")
LONGEST_RUN = 60
BINDINGS = ("none", "customer", "technician", "both", "both, one knows", "both know")


@dataclass
class Session:
    index: int
    bindings: list[str]
    customer: CustomerSide = field(init=False)
    technician: TechnicianSide = field(init=False)
    resumed: int = 0

    def __post_init__(self) -> None:
        shared: dict[str, Any] = {"session": f"{self.index}" * 32, "first_key": bytes([self.index + 1]) * 32}
        self.customer = CustomerSide(name=f"{self.index}", **shared)
        self.technician = TechnicianSide(name=f"{self.index}", **shared)

    def connected(self) -> None:
        """The newest attempt reached its D0; how far that gets is planned."""
        how = self.bindings.pop() if self.bindings else "both know"
        mine, theirs = self.customer.answered[-1].keys, self.technician.offered[-1].keys
        if mine.th != theirs.th:
            return  # the technician has taken another offer since: D0 cannot verify
        if how != "none" and how != "technician":
            advance(self.customer, mine)
        if how != "none" and how != "customer":
            advance(self.technician, theirs)
        if how in ("both, one knows", "both know"):
            self.customer.keys.proven(mine.number + 1)
        if how == "both know":
            self.technician.keys.proven(mine.number + 1)
        self.resumed += 1


def advance(side: CustomerSide | TechnicianSide, keys: AttemptKeys) -> None:
    try:
        side.keys.advance(keys.number, exporter_of(keys))
    except PeerError:
        return  # overtaken: this connection is not taken


@dataclass(frozen=True)
class Interference:
    at: int
    deed: str
    choice: int


interferences = st.builds(Interference, st.integers(0, 30), st.sampled_from(DEEDS), st.integers(0, 2**16))


class HostileRelay:
    def __init__(self, plan: list[Interference], bindings: list[str]) -> None:
        self.plan: dict[int, list[Interference]] = {}
        for interference in plan:
            self.plan.setdefault(interference.at, []).append(interference)
        self.sessions = [Session(0, list(bindings)), Session(1, [])]
        self.seen: list[bytes] = []
        self.queue: deque[tuple[int, str, bytes]] = deque()

    def run(self) -> None:
        self.begin(0)
        for number in range(LONGEST_RUN):
            if not self.queue:
                return
            honest = self.queue.popleft()
            self.seen.append(honest[2])
            deliveries = [honest]
            for deed in self.plan.get(number, ()):
                deliveries = self.do(deed, deliveries, honest)
            for delivery in deliveries:
                self.deliver(*delivery)
            for session in self.sessions:
                assert_nobody_was_deceived(session)

    def begin(self, index: int) -> None:
        try:
            bodies = self.sessions[index].customer.begin()
        except PeerError:
            return
        self.queue.extend((index, "T", body) for body in bodies)

    def do(self, deed: Interference, planned: list[Any], honest: tuple[int, str, bytes]) -> list[Any]:
        session, side, body = honest
        match deed.deed:
            case "drop":
                return []
            case "repeat":
                return [*planned, honest]
            case "delay":
                self.queue.append(honest)
                return []
            case "replay":
                recorded = self.seen[deed.choice % len(self.seen)]
                return [*planned, (deed.choice % 2, "CT"[deed.choice // 2 % 2], recorded)]
            case "flip":
                changed = bytearray(body)
                changed[deed.choice // 8 % len(body)] ^= 1 << deed.choice % 8
                return [(session, side, bytes(changed))]
            case "reflect":
                return [*planned, (session, "C" if side == "T" else "T", body)]
            case "splice":
                return [(1 - session, side, body), *(planned if deed.choice % 2 else [])]
            case "begin again":
                self.begin(session)
            case "begin the other":
                self.begin(1 - session)
        return planned

    def deliver(self, index: int, side: str, body: bytes) -> None:
        session = self.sessions[index]
        answered = len(session.customer.answered)
        receiver: CustomerSide | TechnicianSide = session.customer if side == "C" else session.technician
        if isinstance(receiver, CustomerSide) and receiver.machine is None:
            return
        try:
            replies = receiver.receive(body)
        except PeerError:
            return
        self.queue.extend((index, "T" if side == "C" else "C", reply) for reply in replies)
        if len(session.customer.answered) > answered:
            session.connected()


def assert_nobody_was_deceived(session: Session) -> None:
    for answered in session.customer.answered:
        (offered,) = [one for one in session.technician.offered if one.keys.th == answered.keys.th]
        assert offered.keys == answered.keys
        assert session.technician.answers[answered.sdp_answer] == offered.attempt
        assert offered.sdp_offer in session.customer.offers
    for offered in session.technician.offered:
        assert offered.sdp_offer in session.customer.offers


@settings(max_examples=1500, deadline=None)
@given(plan=st.lists(interferences, max_size=8), bindings=st.lists(st.sampled_from(BINDINGS), max_size=4))
def test_whatever_the_relay_does_both_sides_agree_and_the_next_attempt_succeeds(plan, bindings):
    relay = HostileRelay(plan, bindings)
    relay.run()
    for session in relay.sessions:
        before = len(session.customer.answered)
        talk(session.customer, session.technician)
        assert len(session.customer.answered) == before + 1
        assert session.customer.answered[-1].keys == session.technician.offered[-1].keys


def test_a_relay_that_does_nothing_lets_a_session_resume():
    relay = HostileRelay([], [])
    relay.run()
    assert relay.sessions[0].resumed == 1
