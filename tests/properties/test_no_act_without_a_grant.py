"""20,000 random sessions: whatever is asked, answered, taken back, cut, paused or late, no act without a live grant.

Each begins with a plan, of which the customer allows some, for a time; later questions are for a time as well. The
model knows only what the two people did and what is on disk, nothing of the machine. Each session has a seed of its
own, so a failure can be run again alone.
"""

import asyncio
import random
from dataclasses import dataclass, field

from customer_client.session.permissions import ACTS_WHILE_PAUSED, COMES_WITH_SEE
from customer_client.session.state import Answer
from protocol.audit.events import EventType
from protocol.consent import ANSWER_TIME_S, INDEPENDENT
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.transport.tasks import create_task
from tests.support.permission_desk import Desk

SESSIONS = 20_000
STEPS = 14
SEE = Capability.SEE
SOME = (
    SEE,
    Capability.POINT,
    Capability.CONTROL,
    Capability.FILES_TO_CUSTOMER,
    Capability.DIAGNOSTICS,
    Capability.CHAT,
)
LIMITS = (0, 0, 20, 90, 300)
"""Seconds a yes lasts; 0: until it is taken back."""


@dataclass
class Yes:
    """The customer said yes to `capability` of ask `seq`, which was made at `asked_at`."""

    capability: Capability
    seq: int
    asked_at: float
    said_at: float
    expires_in_s: int
    dead: bool = False

    def stands(self, now: float) -> bool:
        in_time = self.said_at < self.asked_at + ANSWER_TIME_S
        lasting = not self.expires_in_s or now < self.said_at + self.expires_in_s
        return in_time and lasting and not self.dead


@dataclass
class Model:
    """What may happen, from what the people did. `dead_asks`: (seq, capability) that can not be granted any more."""

    desk: Desk
    asked: dict[int, tuple[tuple[Capability, ...], float]] = field(default_factory=dict)
    yeses: list[Yes] = field(default_factory=list)
    dead_asks: set[tuple[int, Capability]] = field(default_factory=set)
    taken_back: set[Capability] = field(default_factory=set)
    paused: bool = False
    over: bool = False
    saw: bool = False

    def on_disk(self, yes: Yes) -> bool:
        wanted = (EventType.CONSENT_GRANT, yes.capability.value, yes.seq)
        return any((kind, body.get("capability"), req) == wanted for kind, body, req in self.desk.record.lanes["C"])

    def granted(self, capability: Capability) -> bool:
        now = self.desk.now
        live = any(yes.capability is capability and yes.stands(now) and self.on_disk(yes) for yes in self.yeses)
        return live and not self.over and (capability in INDEPENDENT or self.granted(SEE))

    def may_act(self, capability: Capability) -> bool:
        return self.granted(capability) and (not self.paused or capability in ACTS_WHILE_PAUSED)

    def answered(self, seq: int, answer: Answer) -> None:
        capabilities, asked_at = self.asked[seq]
        allowed = set(answer.allowed)
        if SEE in allowed and seq:  # of the plan at first pointing has a box of its own
            allowed |= (COMES_WITH_SEE - self.taken_back) & set(capabilities)
        for capability in allowed:
            lasts_s = 0 if capability in answer.unlimited else answer.expires_in_s
            yes = Yes(capability, seq, asked_at, self.desk.now, lasts_s)
            yes.dead = (seq, capability) in self.dead_asks
            self.yeses.append(yes)

    def end(self, capability: Capability) -> None:
        """Everything about `capability` up to now is over; with a granted `see`, about all that needs it."""
        with_see = capability is SEE and self.saw
        ended = [each for each in Capability if each is capability or (with_see and each not in INDEPENDENT)]
        for each in ended:
            self.dead_asks |= {(seq, each) for seq in self.asked}
        for yes in self.yeses:
            yes.dead = yes.dead or yes.capability in ended
        self.note_sight()

    def tick(self) -> None:
        """A yes that did not reach the disk before its question ran out is none."""
        for yes in self.yeses:
            yes.dead = yes.dead or (self.desk.now >= yes.asked_at + ANSWER_TIME_S and not self.on_disk(yes))

    def note_sight(self) -> None:
        """Call after every step: when seeing has just ended by itself, so has all that needs it."""
        sees = self.granted(SEE)
        if self.saw and not sees:
            self.saw = False
            for each in set(Capability) - INDEPENDENT:
                self.end(each)
        self.saw = sees


class Session:
    """One random session."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.desk = Desk()
        self.model = Model(self.desk)
        self.story: list[str] = [f"seed {seed}"]
        self.revoking: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        await self.begin()
        self.check()
        steps = (self.ask, self.ask, self.say, self.say, self.say, self.take_back, self.give_back, self.wait, self.disk)
        for _ in range(STEPS):
            self.dice.choice((*steps, self.pause, self.tick))()
            self.check()
            for _ in range(self.dice.randint(0, 3)):
                await asyncio.sleep(0)
                self.check()
        await self.quieten()

    async def begin(self) -> None:
        """The introduction asks for a plan; some of it cannot be had yet, and is refused whatever was said."""
        plan = (SEE, *self.dice.sample(SOME[1:], self.dice.randint(0, len(SOME) - 1)))
        possible = [each for each in plan if each is SEE or self.dice.random() < 0.9]
        refused = dict.fromkeys(set(plan) - set(possible), "view_only_yet")
        allowed = frozenset(each for each in possible if self.dice.random() < 0.8)
        unlimited = frozenset(each for each in allowed if self.dice.random() < 0.3)
        answer = Answer(allowed, self.dice.choice(LIMITS), unlimited, refused)
        names = [each.value for each in allowed]
        self.story.append(f"plan {[each.value for each in plan]}, allowed {names} for {answer.expires_in_s}")
        self.model.asked[0] = (plan, self.desk.now)
        self.model.answered(0, answer)
        await self.desk.permissions.open(plan, answer)
        denied = {body["capability"]: body["reason"] for body in self.desk.record.told(EventType.CONSENT_DENY)}
        assert all(denied[each.value] == why for each, why in refused.items()), self.story

    def ask(self) -> None:
        capabilities = tuple(self.dice.sample(SOME, self.dice.choice((1, 1, 2, 3))))
        self.model.tick()
        self.model.asked[len(self.desk.record.lanes["T"])] = (capabilities, self.desk.now)
        self.story.append(f"ask {[each.value for each in capabilities]}")
        try:
            self.desk.request(*capabilities)
        except PeerError:
            self.model.over = True  # a broken protocol ends the session
            self.desk.permissions.end_all()

    def say(self) -> None:
        question = self.desk.question
        if question is not None:
            allowed = [each for each in question.capabilities if self.dice.random() < 0.8]
            unlimited = frozenset(each for each in allowed if self.dice.random() < 0.2)
            answer = Answer(frozenset(allowed), self.dice.choice(LIMITS), unlimited)
            self.story.append(f"say {[each.value for each in allowed]} to {question.reason} for {answer.expires_in_s}")
            self.model.answered(int(question.reason), answer)
            self.desk.questions.answer(question.id, answer)
            self.desk.question = None

    def take_back(self) -> None:
        capability = self.dice.choice(SOME)
        self.story.append(f"take back {capability.value}")
        if self.dice.random() < 0.5:
            self.desk.permissions.cut(capability)
            self.model.end(capability)
        self.model.taken_back.add(capability)
        self.revoke(capability, "taken_back")

    def give_back(self) -> None:
        capability = self.dice.choice(SOME)
        self.story.append(f"give back {capability.value}")
        self.revoke(capability, "given_back")

    def revoke(self, capability: Capability, reason: str) -> None:
        self.revoking.append(create_task(self._revoke(capability, reason), name="revoke", awaited=True))

    async def _revoke(self, capability: Capability, reason: str) -> None:
        self.model.end(capability)
        await self.desk.permissions.revoke(capability, reason, tell=reason == "taken_back")

    def wait(self) -> None:
        self.desk.now += self.dice.choice((0.5, 5.0, 25.0, 61.0, 240.0))
        self.story.append(f"wait until {self.desk.now}")

    def tick(self) -> None:
        self.model.tick()
        self.desk.permissions.tick()

    def disk(self) -> None:
        stuck = self.desk.record.disk
        (stuck.clear if stuck.is_set() else stuck.set)()
        self.story.append(f"disk works: {stuck.is_set()}")

    def pause(self) -> None:
        self.model.paused = not self.model.paused
        self.desk.permissions.pause(self.model.paused)
        self.story.append(f"pause {self.model.paused}")

    def check(self) -> None:
        self.model.note_sight()
        for capability in SOME:
            if self.desk.permissions.allows(capability):
                assert self.model.may_act(capability), (capability, self.story)

    async def quieten(self) -> None:
        """Let everything come to rest: then exactly what the model grants is allowed, works and is shown."""
        self.desk.record.disk.set()
        self.tick()
        await self.desk.settle()
        await asyncio.gather(*self.revoking)
        self.check()
        granted = {capability for capability in SOME if self.model.granted(capability)}
        assert set(self.desk.permissions.granted()) == granted, self.story
        assert self.desk.worker.working == granted, self.story
        await self.finish()

    async def finish(self) -> None:
        self.desk.permissions.end_all()
        await self.desk.settle()
        assert not self.desk.worker.working, self.story
        assert not any(map(self.desk.permissions.allows, Capability)), self.story
        self.check_record()

    def check_record(self) -> None:
        """Every ask has one answer about each capability, and no end without a grant before it."""
        answers = [
            (req, body["capability"])
            for kind, body, req in self.desk.record.lanes["C"]
            if kind in (EventType.CONSENT_GRANT, EventType.CONSENT_DENY)
        ]
        assert len(answers) == len(set(answers)), self.story
        live: set[object] = set()
        for kind, body, _ in self.desk.record.lanes["C"]:
            if kind is EventType.CONSENT_GRANT:
                assert body["capability"] not in live, self.story
                live.add(body["capability"])
            elif kind is EventType.CONSENT_REVOKE:
                assert body["capability"] in live, self.story
                live.discard(body["capability"])


def test_no_random_session_acts_without_a_live_grant() -> None:
    async def all_sessions() -> None:
        for seed in range(SESSIONS):
            await Session(seed).run()

    asyncio.run(all_sessions())
