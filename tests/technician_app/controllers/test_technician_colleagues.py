"""The technician's half of inviting: nothing is believed without its signed event, nothing forwarded unchecked."""

import asyncio
import hashlib
import time
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.audit.events import EventType
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.colleague import (
    ColleagueAnswered,
    ColleagueAwaited,
    ColleagueJoined,
    ColleagueLeft,
    ColleaguePurpose,
    ColleagueWithdrawn,
    SessionTaken,
)
from protocol.messages.colleague_api import AwaitedColleague, ColleagueInvitation, ColleagueInvitations
from protocol.messages.relay_api import DeviceCertificates
from protocol.pairing.certificates import issue_certificate, root_id
from protocol.pairing.joining_invitation import make_invitation
from protocol.transport.session_link import Reason
from technician_app.controllers.colleagues import OwnDevice, TechnicianColleagues
from technician_app.controllers.colleagues_invitations import InvitationsController, InvitationsViewState
from technician_app.controllers.colleagues_state import ColleagueStanding
from tests.support.permission_desk import MemoryRecord, TechnicianKeeper

ROOT, OTHER_ROOT = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SESSION, THEIRS = "a" * 32, "b" * 32
CUSTOMER = Ed25519PrivateKey.generate()
SEALING = X25519PrivateKey.generate()
OWN_KEY = Ed25519PrivateKey.generate()


def certificate(name: str, root: Ed25519PrivateKey = ROOT, signing: Ed25519PrivateKey | None = None) -> bytes:
    now = int(time.time())
    return issue_certificate(
        root,
        serial=name,
        technician_id=name,
        name=name,
        organisation="Acme IT",
        signing_key=(signing or Ed25519PrivateKey.generate()).public_key().public_bytes_raw(),
        sealing_key=SEALING.public_key().public_bytes_raw(),
        roles=("technician",),
        not_before=now - 60,
        not_after=now + 3600,
    )


MARIA = certificate("Maria")


class Relay:
    """The relay's answers."""

    def __init__(self) -> None:
        self.carried: list[Any] = []
        self.withdrawn: list[str] = []
        self.own = certificate("Tess", signing=OWN_KEY)

    async def certificates(self) -> DeviceCertificates:
        return DeviceCertificates((MARIA, certificate("Mallory", OTHER_ROOT), b"nonsense", self.own))

    async def invite_colleague(self, session: str, new: Any) -> AwaitedColleague:
        self.carried.append(new)
        return AwaitedColleague(THEIRS, "K7QF-2MXP-PBCC", "")

    async def withdraw_colleague(self, session: str, colleague: str) -> None:
        assert session == SESSION
        self.withdrawn.append(colleague)


class Tess:
    """A technician in charge of a session, with its record in memory."""

    def __init__(self, *, joined: bool = False) -> None:
        self.relay, self.record, self.sent, self.works = Relay(), MemoryRecord(), list[Message](), list[Any]()
        self.ended: list[Reason] = []
        self.colleagues = TechnicianColleagues(
            api=self.relay,  # type: ignore[arg-type]
            session=SESSION,
            device=OwnDevice(root_id(ROOT.public_key().public_bytes_raw()), self.relay.own, OWN_KEY),
            joined=joined,
            begin=self._begin,
            shown=lambda state: None,
        )
        link = SimpleNamespace(send=self.sent.append, end=self._end)
        self.colleagues.attach(link, TechnicianKeeper(self.record), CUSTOMER.public_key().public_bytes_raw())  # type: ignore[arg-type]

    def _begin(self, work: Coroutine[Any, Any, object], name: str) -> None:
        self.works.append(work)

    async def _end(self, reason: Reason) -> None:
        self.ended.append(reason)

    async def work(self) -> None:
        """Do what was begun."""
        works, self.works = self.works, []
        for work in works:
            await work

    async def invited(self) -> int:
        self.colleagues.look()
        await self.work()
        self.colleagues.invite("Maria", ColleaguePurpose.VIEW)
        await self.work()
        return self.colleagues.state.people[-1].number

    async def customer_writes(self, kind: EventType, number: int, **more: object) -> int:
        body = {"certificate_sha256": hashlib.sha256(MARIA).hexdigest(), **more}
        return await self.record.write(kind, body, answers=number)

    async def allowed(self, number: int, **changes: Any) -> ColleagueAnswered:
        given: dict[str, Any] = {
            "session": SESSION,
            "ticket": "DS-2026-000001",
            "subject": "Printer",
            "reason": "Look",
            "purpose": ColleaguePurpose.VIEW,
            "certificate": MARIA,
            "sealing_key": SEALING.public_key().public_bytes_raw(),
            "customer_key": CUSTOMER,
            "expires_at": int(time.time()) + 600,
            "entropy": lambda size: bytes(size),
        }
        invitation, _ = make_invitation(**(given | changes))
        seq = await self.customer_writes(EventType.COLLEAGUE_ALLOWED, number)
        return ColleagueAnswered(number, True, "", seq, invitation)

    @property
    def standing(self) -> ColleagueStanding:
        return self.colleagues.state.people[-1].standing


async def test_only_verified_colleagues_can_be_chosen_and_not_oneself() -> None:
    tess = Tess()
    tess.colleagues.look()
    await tess.work()
    assert [candidate.name for candidate in tess.colleagues.state.candidates] == ["Maria"]
    tess.colleagues.invite("Mallory", ColleaguePurpose.VIEW)
    with pytest.raises(EnvironmentFault):
        await tess.work()


async def test_an_allowed_invitation_is_endorsed_forwarded_and_awaited() -> None:
    tess = Tess()
    number = await tess.invited()
    await tess.colleagues.arrived(await tess.allowed(number))
    assert tess.standing is ColleagueStanding.WAITING
    await tess.work()
    assert tess.relay.carried[0].certificate == MARIA
    assert tess.sent[-1] == ColleagueAwaited(number, THEIRS, "K7QF-2MXP-PBCC")


@pytest.mark.parametrize("changes", [{"session": "c" * 32}, {"customer_key": Ed25519PrivateKey.generate()}])
async def test_an_invitation_that_is_not_this_customers_is_not_endorsed(changes: dict[str, Any]) -> None:
    tess = Tess()
    number = await tess.invited()
    await tess.colleagues.arrived(await tess.allowed(number, **changes))
    with pytest.raises(PeerError):
        await tess.work()
    assert tess.relay.carried == []
    assert tess.standing is ColleagueStanding.GONE


async def test_news_without_its_signed_event_is_not_believed() -> None:
    tess = Tess()
    number = await tess.invited()
    joined = await tess.customer_writes(EventType.COLLEAGUE_JOINED, number, session=THEIRS)
    for message in (
        ColleagueJoined(number, "c" * 32, joined),
        ColleagueJoined(number + 1, THEIRS, joined),
        ColleagueJoined(number, THEIRS, joined + 1),
        ColleagueLeft(number, "left", joined),
        ColleagueAnswered(number, True, "", joined, b"x"),
        SessionTaken(joined),
    ):
        with pytest.raises(PeerError):
            await tess.colleagues.arrived(message)
    assert tess.standing is ColleagueStanding.ASKED


async def test_coming_and_going_is_noted_in_the_own_lane_and_handing_over_ends_the_session() -> None:
    tess = Tess()
    number = await tess.invited()
    joined = await tess.customer_writes(EventType.COLLEAGUE_JOINED, number, session=THEIRS)
    await tess.colleagues.arrived(ColleagueJoined(number, THEIRS, joined))
    kind, body, answers = tess.record.lanes["T"][-1]
    assert (kind, body["session"], answers) == (EventType.COLLEAGUE_JOINED, THEIRS, joined)
    tess.colleagues.hand_over(THEIRS)
    await tess.work()
    assert tess.record.lanes["T"][-1][0] is EventType.SESSION_HANDED_OVER
    assert tess.ended == [Reason.HANDED_OVER]
    left = await tess.customer_writes(EventType.COLLEAGUE_LEFT, number, session=THEIRS, reason="left")
    await tess.colleagues.arrived(ColleagueLeft(number, "left", left))
    assert (tess.standing, tess.colleagues.state.people[-1].said) == (ColleagueStanding.GONE, "They have left.")
    tess.colleagues.hand_over(THEIRS)
    with pytest.raises(EnvironmentFault):
        await tess.work()


async def test_who_joined_only_leaves_until_they_are_in_charge() -> None:
    maria = Tess(joined=True)
    taken: list[bool] = []
    maria.colleagues.taken = lambda: taken.append(True)
    assert maria.colleagues.end_reason is Reason.LEFT
    seq = await maria.record.write(EventType.SESSION_TAKEN, {"session": THEIRS})
    await maria.colleagues.arrived(SessionTaken(seq))
    assert maria.colleagues.end_reason is Reason.ENDED_BY_TECHNICIAN
    assert taken == [True]


async def test_an_invitation_is_withdrawn_before_the_customer_has_answered() -> None:
    tess = Tess()
    number = await tess.invited()
    tess.colleagues.withdraw(number)
    await tess.work()
    assert tess.sent[-1] == ColleagueWithdrawn(number)
    assert tess.standing is ColleagueStanding.WITHDRAWING
    tess.colleagues.withdraw(number)
    await tess.work()
    assert tess.sent.count(ColleagueWithdrawn(number)) == 1
    refused = await tess.customer_writes(EventType.COLLEAGUE_REFUSED, number, reason="withdrawn")
    await tess.colleagues.arrived(ColleagueAnswered(number, False, "withdrawn", refused, b""))
    said = tess.colleagues.state.people[-1].said
    assert (tess.standing, said) == (ColleagueStanding.REFUSED, "You have taken the invitation back.")
    assert tess.relay.withdrawn == []


async def test_a_yes_that_crosses_the_withdrawal_is_not_forwarded() -> None:
    tess = Tess()
    number = await tess.invited()
    tess.colleagues.withdraw(number)
    await tess.work()
    await tess.colleagues.arrived(await tess.allowed(number))
    await tess.work()
    assert tess.relay.carried == []
    assert not any(isinstance(message, ColleagueAwaited) for message in tess.sent)
    left = await tess.customer_writes(EventType.COLLEAGUE_LEFT, number, reason="withdrawn")
    await tess.colleagues.arrived(ColleagueLeft(number, "withdrawn", left))
    assert tess.standing is ColleagueStanding.GONE


async def test_one_that_waits_for_the_colleague_is_gone_at_the_relay_as_well() -> None:
    tess = Tess()
    number = await tess.invited()
    await tess.colleagues.arrived(await tess.allowed(number))
    await tess.work()
    tess.colleagues.withdraw(number)
    await tess.work()
    assert tess.sent[-1] == ColleagueWithdrawn(number)
    assert tess.relay.withdrawn == [THEIRS]


async def test_one_that_is_just_being_handed_to_the_relay_is_taken_back_there() -> None:
    tess = Tess()
    number = await tess.invited()
    await tess.colleagues.arrived(await tess.allowed(number))
    forwarding = tess.works.pop()
    tess.colleagues.withdraw(number)
    await tess.work()
    await forwarding
    assert tess.relay.withdrawn == [THEIRS]
    assert not any(isinstance(message, ColleagueAwaited) for message in tess.sent)


def offered(session: str) -> ColleagueInvitation:
    return ColleagueInvitation(session, SESSION, "DS-2026-000001", "s", "Tess", ColleaguePurpose.VIEW, b"forged", "")


async def test_invitations_are_shown_until_dismissed_and_a_forged_one_is_not_accepted() -> None:
    waiting = [offered("c" * 32), offered("d" * 32)]
    states: list[InvitationsViewState] = []
    changed = asyncio.Event()

    def publish(state: InvitationsViewState) -> None:
        states.append(state)
        changed.set()

    async def invitations() -> ColleagueInvitations:
        return ColleagueInvitations(tuple(waiting))

    organisation = SimpleNamespace(root_id=root_id(ROOT.public_key().public_bytes_raw()).hex())
    identity: Any = SimpleNamespace(
        api=SimpleNamespace(invitations=invitations),
        organisation=organisation,
        certificate=MARIA,
        account=SimpleNamespace(role="technician"),
    )
    keys: Any = SimpleNamespace(sealing=SEALING)
    controller = InvitationsController(identity=lambda: identity, keys=lambda: keys, publish=publish, every_s=60)
    await controller.begin()
    async with asyncio.timeout(10):
        await changed.wait()
    assert [each.session[0] for each in states[-1].invitations] == ["c", "d"]
    await controller.dismiss("c" * 32)
    assert [each.session[0] for each in states[-1].fresh] == ["d"]
    assert [each.session[0] for each in states[-1].on("DS-2026-000001")] == ["c", "d"], "it stays on its ticket"
    with pytest.raises(PeerError) as raised:
        await controller.join("d" * 32)
    assert raised.value.code == "invitation_rejected"
    assert [each.session[0] for each in states[-1].invitations] == ["c"]
    with pytest.raises(PeerError):
        await controller.join("e" * 32)
    await controller.end()


@pytest.mark.parametrize("role", ["auditor", "administrator"])
async def test_who_can_not_be_invited_never_asks(role: str) -> None:
    identity: Any = SimpleNamespace(account=SimpleNamespace(role=role))  # without a connection to ask on
    states: list[InvitationsViewState] = []
    controller = InvitationsController(
        identity=lambda: identity, keys=lambda: pytest.fail("keys"), publish=states.append, every_s=0.0
    )
    await controller.begin()
    for _ in range(5):
        await asyncio.sleep(0)
    assert states == []
    await controller.end()
