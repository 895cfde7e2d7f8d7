"""Watches over the customer while somebody sees the screen: pausing, going on, and asking whether to go on.

Runs on the network thread. What stops acts here before anybody is told; what goes on is durable in the record first.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from customer_client.languages import _
from customer_client.protection.confirming import NEVER, Confirmation, Verdict, Why
from customer_client.protection.contact import VIEW_ONLY_S, Contact
from customer_client.protection.money import MoneyKind
from customer_client.protection.remote_tools import RemoteTool
from customer_client.session.other_tools import OtherTools
from customer_client.session.permissions import Keeper, Permissions
from customer_client.session.state import MoneyShown
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.messages.base import Message
from protocol.messages.consent import Capability, SharingPaused, SharingResumed
from protocol.messages.protection import PauseReason, RemoteToolNoticed
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

MONEY_WAIT_S = 20.0
"""How long the page about money stands before sharing can go on."""

VIEW_ONLY = "view_only_yet"
"""Why nothing but seeing is possible, as the technician is told."""

EARLY = frozenset({Capability.SEE, Capability.POINT, Capability.CHAT, Capability.VOICE})
"""What a technician who made the first contact may be allowed from the start."""


class Screen(Protocol):
    """What shows the screen and applies input (`customer_client.session.desktop.Desktop`)."""

    def pause(self) -> None:
        """Capture nothing and apply nothing for now."""

    def pass_money_by(self, *, never_again: bool) -> None:
        """Do not stop for the window about money that is in front."""


async def nothing_compared(_keeper: Keeper) -> None:
    """Compare nothing: somebody else does, or nobody could change anything."""


@dataclass(frozen=True)
class Beginning:
    """How the session began for the customer: who contacted whom, which other programs and what else was looked for."""

    contact: Contact = Contact.NOT_ASKED
    tools: OtherTools = field(default_factory=OtherTools)
    compared: Callable[[Keeper], Awaitable[None]] = nothing_compared
    """Compares this computer with how it was before, and records it; called before the session's last event."""


@dataclass
class CustomerProtection:
    """One live session's protection. `rest` holds files back (true) or lets them go on.

    Of several technicians' sessions (`everybody`) only the one that `leads` asks the customer; what is decided there,
    and what one of them notices, is for all of them.
    """

    screen: Screen
    permissions: Permissions
    keeper: Keeper
    send: Callable[[Message], object]
    rest: Callable[[bool], None]
    view: View
    beginning: Beginning
    everybody: Callable[[], Sequence["CustomerProtection"]]
    leads: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    _confirmation: Confirmation = field(init=False)
    _view_only_until: float = field(init=False)
    _money: MoneyShown | None = None

    def __post_init__(self) -> None:
        now = self.clock()
        self._confirmation = Confirmation(now)
        called = self.beginning.contact is Contact.BY_CALLER
        self._view_only_until = now + VIEW_ONLY_S if called else now

    @property
    def money(self) -> MoneyShown | None:
        """The page about money that stands between the customer and sharing; None: none."""
        return self._money

    def shown(self) -> dict[str, object]:
        """Return what the record says was asked and shown before the customer decided."""
        tools = [tool.kind.value for tool in self.beginning.tools.before]
        return {"contact": self.beginning.contact.value, "remote_tools": tools}

    def held_back(self, capability: Capability) -> str:
        """Return why `capability` is not even asked about now, as a short code; empty when it may be."""
        early = capability in EARLY or self.clock() >= self._view_only_until
        return "" if early else VIEW_ONLY

    # --- pausing and going on

    async def pause(self) -> None:
        """The customer pressed Pause."""
        self._stop()
        await self._tell_paused(PauseReason.CUSTOMER, {})

    async def resume(self) -> None:
        """The customer pressed Continue; a page about money is left by its own button only."""
        if self._money is None:
            await self._resume({})

    def money_in_front(self, kind: MoneyKind) -> None:
        """This session's capture has stopped, because a window about money is in front: stop all, and say why."""
        money = MoneyShown(kind, self.clock() + MONEY_WAIT_S)
        for each in self.everybody():
            each.stop_for(money)

    def stop_for(self, money: MoneyShown) -> None:
        """Share nothing until the customer has read the page about money; once for each page."""
        self._stop()
        if self._money is None:
            self._money = money
            self.view.update(money=money)
            self._change_bar(can_continue=False)
            told = self._tell_paused(PauseReason.MONEY, {"kind": money.kind.value})
            create_task(unless_over(told), name="pause: money")

    async def go_on_after_money(self, *, never_again: bool) -> None:
        """The customer has read the page and goes on, with everybody; too early, it changes nothing."""
        for each in self.everybody():
            await each.leave_money(never_again=never_again)

    async def leave_money(self, *, never_again: bool) -> None:
        """Share again in this session, if the page about money has stood long enough."""
        money = self._money
        if money is None or self.clock() < money.go_on_from:
            return
        self._money = None
        self.screen.pass_money_by(never_again=never_again)
        self.view.update(money=None)
        self._change_bar(can_continue=True)
        await self._resume({"not_money": never_again})

    # --- whether to go on

    def active(self) -> None:
        """Somebody on either side did something."""
        self._confirmation.active(self.clock())

    async def answer(self, go_on: bool) -> None:
        """The customer answered the question on the bar."""
        asked = self._confirmation.confirmed(self.clock())
        self._show_asked()
        if asked is None:
            return
        for each in self.everybody():
            if not go_on:
                await each.permissions.revoke(Capability.SEE, "taken_back")
            elif asked.why is Why.ENDING:
                await each.permissions.extend(Capability.SEE)

    def tick(self) -> None:
        """Look at the time; at least once a second."""
        granted = self.permissions.granted()
        sharing = Capability.SEE in granted and not self.permissions.paused and self.leads()
        verdict = self._confirmation.tick(self.clock(), granted.get(Capability.SEE, NEVER), sharing=sharing)
        if verdict is Verdict.PAUSE:
            self._change_bar(notice=_("You did not answer, so sharing rests. Press Continue to go on."))
            for each in self.everybody():
                each.rest_unanswered()
        self._show_asked()

    def rest_unanswered(self) -> None:
        """Nobody said that sharing may go on."""
        self._stop()
        create_task(unless_over(self._tell_paused(PauseReason.NO_ANSWER, {})), name="pause: nobody answered")

    async def watch_tools(self) -> None:
        """Record and tell which other programs for remote control run, and which start, for as long as it lives."""
        told: set[RemoteTool] = set()
        while True:
            for tool in self.beginning.tools.running:
                if tool not in told:
                    told.add(tool)
                    await self._tell_tool(tool)
            await self.beginning.tools.look_again()

    # --- inside

    async def _tell_tool(self, tool: RemoteTool) -> None:
        when = "before" if tool in self.beginning.tools.before else "during"
        if when == "during":
            words = _("{name} was started: others may see or use this computer through it.")
            self._change_bar(warning=words.format(name=tool.name))
        await self.keeper.write(EventType.TOOL_NOTICED, {"kind": tool.kind.value, "when": when})
        self.send(RemoteToolNoticed(tool.kind))

    def _stop(self) -> None:
        self.screen.pause()
        self.permissions.pause(True)
        self.rest(True)

    async def _tell_paused(self, because: PauseReason, more: dict[str, object]) -> None:
        await self.keeper.write(EventType.SHARING_PAUSE, {"because": because.value, **more})
        self.send(SharingPaused(because))

    async def _resume(self, more: dict[str, object]) -> None:
        await self.keeper.write(EventType.SHARING_RESUME, more)
        if self._money is not None:
            return  # a window about money came to the front while the disk took its time
        self.send(SharingResumed())
        self._change_bar(notice="")
        self.permissions.pause(False)
        self.rest(False)

    def _show_asked(self) -> None:
        self._change_bar(asked=self._confirmation.asked)

    def _change_bar(self, **changes: Any) -> None:
        bar = self.view.state.bar
        if bar is not None and (changed := replace(bar, **changes)) != bar:
            self.view.update(bar=changed)
