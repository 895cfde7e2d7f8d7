"""The technician's mirror of the permissions, against the customer's real side: what it shows is what is."""

import asyncio
import random
from collections.abc import Mapping

import pytest

from protocol.audit.events import EventType
from protocol.consent import Standing
from protocol.errors import PeerError
from protocol.messages.base import Message
from protocol.messages.consent import (
    Capability,
    CapabilityAnswered,
    CapabilityRequested,
    CapabilityRevoked,
    PlanRequested,
)
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.session_state import Permission
from tests.support.permission_desk import Desk, TechnicianKeeper

SEE, CONTROL, FILES, VOICE = Capability.SEE, Capability.CONTROL, Capability.FILES_TO_CUSTOMER, Capability.VOICE


class Feature(PermissionOwner):
    """Notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Capability]] = []

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        self.told.append(("granted", capability))

    def giving_back(self, capability: Capability) -> None:
        self.told.append(("giving back", capability))

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        self.told.append((reason, capability))


class Pair:
    """Both sides; messages wait in order until `deliver`."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.to_customer: list[Message] = []
        self.outcomes: list[tuple[Capability, str]] = []
        self.feature = Feature()
        self.mirror = AskedPermissions(
            keeper=TechnicianKeeper(self.desk.record),
            send=self.to_customer.append,
            changed=self._changed,
            clock=lambda: self.desk.now,
        )
        self.mirror.register(self.feature, *Capability)

    async def opened(self) -> "Pair":
        await self.desk.opened()
        await self.deliver()
        return self

    async def deliver(self) -> None:
        """Let everything that was sent arrive, and what that leads to, until both sides are quiet."""
        while self.to_customer or self.desk.sent:
            if self.to_customer:
                await self.arrive_at_customer(self.to_customer.pop(0))
            if self.desk.sent:
                await self.arrive_at_technician(self.desk.sent.pop(0))
            await self.desk.settle()

    async def arrive_at_customer(self, message: Message) -> None:
        if isinstance(message, CapabilityRevoked):
            await self.desk.permissions.revoke(message.capability, "given_back", tell=False)
        elif isinstance(message, CapabilityRequested | PlanRequested):
            self.desk.permissions.requested(message)

    async def arrive_at_technician(self, message: Message) -> None:
        if isinstance(message, CapabilityAnswered):
            await self.mirror.answered(message)
        elif isinstance(message, CapabilityRevoked):
            await self.mirror.revoked(message)

    async def ask(self, *capabilities: Capability) -> None:
        await self.mirror.ask(*capabilities, reason="why")
        await self.deliver()

    async def answer(self, *allowed: Capability, expires_in_s: int = 0) -> None:
        await self.desk.answer(*allowed, expires_in_s=expires_in_s)
        await self.deliver()

    def expired(self) -> set[Capability]:
        return {capability for capability, permission in self.known.items() if permission.expired}

    def _changed(self, known: Mapping[Capability, Permission], capability: Capability | None, reason: str) -> None:
        self.known = dict(known)
        if capability is not None:
            self.outcomes.append((capability, reason))


async def test_one_is_asked_granted_and_given_back() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL)
    assert pair.mirror.standing(CONTROL) is Standing.ASKED
    await pair.answer(CONTROL)
    assert pair.mirror.allows(CONTROL)
    await pair.mirror.give_back(CONTROL)
    await pair.deliver()
    assert not pair.desk.permissions.allows(CONTROL)
    told = [what for what, capability in pair.feature.told if capability is CONTROL]
    assert told == ["granted", "giving back", "given_back"]


async def test_several_are_asked_in_one_question_and_what_is_allowed_already_is_not_asked_again() -> None:
    pair = await Pair().opened()
    await pair.mirror.ask(SEE, FILES, CONTROL, reason="why")
    assert pair.to_customer == [PlanRequested((CONTROL, FILES), "why", 1)]
    assert pair.desk.record.lanes["T"][1] == (
        EventType.CONSENT_ASK,
        {"capabilities": ["control", "files_to_customer"]},
        -1,
    )
    await pair.deliver()
    await pair.answer(FILES)
    assert pair.mirror.allows(FILES)
    assert pair.outcomes[-2:] == [(CONTROL, "declined"), (FILES, "")]


async def test_a_grant_for_five_minutes_is_not_used_after_them() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL)
    await pair.answer(CONTROL, expires_in_s=300)
    pair.desk.now += 300
    assert not pair.mirror.allows(CONTROL)
    pair.desk.permissions.tick()
    await pair.desk.settle()
    await pair.deliver()
    assert pair.mirror.standing(CONTROL) is Standing.DENIED
    assert pair.outcomes[-1] == (CONTROL, "expired")


async def test_what_has_expired_is_marked_until_it_is_asked_for_again() -> None:
    pair = await Pair().opened()
    await pair.mirror.give_back(SEE)
    await pair.ask(SEE, CONTROL, VOICE)
    await pair.answer(SEE, CONTROL, expires_in_s=300)
    pair.desk.now += 300
    pair.desk.permissions.tick()
    await pair.desk.settle()
    await pair.deliver()
    assert pair.expired() == {SEE, CONTROL}
    await pair.ask(*pair.expired())
    assert pair.expired() == set()
    await pair.answer(SEE, CONTROL)
    await pair.desk.permissions.revoke(SEE, "taken_back")
    await pair.deliver()
    assert pair.expired() == set(), "what was taken back is not asked for again"


async def test_what_the_customer_takes_back_is_gone_here_with_all_that_needs_it() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL)
    await pair.answer(CONTROL)
    await pair.desk.permissions.revoke(SEE, "taken_back")
    await pair.deliver()
    assert pair.mirror.standing(CONTROL) is Standing.DENIED
    await pair.mirror.ask(CONTROL, reason="why")
    assert pair.to_customer == [], "who does not see does not ask to act"


async def test_an_answer_without_its_signed_event_breaks_the_protocol() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL)
    for event_seq in (0, 99):
        with pytest.raises(PeerError):
            await pair.mirror.answered(CapabilityAnswered(CONTROL, True, "", 0, event_seq))
    assert not pair.mirror.allows(CONTROL)


async def test_an_answer_to_a_request_that_was_taken_back_changes_nothing() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL)
    await pair.desk.answer(CONTROL)  # on its way
    await pair.mirror.give_back(CONTROL)
    await pair.mirror.ask(CONTROL, reason="why")
    await pair.deliver()
    assert pair.mirror.standing(CONTROL) is Standing.ASKED
    await pair.answer()
    assert pair.mirror.standing(CONTROL) is Standing.DENIED


async def test_a_request_made_under_a_grant_leaves_the_grant_as_it_is() -> None:
    pair = await Pair().opened()
    await pair.ask(CONTROL, FILES)
    await pair.answer(CONTROL, FILES)
    await pair.mirror.sign_ask(FILES)
    assert pair.mirror.allows(FILES)


async def test_the_end_of_the_session_ends_every_grant_once() -> None:
    pair = await Pair().opened()
    await pair.mirror.end_all()
    await pair.mirror.end_all()
    assert pair.feature.told.count(("session_end", SEE)) == 1


async def _random_session(dice: random.Random) -> None:
    """Whatever crosses whatever on the line, both sides agree once it is quiet."""
    pair = await Pair().opened()
    some = (SEE, CONTROL, FILES, VOICE)
    for _ in range(12):
        match dice.randrange(6):
            case 0 | 1:
                await pair.mirror.ask(*dice.sample(some, dice.randint(1, 3)), reason="why")
            case 2 if pair.desk.question is not None:
                await pair.desk.answer(*pair.desk.question.capabilities)
            case 3:
                await pair.mirror.give_back(dice.choice(some))
            case 4:
                await pair.desk.permissions.revoke(dice.choice(some), "taken_back")
            case 5 if pair.to_customer:
                await pair.arrive_at_customer(pair.to_customer.pop(0))
        if pair.desk.sent and dice.random() < 0.4:
            await pair.arrive_at_technician(pair.desk.sent.pop(0))
        await pair.desk.settle()
    await pair.deliver()
    while pair.desk.question is not None:
        await pair.answer()
    for capability in some:
        assert pair.mirror.allows(capability) == pair.desk.permissions.allows(capability)
        assert pair.mirror.standing(capability) is not Standing.ASKED


def test_both_sides_agree_after_a_thousand_random_sessions() -> None:
    async def all_sessions() -> None:
        for seed in range(1000):
            try:
                await _random_session(random.Random(seed))
            except (AssertionError, PeerError) as error:
                raise AssertionError(f"seed {seed}") from error

    asyncio.run(all_sessions())
