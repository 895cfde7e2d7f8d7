"""What the technician may do on this computer: the one place that decides, for every feature (docs/protocol.md, 5).

Runs on the network thread; `cut` may be called from any. What ends acts here at once, whether or not it could be
recorded and told; what begins is durable in the record before it begins.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from customer_client.session.broken_rules import WithoutConsent
from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.questions import Questions, Request, Said
from customer_client.session.state import Answer
from protocol.audit.events import EventType
from protocol.audit.session_record import HeldEvent
from protocol.consent import ANSWER_TIME_S, INDEPENDENT, ConsentMachine, Ended, Standing
from protocol.errors import PeerError
from protocol.messages.base import Message
from protocol.messages.consent import (
    Capability,
    CapabilityAnswered,
    CapabilityRequested,
    CapabilityRevoked,
    PlanRequested,
)
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

ACTS_WHILE_PAUSED = frozenset({Capability.CHAT, Capability.DIAGNOSTICS})
"""Words, and the facts the customer sends by pressing a button; everything else rests while sharing is paused."""

COMES_WITH_SEE = frozenset({Capability.POINT})
"""Granted together with `see` when asked for together in a session, unless the customer has taken it back before."""


class Record(Protocol):
    """The signed events of both lanes, as far as this module looks at them."""

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""


class Keeper(Protocol):
    """What keeps the record: see `protocol.transport.record_keeper.RecordKeeper`."""

    @property
    def record(self) -> Record:
        """The events held."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


@dataclass(eq=False)
class Ask:
    """One signed `consent.ask` that is not fully answered.

    `refused` says why a capability was not even shown to the customer, `ended` why it is not open any more; `take_down`
    is called when nothing of it is open any more: the customer need not answer.
    """

    capabilities: tuple[Capability, ...]
    seq: int
    refused: dict[Capability, str] = field(default_factory=dict)
    ended: dict[Capability, str] = field(default_factory=dict)
    take_down: Callable[[], None] = lambda: None


class Permissions:
    """Asks, grants, denies, ends and records. A feature registers as owner and calls `allows` before each act.

    `send` hands a message to the technician; `make_request` fills in who asks, from capabilities, reason and deadline
    (monotonic seconds); `changed` is called whenever something began or ended; `barred` says why something cannot be
    had beside other technicians, as a short code.
    """

    def __init__(
        self,
        *,
        keeper: Keeper,
        send: Callable[[Message], object],
        questions: Questions,
        make_request: Callable[[tuple[Capability, ...], str, float], Request],
        changed: Callable[[], None],
        barred: Callable[[Capability], str] = lambda capability: "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._send = send
        self._questions = questions
        self._make_request = make_request
        self._changed = changed
        self.barred = barred
        self._clock = clock
        self._machine = ConsentMachine()
        self._owners: dict[Capability, CapabilityOwner] = {}
        self._asks: dict[Capability, Ask] = {}
        self._answered: dict[Capability, int] = {}
        self._cut: set[Capability] = set()
        self._taken_back: set[Capability] = set()
        self._paused = False
        self._over = False
        # What is granted and ended reaches the record and the technician in the order it was decided.
        self._in_order = asyncio.Lock()

    def register(self, owner: CapabilityOwner, *capabilities: Capability) -> None:
        """Name the feature behind `capabilities`; what has no owner is refused as `not_possible_here`."""
        for capability in capabilities:
            self._owners[capability] = owner

    # --- may it?

    def allows(self, capability: Capability) -> bool:
        """Return whether an act is allowed at this moment: granted, not expired, not cut, sharing not paused.

        The check for what arrives: a message that was on its way when the grant ended is dropped, never queued.
        """
        if self._over or self._rests(capability) or self._is_cut(capability):
            return False
        return self._machine.allows(capability, self._clock())

    def require(self, capability: Capability) -> None:
        """Do nothing when an act is allowed at this moment.

        Raises:
            PeerError: it is not (`not_allowed`).
        """
        if not self.allows(capability):
            raise WithoutConsent(capability)

    async def use(self, capability: Capability, what: Mapping[str, object]) -> int:
        """Record that `capability` is used now, with what a person may know of it later; return the event's seq.

        Raises:
            PeerError: it is not allowed, or was ended while the record was written: the act must not go ahead.
        """
        self.require(capability)
        body = {**what, "capability": capability.value}
        seq = await self._keeper.write(EventType.CAPABILITY_USE, body)
        self.require(capability)
        return seq

    def granted(self) -> dict[Capability, float]:
        """Return what is granted now (paused or not) and when it ends, monotonic seconds (infinite: not by itself)."""
        live = {} if self._over else self._machine.granted(self._clock())
        return {capability: until for capability, until in live.items() if not self._is_cut(capability)}

    def standing(self, capability: Capability) -> Standing:
        """Return where `capability` stands now: asked for, granted or neither."""
        return Standing.DENIED if self._over else self._machine.standing(capability, self._clock())

    # --- it is asked for

    async def open(self, asked: tuple[Capability, ...], answer: Answer) -> None:
        """Record and begin what the customer has answered to the Introduction (its ask is T's `session.open`)."""
        ask = self._begin(asked, seq=0, answer_time_s=ANSWER_TIME_S)
        ask.refused = dict(answer.refused)
        await self._settle(ask, Said(answer, self._clock()))

    def requested(self, message: CapabilityRequested | PlanRequested) -> None:
        """Start on a request whose signed event we hold.

        Raises:
            PeerError: there is no such event (`not_allowed`), or it asks for what is asked or granted already.
        """
        ask = self.signed_ask(asked_by(message), message.event_seq)
        create_task(unless_over(self._serve(ask, message.reason)), name="ask the customer")

    def signed_ask(
        self, capabilities: tuple[Capability, ...], seq: int, *, answer_time_s: float = ANSWER_TIME_S
    ) -> Ask:
        """Return what the signed event `seq` of lane T asks for, open for `answer_time_s` seconds.

        A feature with a question of its own settles it with `grant` or `deny`.

        Raises:
            PeerError: as `requested`.
        """
        self.check_signed(capabilities, seq)
        return self._begin(capabilities, seq, answer_time_s)

    def check_signed(self, capabilities: tuple[Capability, ...], seq: int) -> None:
        """Do nothing when event `seq` of lane T asks for `capabilities`.

        Raises:
            PeerError: it does not, or we hold no such event (`not_allowed`).
        """
        held = self._keeper.record.event("T", seq)
        names = [capability.value for capability in capabilities]
        if held is None or held.event.type is not EventType.CONSENT_ASK or asked_names(held.body) != names:
            raise PeerError("a request without its signed event", code="not_allowed")

    async def grant(
        self, ask: Ask, capability: Capability, *, expires_in_s: int = 0, said_at: float | None = None
    ) -> bool:
        """Record a yes of the customer, tell it and begin; return whether it was still open when it was durable.

        `said_at` is when the customer said it (monotonic seconds, None: now); the time it lasts runs from there.
        """
        said = self._clock() if said_at is None else said_at
        until = said + expires_in_s if expires_in_s else float("inf")
        body = {"capability": capability.value, "expires_in_s": expires_in_s}
        async with self._in_order:
            seq = await self._keeper.write(EventType.CONSENT_GRANT, body, answers=ask.seq)
            # The disk may have taken its time: judged is when it was said, and whether it makes sense still.
            sensible = self._clock() < until and self._sees(capability)
            open_still = self._asks.get(capability) is ask
            granted = open_still and self._machine.answer(capability, accepted=sensible, now=said, until=until)
            self._close(ask, capability, "too_late")
            self._send(CapabilityAnswered(capability, True, "", expires_in_s, seq))
            if granted:
                self._answered[capability] = ask.seq
                self._start(capability)
            else:
                why = ask.ended[capability]
                await self._write_end(capability, "too_late" if why == "no_answer" else why, tell=True)
        return granted

    async def extend(self, capability: Capability, *, expires_in_s: int = 0) -> None:
        """The customer says that what is granted goes on, for so long from now (0: until taken back); record and tell.

        Nothing happens when it has ended already, or ends before that is recorded.
        """
        now = self._clock()
        until = now + expires_in_s if expires_in_s else float("inf")
        async with self._in_order:
            if not self._machine.allows(capability, self._clock()):
                return
            body = {"capability": capability.value, "expires_in_s": expires_in_s}
            seq = await self._keeper.write(EventType.CONSENT_GRANT, body, answers=self._answered[capability])
            if not self._machine.extend(capability, now=self._clock(), until=until):
                await self._write_end(capability, "too_late", tell=False)
                return
            self._send(CapabilityAnswered(capability, True, "", expires_in_s, seq))
        self._changed()

    async def deny(self, ask: Ask, capability: Capability, reason: str) -> None:
        """Record a no and tell it."""
        if self._asks.get(capability) is ask:
            self._machine.revoke(capability)
        self._close(ask, capability, reason)
        body = {"capability": capability.value, "reason": reason}
        async with self._in_order:
            seq = await self._keeper.write(EventType.CONSENT_DENY, body, answers=ask.seq)
            self._send(CapabilityAnswered(capability, False, reason, 0, seq))

    # --- it ends

    async def revoke(self, capability: Capability, reason: str, *, tell: bool = True) -> None:
        """End `capability`, and with `see` all that needs it; then record it and tell the technician.

        `tell` is false when the technician gave it back and knows.
        """
        ended = self._end(self._machine.revoke(capability), reason)
        self._cut.discard(capability)
        if reason == "taken_back":
            self._taken_back.add(capability)
        await self._tell_ended(ended, silent=None if tell else capability)

    def cut(self, capability: Capability) -> None:
        """Let nothing more of `capability` happen, from any thread, before `revoke` gets its turn."""
        self._cut.add(capability)
        for each, owner in self._owners.items():
            if each is capability or (capability is Capability.SEE and each not in INDEPENDENT):
                owner.cut(each)

    def tick(self) -> None:
        """End what has expired by now; call it at least twice a second."""
        ended = self._end(self._machine.handle_timer(self._clock()), "")
        if ended:
            create_task(unless_over(self._tell_ended(ended, silent=None)), name="record what expired")

    @property
    def paused(self) -> bool:
        """Whether the customer paused sharing."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Let everything but words and facts rest (true), or go on."""
        self._paused = paused
        for capability in self.granted():
            if capability not in ACTS_WHILE_PAUSED:
                self._owners[capability].capability_suspended(capability, paused)
        self._changed()

    def end_all(self) -> None:
        """End everything without a word: the session's end says it. Nothing is allowed from now on."""
        self._over = True
        self._end(self._machine.revoke_all(), "session_end")

    # --- inside

    def _begin(self, capabilities: tuple[Capability, ...], seq: int, answer_time_s: float) -> Ask:
        self.tick()
        if self._over:
            raise PeerError("a request after the end", code="not_allowed")
        ask = Ask(tuple(sorted(capabilities, key=list(Capability).index)), seq)
        for capability in ask.capabilities:
            self._machine.ask(capability, self._clock(), answer_time_s=answer_time_s)
            self._asks[capability] = ask
        return ask

    async def _serve(self, ask: Ask, reason: str) -> None:
        ask.refused = {each: code for each in ask.capabilities if (code := self._obstacle(ask, each))}
        possible = tuple(each for each in ask.capabilities if each not in ask.refused)
        said: Said | None = None
        if possible:
            shown = tuple(each for each in possible if each not in COMES_WITH_SEE or Capability.SEE not in possible)
            request = self._make_request(shown, reason, self._clock() + ANSWER_TIME_S)
            ask.take_down = partial(self._questions.withdraw, request)
            said = await self._questions.ask(request)
        await self._settle(ask, said)

    async def _settle(self, ask: Ask, said: Said | None) -> None:
        """Grant what the customer allowed of `ask`, deny the rest, one after the other in the order of Capability."""
        allowed = set() if said is None else set(said.answer.allowed)
        if Capability.SEE in allowed and ask.seq:  # the answer to the introduction says what comes with it
            allowed |= COMES_WITH_SEE - self._taken_back
        silence = "no_answer" if said is None else "declined"
        for capability in ask.capabilities:
            refusal = ask.ended.get(capability) or ask.refused.get(capability, "")
            if capability in allowed and not refusal:
                refusal = self._obstacle(ask, capability)
            if said is not None and capability in allowed and not refusal:
                lasts_s = 0 if capability in said.answer.unlimited else said.answer.expires_in_s
                await self.grant(ask, capability, expires_in_s=lasts_s, said_at=said.at)
            else:
                await self.deny(ask, capability, refusal or silence)

    def _obstacle(self, ask: Ask, capability: Capability) -> str:
        owner = self._owners.get(capability)
        if owner is None:
            return "not_possible_here"
        if self._asks.get(Capability.SEE) is not ask and not self._sees(capability):
            return "see_ended"
        return self.barred(capability) or owner.obstacle(capability)

    def _sees(self, capability: Capability) -> bool:
        """Return whether the technician sees what `capability` acts on."""
        return capability in INDEPENDENT or self._machine.allows(Capability.SEE, self._clock())

    def _rests(self, capability: Capability) -> bool:
        return self._paused and capability not in ACTS_WHILE_PAUSED

    def _is_cut(self, capability: Capability) -> bool:
        return capability in self._cut or (capability not in INDEPENDENT and Capability.SEE in self._cut)

    def _start(self, capability: Capability) -> None:
        if not self._is_cut(capability):
            self._owners[capability].capability_granted(capability)
        self._changed()

    def _end(self, items: list[Ended], reason: str) -> dict[Capability, str]:
        """Stop what ended, at once; return the grants among it, each with why."""
        grants: dict[Capability, str] = {}
        for item in items:
            why = item.reason if item.reason and reason != "session_end" else reason
            if item.was is Standing.GRANTED:
                self._owners[item.capability].capability_ended(item.capability, why)
                grants[item.capability] = why
            else:
                self._close(self._asks[item.capability], item.capability, "no_answer" if why == "expired" else why)
        if grants and not self._over:
            self._changed()
        return grants

    def _close(self, ask: Ask, capability: Capability, reason: str) -> None:
        """Note that `capability` of `ask` is settled; with the last of them its question leaves the screen."""
        if self._asks.get(capability) is ask:
            del self._asks[capability]
            ask.ended[capability] = reason
            if ask not in self._asks.values():
                ask.take_down()

    async def _tell_ended(self, ended: Mapping[Capability, str], *, silent: Capability | None) -> None:
        if ended:
            async with self._in_order:
                for capability, reason in ended.items():
                    await self._write_end(capability, reason, tell=capability is not silent)

    async def _write_end(self, capability: Capability, reason: str, *, tell: bool) -> None:
        await self._keeper.write(EventType.CONSENT_REVOKE, {"capability": capability.value, "reason": reason})
        if tell:
            self._send(CapabilityRevoked(capability, reason))


def asked_by(message: CapabilityRequested | PlanRequested) -> tuple[Capability, ...]:
    """Return what a request asks for."""
    return message.capabilities if isinstance(message, PlanRequested) else (message.capability,)


def asked_names(body: Mapping[str, object]) -> object:
    """Return the capabilities a `consent.ask` body names, as it names them: one, or the list of a plan."""
    return body["capabilities"] if "capabilities" in body else [body.get("capability")]
