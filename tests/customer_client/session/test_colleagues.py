"""Who may join beside the first technician, decided on the customer's computer: hostile questions and the one token."""

import asyncio
import hashlib
import time
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from customer_client.session.colleagues import Colleagues
from customer_client.session.colleagues_seat import ColleagueView, Premises, Seat
from customer_client.session.questions import Questions
from customer_client.session.state import Answer, Bar, Question
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.consent import Standing
from protocol.errors import PeerError
from protocol.messages.base import Message
from protocol.messages.colleague import (
    ColleagueAnswered,
    ColleagueAwaited,
    ColleagueInvited,
    ColleagueLeft,
    ColleaguePurpose,
    ColleagueWithdrawn,
)
from protocol.messages.consent import Capability
from protocol.pairing.certificates import issue_certificate, read_certificate, root_id
from protocol.transport.session_link import Ending, Reason
from protocol.transport.tasks import create_task
from tests.support.permission_desk import MemoryRecord

ROOT = Ed25519PrivateKey.generate()
ROOT_ID = root_id(ROOT.public_key().public_bytes_raw())


def certificate(name: str, root: Ed25519PrivateKey = ROOT, *, age_s: int = 60, lasts_s: int = 3600) -> bytes:
    begins = int(time.time()) - age_s
    return issue_certificate(
        root,
        serial=name,
        technician_id=name,
        name=name,
        organisation="Acme IT",
        signing_key=Ed25519PrivateKey.generate().public_key().public_bytes_raw(),
        sealing_key=X25519PrivateKey.generate().public_key().public_bytes_raw(),
        roles=("technician",),
        not_before=begins,
        not_after=begins + lasts_s,
    )


class Permissions:
    """What a session's permissions tell about mouse and keyboard."""

    def __init__(self) -> None:
        self.control = Standing.DENIED

    def standing(self, capability: Capability) -> Standing:
        return self.control

    def granted(self) -> dict[Capability, float]:
        return {}


class House:
    """A customer's program in memory, with Tess in charge."""

    def __init__(self) -> None:
        self.question: Question | None = None
        self.sent: list[Message] = []
        self.record = MemoryRecord()
        self.questions = Questions(self._show)
        self.view = View(lambda state: None, relay="https://relay")
        self.colleagues = Colleagues(
            Premises(
                trust=SimpleNamespace(root_id=ROOT_ID, relay="http://127.0.0.1:9"),
                data=None,
                key=Ed25519PrivateKey.generate(),
                questions=self.questions,
                view=self.view,
                sounds=None,
                open_desktop=lambda *given: None,
                promoted=lambda seat: None,
            )
        )
        self.tess = self.seat("Tess")
        self.colleagues.begin(self.tess)

    def seat(self, name: str) -> Any:
        own = certificate(name)
        introduction = SimpleNamespace(ticket="DS-2026-000001", subject="Printer", purpose="Look at it")
        technician = SimpleNamespace(
            name=name, organisation="Acme IT", certificate=read_certificate(own), introduction=introduction
        )
        parts: dict[str, Any] = {
            "technician": technician,
            "live": SimpleNamespace(permissions=Permissions(), unheard=False),
            "link": SimpleNamespace(send=self.sent.append),
            "keeper": self.record,
            "desktop": None,
            "chat": None,
        }
        return Seat(hashlib.sha256(name.encode()).hexdigest()[:32], **parts)

    def join(self, name: str, purpose: ColleaguePurpose) -> Any:
        seat = self.seat(name)
        seat.purpose = purpose
        self.colleagues._seats.append(seat)
        return seat

    def signed(self, data: bytes, purpose: str = "view") -> int:
        body: dict[str, object] = {"certificate_sha256": hashlib.sha256(data).hexdigest(), "purpose": purpose}
        self.record.lanes["T"].append((EventType.COLLEAGUE_INVITED, body, -1))
        return len(self.record.lanes["T"]) - 1

    async def invite(self, data: bytes, **changes: Any) -> int:
        number = self.signed(data)
        given = {"certificate": data, "purpose": ColleaguePurpose.VIEW, "event_seq": number} | changes
        await self.colleagues.arrived(self.tess.live, ColleagueInvited(**given))
        await self.settle()
        return number

    async def answer(self, *allowed: Capability) -> ColleagueAnswered:
        assert self.question is not None
        self.questions.answer(self.question.id, Answer(frozenset(allowed)))
        await self.settle()
        return self.answered()

    def answered(self) -> ColleagueAnswered:
        answer = self.sent[-1]
        assert isinstance(answer, ColleagueAnswered)
        return answer

    async def settle(self) -> None:
        for _ in range(12):
            await asyncio.sleep(0)

    def _show(self, question: Question | None) -> None:
        self.question = question


async def test_yes_is_recorded_and_makes_an_invitation_no_makes_none() -> None:
    house = House()
    number = await house.invite(certificate("Maria"))
    assert house.question is not None
    assert (house.question.technician, house.question.organisation) == ("Maria", "Acme IT")
    said = await house.answer(Capability.SEE)
    assert (said.number, said.allowed) == (number, True)
    assert said.invitation
    (allowed,) = house.record.told(EventType.COLLEAGUE_ALLOWED)
    assert allowed["name"] == "Maria"
    await house.invite(certificate("Noor"))
    said = await house.answer()
    assert (said.allowed, said.reason, said.invitation) == (False, "declined", b"")
    assert len(house.record.told(EventType.COLLEAGUE_REFUSED)) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (certificate("Mallory", Ed25519PrivateKey.generate()), "certificate_untrusted"),
        (certificate("Old", age_s=7200), "certificate_expired"),
        (b"nonsense", "certificate_malformed"),
        (certificate("Tess"), "here_already"),
    ],
)
async def test_who_cannot_be_verified_or_is_here_is_refused_without_a_question(data: bytes, reason: str) -> None:
    house = House()
    await house.invite(data)
    assert house.question is None
    assert (house.answered().allowed, house.answered().reason) == (False, reason)


async def test_nobody_is_invited_twice_and_only_so_many_at_all() -> None:
    house = House()
    maria = certificate("Maria")
    await house.invite(maria)
    await house.answer(Capability.SEE)
    await house.invite(maria)
    assert house.answered().reason == "here_already"
    for name in ("Noor", "Olga"):
        await house.invite(certificate(name))
        await house.answer(Capability.SEE)
    await house.invite(certificate("Pia"))
    assert house.answered().reason == "too_many"


async def test_an_invitation_must_be_the_one_that_was_signed_and_is_asked_once() -> None:
    house = House()
    for changes in ({"certificate": certificate("Noor")}, {"purpose": ColleaguePurpose.HELP}, {"event_seq": 0}):
        with pytest.raises(PeerError):
            await house.invite(certificate("Maria"), **changes)
    number = await house.invite(certificate("Maria"))
    held = house.record.lanes["T"][number][1]
    assert held["purpose"] == "view"
    with pytest.raises(PeerError):
        await house.invite(certificate("Maria"), event_seq=number)


async def test_a_colleague_is_awaited_once_and_only_after_a_yes() -> None:
    house = House()
    number = await house.invite(certificate("Maria"))
    awaited = ColleagueAwaited(number, "d" * 32, "AAAA-AAAA-AAAA")
    with pytest.raises(PeerError):
        await house.colleagues.arrived(house.tess.live, awaited)
    await house.answer(Capability.SEE)
    await house.colleagues.arrived(house.tess.live, awaited)
    with pytest.raises(PeerError):
        await house.colleagues.arrived(house.tess.live, awaited)
    await house.colleagues.stop()


async def test_an_invitation_that_is_withdrawn_is_not_asked_any_more() -> None:
    house = House()
    number = await house.invite(certificate("Maria"))
    assert house.question is not None
    await house.colleagues.arrived(house.tess.live, ColleagueWithdrawn(number))
    await house.settle()
    assert house.question is None
    assert (house.answered().allowed, house.answered().reason) == (False, "withdrawn")
    await house.invite(certificate("Maria"))
    assert house.question is not None, "she can be invited again"


async def test_a_withdrawn_invitation_admits_nobody_even_when_the_customer_has_just_said_yes() -> None:
    house = House()
    number = await house.invite(certificate("Maria"))
    house.record.disk.clear()
    assert house.question is not None
    house.questions.answer(house.question.id, Answer(frozenset({Capability.SEE})))
    await house.settle()
    await house.colleagues.arrived(house.tess.live, ColleagueWithdrawn(number))
    house.record.disk.set()
    await house.settle()
    left = house.sent[-1]
    assert isinstance(left, ColleagueLeft)
    assert (left.number, left.reason) == (number, "withdrawn")
    assert house.record.told(EventType.COLLEAGUE_LEFT)[0]["reason"] == "withdrawn"
    with pytest.raises(PeerError):
        await house.colleagues.arrived(house.tess.live, ColleagueAwaited(number, "d" * 32, "AAAA-AAAA-AAAA"))


async def test_nobody_waits_in_a_mailbox_for_somebody_whose_invitation_was_withdrawn() -> None:
    house = House()
    number = await house.invite(certificate("Maria"))
    await house.answer(Capability.SEE)
    await house.colleagues.arrived(house.tess.live, ColleagueAwaited(number, "d" * 32, "AAAA-AAAA-AAAA"))
    await house.colleagues.arrived(house.tess.live, ColleagueWithdrawn(number))
    async with asyncio.timeout(10):
        while not house.record.told(EventType.COLLEAGUE_LEFT):
            await asyncio.sleep(0.01)
    assert house.record.told(EventType.COLLEAGUE_LEFT)[0]["reason"] == "withdrawn"
    await house.colleagues.arrived(house.tess.live, ColleagueWithdrawn(number))
    await house.colleagues.stop()


async def test_what_was_never_invited_cannot_be_withdrawn() -> None:
    house = House()
    with pytest.raises(PeerError):
        await house.colleagues.arrived(house.tess.live, ColleagueWithdrawn(7))


async def test_only_who_is_in_charge_invites_and_has_every_tool() -> None:
    house = House()
    maria = house.join("Maria", ColleaguePurpose.HELP)
    with pytest.raises(PeerError):
        await house.colleagues.arrived(maria.live, ColleagueInvited(certificate("Noor"), ColleaguePurpose.VIEW, 0))
    with pytest.raises(PeerError):
        house.colleagues.require_charge(maria.live)
    house.colleagues.require_charge(house.tess.live)
    assert house.colleagues.barred(maria.live, Capability.SEE) == ""
    assert house.colleagues.barred(maria.live, Capability.FILES_TO_CUSTOMER) == "not_in_charge"
    assert house.colleagues.barred(house.tess.live, Capability.FILES_TO_CUSTOMER) == ""


async def test_mouse_and_keyboard_are_with_one_session_at_a_time() -> None:
    house = House()
    maria, noor = house.join("Maria", ColleaguePurpose.HELP), house.join("Noor", ColleaguePurpose.VIEW)
    ask = house.colleagues.barred
    assert ask(noor.live, Capability.CONTROL) == "view_only"
    assert ask(house.tess.live, Capability.CONTROL) == ""
    house.tess.live.permissions.control = Standing.ASKED
    assert ask(maria.live, Capability.CONTROL) == "held_by_colleague"
    house.tess.live.permissions.control = Standing.GRANTED
    assert ask(maria.live, Capability.CONTROL) == "held_by_colleague"
    house.tess.live.permissions.control = Standing.DENIED
    assert ask(maria.live, Capability.CONTROL) == ""
    maria.live.permissions.control = Standing.GRANTED
    assert ask(house.tess.live, Capability.CONTROL) == "held_by_colleague"
    house.colleagues.left(maria)
    assert ask(house.tess.live, Capability.CONTROL) == ""


def test_nothing_of_a_colleagues_session_reaches_the_window_until_they_are_in_charge() -> None:
    told: list[bool] = []
    window = View(lambda state: None, relay="")
    window.update(bar=Bar("Tess", "Acme IT", "DS-1", 0.0, frozenset()))
    view = ColleagueView(relay="", changed=lambda: told.append(True))
    view.update(bar=Bar("Maria", "Acme IT", "DS-1", 1.0, frozenset()), text="private")
    assert window.state.bar is not None
    assert window.state.bar.technician == "Tess"
    assert told
    view.take_charge(window)
    assert window.state.bar.technician == "Maria"
    view.update(bar=Bar("Maria", "Acme IT", "DS-1", 1.0, frozenset(), notice="Connected again."))
    assert window.state.bar.notice == "Connected again."


async def test_the_bar_says_that_nobody_is_heard_only_when_nobody_is_and_names_who_is_not() -> None:
    house = House()
    window, colleagues, tess = house.view, house.colleagues, house.tess
    window.update(bar=Bar("Tess", "Acme IT", "DS-1", 0.0, frozenset()))
    assert colleagues.name_among(tess.live) == ""
    maria = house.join("Maria", ColleaguePurpose.VIEW)
    tess.live.unheard = True
    colleagues.show_people()
    assert window.state.bar is not None
    assert [(person.name, person.unheard) for person in window.state.bar.people] == [("Tess", True), ("Maria", False)]
    assert not window.state.bar.unheard
    assert colleagues.name_among(tess.live) == "Tess"
    maria.live.unheard = True
    colleagues.show_people()
    assert window.state.bar.unheard
    tess.live.unheard = False
    colleagues.left(maria)
    assert (window.state.bar.people, window.state.bar.unheard) == ((), False)


async def test_when_the_first_technician_is_lost_the_colleague_is_in_charge_and_the_session_ends_with_theirs() -> None:
    house = House()
    maria = house.join("Maria", ColleaguePurpose.VIEW)
    maria.desktop = SimpleNamespace(open_hands=lambda: None)
    house.tess.keeper = SimpleNamespace(record=SimpleNamespace(peer_events=()))  # nothing was handed over
    lasting = create_task(house.colleagues.after(Ending(Reason.CONNECTION_LOST, sealed_by_both=False)), name="session")
    await house.settle()
    assert house.colleagues.leads(maria.live)
    assert house.record.told(EventType.SESSION_TAKEN) == [{"session": house.tess.session}]
    assert not lasting.done()
    maria.ended.set_result(Ending(Reason.ENDED_BY_TECHNICIAN, sealed_by_both=True))
    assert (await lasting).reason is Reason.ENDED_BY_TECHNICIAN
