"""Pausing for money, asking whether to go on, and the slow beginning after a call, as both sides see it."""

import asyncio
from typing import Any

import pytest

from customer_client.protection.confirming import ANSWER_S, CONFIRM_EVERY_S, IDLE_S, SEE_ONLY_S, Why
from customer_client.protection.contact import VIEW_ONLY_S, Contact
from customer_client.protection.money import MoneyKind
from customer_client.protection.remote_tools import RemoteTool
from customer_client.session.other_tools import OtherTools
from customer_client.session.protection import MONEY_WAIT_S, VIEW_ONLY, Beginning, CustomerProtection
from customer_client.session.state import Answer, Bar, CustomerViewState
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.messages.consent import Capability, CapabilityAnswered, SharingPaused, SharingResumed
from protocol.messages.protection import PauseReason, RemoteToolKind, RemoteToolNoticed
from protocol.transport.tasks import cancelled, create_task
from tests.support.permission_desk import Desk

SEE, CONTROL = Capability.SEE, Capability.CONTROL
ANYDESK = RemoteTool("AnyDesk", RemoteToolKind.SUPPORT)
VNC = RemoteTool("a VNC server", RemoteToolKind.VNC)


class Screen:
    def __init__(self) -> None:
        self.paused = 0
        self.passed: list[bool] = []

    def pause(self) -> None:
        self.paused += 1

    def pass_money_by(self, *, never_again: bool) -> None:
        self.passed.append(never_again)


class Guarded:
    """A session's permissions in memory with its protection; time moves by hand."""

    def __init__(self, desk: Desk, beginning: Beginning, others: list["Guarded"] | None = None) -> None:
        self.desk, self.screen = desk, Screen()
        self.states: list[CustomerViewState] = []
        self.view = View(self.states.append, relay="")
        self.view.update(bar=Bar("Tess", "Acme", "DS-1", desk.now, frozenset()))
        self.rested: list[bool] = []
        self.all = [*(others or []), self]
        self.protection = CustomerProtection(
            screen=self.screen,
            permissions=desk.permissions,
            keeper=desk.record,
            send=desk.sent.append,
            rest=self.rested.append,
            view=self.view,
            beginning=beginning,
            everybody=lambda: [each.protection for each in self.all],
            leads=lambda: self.all[0] is self,
            clock=lambda: desk.now,
        )

    async def wait(self, seconds: float, *, active: bool = False) -> None:
        """Let time pass as the session's tick does."""
        end = self.desk.now + seconds
        while self.desk.now < end:
            self.desk.now = min(end, self.desk.now + 10.0)
            if active:
                self.protection.active()
            self.desk.permissions.tick()
            self.protection.tick()
            await self.desk.settle()

    def paused(self) -> list[Any]:
        return [message.because for message in self.desk.sent if isinstance(message, SharingPaused)]


async def shared(beginning: Beginning | None = None, *, expires_in_s: int = 0) -> Guarded:
    desk = Desk()
    guarded = Guarded(desk, beginning or Beginning())
    desk.permissions.barred = guarded.protection.held_back
    free = frozenset({Capability.POINT, Capability.CHAT})
    asked = (SEE, Capability.POINT, Capability.CHAT)
    await desk.permissions.open(asked, Answer(frozenset(asked), expires_in_s, free))
    return guarded


async def test_money_in_front_stops_everything_and_says_the_kind_only() -> None:
    me = await shared()
    me.protection.money_in_front(MoneyKind.BANK)
    assert me.screen.paused == 1
    assert not me.desk.permissions.allows(SEE)
    assert me.rested == [True]
    await me.desk.settle()
    assert me.desk.record.told(EventType.SHARING_PAUSE) == [{"because": "money", "kind": "bank"}]
    assert me.paused() == [PauseReason.MONEY]
    assert me.view.state.money is not None


async def test_only_the_page_itself_and_only_after_the_wait_lets_sharing_go_on() -> None:
    me = await shared()
    me.protection.money_in_front(MoneyKind.BANK)
    await me.desk.settle()
    await me.protection.resume()
    await me.protection.go_on_after_money(never_again=False)
    assert me.desk.permissions.paused
    me.desk.now += MONEY_WAIT_S
    await me.protection.resume()
    assert me.desk.permissions.paused, "Continue on the bar"
    await me.protection.go_on_after_money(never_again=True)
    assert me.desk.permissions.allows(SEE)
    assert me.screen.passed == [True]
    assert me.view.state.money is None
    assert me.desk.record.told(EventType.SHARING_RESUME) == [{"not_money": True}]
    assert SharingResumed() in me.desk.sent


async def test_a_second_window_while_the_page_stands_starts_no_second_wait() -> None:
    me = await shared()
    me.protection.money_in_front(MoneyKind.BANK)
    me.desk.now += 15.0
    me.protection.money_in_front(MoneyKind.WALLET)
    await me.desk.settle()
    assert me.paused() == [PauseReason.MONEY]
    me.desk.now += 5.0
    await me.protection.go_on_after_money(never_again=False)
    assert me.desk.permissions.allows(SEE)


async def test_money_that_comes_while_going_on_is_recorded_wins() -> None:
    me = await shared()
    await me.protection.pause()
    me.desk.record.disk.clear()
    going_on = create_task(me.protection.resume(), name="go on", awaited=True)
    await me.desk.settle()
    me.protection.money_in_front(MoneyKind.BANK)
    me.desk.record.disk.set()
    await going_on
    await me.desk.settle()
    assert me.desk.permissions.paused
    assert SharingResumed() not in me.desk.sent


async def test_all_technicians_lose_the_picture_and_get_it_back_together() -> None:
    first = await shared()
    desk = Desk()
    second = Guarded(desk, Beginning(), [first])
    first.all.append(second)
    await desk.opened()
    second.protection.money_in_front(MoneyKind.PAYMENT)
    await first.desk.settle()
    assert first.paused() == second.paused() == [PauseReason.MONEY]
    first.desk.now += MONEY_WAIT_S
    desk.now += MONEY_WAIT_S
    await first.protection.go_on_after_money(never_again=False)
    assert first.desk.permissions.allows(SEE)
    assert desk.permissions.allows(SEE)


async def test_five_idle_minutes_and_no_answer_pause_and_continue_goes_on() -> None:
    me = await shared()
    await me.wait(IDLE_S)
    bar = me.view.state.bar
    assert bar is not None
    assert bar.asked is not None
    await me.wait(ANSWER_S)
    assert me.desk.permissions.paused
    assert me.paused() == [PauseReason.NO_ANSWER]
    assert me.desk.record.told(EventType.SHARING_PAUSE) == [{"because": "no_answer"}]
    assert me.view.state.bar is not None
    assert "Press Continue" in me.view.state.bar.notice
    await me.protection.resume()
    assert me.desk.permissions.allows(SEE)
    await me.wait(IDLE_S - 10)
    assert not me.desk.permissions.paused


async def test_yes_goes_on_and_half_an_hour_of_work_asks_again() -> None:
    me = await shared()
    await me.wait(IDLE_S)
    await me.protection.answer(True)
    assert me.view.state.bar is not None
    assert me.view.state.bar.asked is None
    await me.wait(CONFIRM_EVERY_S, active=True)
    asked = me.view.state.bar.asked
    assert asked is not None
    assert asked.why is Why.LONG
    assert me.paused() == []


async def test_no_lets_nobody_see_any_more() -> None:
    me = await shared()
    await me.wait(IDLE_S)
    await me.protection.answer(False)
    assert not me.desk.permissions.allows(SEE)
    assert me.desk.record.told(EventType.CONSENT_REVOKE)[0] == {"capability": "see", "reason": "taken_back"}


async def test_the_first_quarter_of_an_hour_ends_by_itself() -> None:
    me = await shared(expires_in_s=SEE_ONLY_S)
    await me.wait(SEE_ONLY_S - ANSWER_S, active=True)
    assert me.view.state.bar is not None
    assert me.view.state.bar.asked is not None
    await me.wait(ANSWER_S, active=True)
    assert not me.desk.permissions.allows(SEE)
    assert me.desk.permissions.allows(Capability.CHAT), "words do no harm"
    assert me.paused() == []


async def test_a_yes_before_it_ends_is_a_grant_of_its_own_that_both_sides_know() -> None:
    me = await shared(expires_in_s=SEE_ONLY_S)
    await me.wait(SEE_ONLY_S - ANSWER_S, active=True)
    await me.protection.answer(True)
    assert me.desk.permissions.granted()[SEE] == float("inf")
    grants = me.desk.record.told(EventType.CONSENT_GRANT)
    assert [each["expires_in_s"] for each in grants if each["capability"] == "see"] == [SEE_ONLY_S, 0]
    answered = [each for each in me.desk.sent if isinstance(each, CapabilityAnswered) and each.capability is SEE]
    assert [each.expires_in_s for each in answered] == [SEE_ONLY_S, 0]
    await me.wait(ANSWER_S + 10, active=True)
    assert me.desk.permissions.allows(SEE)
    assert me.desk.permissions.allows(Capability.POINT)


async def test_after_a_call_only_seeing_is_possible_for_two_minutes() -> None:
    me = await shared(Beginning(Contact.BY_CALLER))
    assert me.desk.permissions.allows(SEE)
    me.desk.request(CONTROL)
    await me.desk.settle()
    assert me.desk.question is None
    assert me.desk.record.told(EventType.CONSENT_DENY)[-1]["reason"] == VIEW_ONLY
    me.desk.now += VIEW_ONLY_S
    me.desk.request(CONTROL)
    await me.desk.answer(CONTROL)
    assert me.desk.permissions.allows(CONTROL)


@pytest.mark.parametrize("contact", Contact)
async def test_the_record_says_who_contacted_whom_and_what_else_ran(contact: Contact) -> None:
    tools = OtherTools(lambda: (ANYDESK,))
    assert await tools.look_before() == ("AnyDesk",)
    me = await shared(Beginning(contact, tools))
    assert me.protection.shown() == {"contact": contact.value, "remote_tools": ["support"]}


async def test_a_tool_that_starts_is_told_to_the_customer_by_name_and_to_the_technician_by_kind() -> None:
    running = (ANYDESK,)
    tools = OtherTools(lambda: running)
    tools.look_every_s = 0.0
    await tools.look_before()
    me = await shared(Beginning(Contact.BY_CUSTOMER, tools))
    watching = create_task(me.protection.watch_tools(), name="watch", awaited=True)
    running = (ANYDESK, VNC)
    while len(me.desk.record.told(EventType.TOOL_NOTICED)) < 2:
        await me.desk.settle()
        await asyncio.sleep(0.001)
    await cancelled(watching, patience_s=5.0)
    told = me.desk.record.told(EventType.TOOL_NOTICED)
    assert told == [{"kind": "support", "when": "before"}, {"kind": "vnc", "when": "during"}]
    noticed = [message for message in me.desk.sent if isinstance(message, RemoteToolNoticed)]
    assert noticed == [RemoteToolNoticed(RemoteToolKind.SUPPORT), RemoteToolNoticed(RemoteToolKind.VNC)]
    assert me.view.state.bar is not None
    assert me.view.state.bar.warning.startswith("a VNC server was started")
