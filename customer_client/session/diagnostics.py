"""One diagnostics request: collect, show every fact as it would be sent, send what was ticked."""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial

import msgspec

from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Ask, Keeper, Permissions
from customer_client.session.state import Page
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.channels import DIAGNOSTICS
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.messages.diagnostics import (
    DiagnosticsDeclined,
    DiagnosticsReport,
    DiagnosticsRequested,
    Fact,
    FactStatus,
    facts_digest,
)
from protocol.transport.record_keeper import unless_over
from protocol.transport.session_link import SessionLink
from protocol.transport.tasks import create_task

READING_TIME_S = 300.0
"""Reading a list of facts takes longer than a yes or no; after this, nothing is sent."""

SENDING_TIME_S = 60
"""How long the yes to one report lasts, for sending it."""

_ASKED = (Capability.DIAGNOSTICS,)


def collect() -> tuple[Fact, ...]:
    """Return the facts of this computer; not for a loop, it takes seconds."""
    # Few technicians ask for them; until then nothing of it is in memory.
    from customer_client.diagnostics import collect

    return collect.collect()


@dataclass
class DiagnosticsDesk(CapabilityOwner):
    """Serves the technician's requests for facts, one at a time. Runs on the network thread.

    Choosing facts to send is the yes to one report. A grant given before (as part of a plan) saves no reading: the
    facts are shown all the same, and only what is ticked is sent.
    """

    link: SessionLink
    keeper: Keeper
    permissions: Permissions
    view: View
    _answer: "asyncio.Future[frozenset[str] | None] | None" = field(default=None, init=False)

    def requested(self, message: DiagnosticsRequested) -> None:
        """Start on a request whose signed event we hold.

        Raises:
            PeerError: no such event, or a request is open already.
        """
        if self._answer is not None:
            raise PeerError("a report is being read", code="already_asked")
        ask: Ask | None = None
        if self.permissions.allows(Capability.DIAGNOSTICS):
            self.permissions.check_signed(_ASKED, message.event_seq)
        else:
            ask = self.permissions.signed_ask(_ASKED, message.event_seq, answer_time_s=READING_TIME_S)
            if barred := self.permissions.barred(Capability.DIAGNOSTICS):
                create_task(unless_over(self._decline(message.event_seq, ask, barred)), name="diagnostics")
                return
            ask.take_down = partial(self.decide, None)
        self._answer = asyncio.get_running_loop().create_future()
        create_task(unless_over(self._serve(message.event_seq, ask, self._answer)), name="diagnostics")

    def decide(self, ticked: frozenset[str] | None) -> None:
        """The customer chose what to send; None is nothing."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(ticked)

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Take the list away: nothing may be sent any more."""
        self.decide(None)

    async def _serve(self, ask_seq: int, ask: Ask | None, answer: "asyncio.Future[frozenset[str] | None]") -> None:
        try:
            facts, ticked, reason = await self._let_read(answer)
        finally:
            self._answer = None
            if self.view.state.page is Page.DIAGNOSTICS:
                self.view.update(page=Page.SESSION, facts=())
        if ticked is None:
            await self._decline(ask_seq, ask, reason)
            return
        if ask is not None and not await self.permissions.grant(
            ask, Capability.DIAGNOSTICS, expires_in_s=SENDING_TIME_S
        ):
            self.link.send(DiagnosticsDeclined("too_late"), DIAGNOSTICS)
            return
        await self._send(tuple(_as_sent(fact, ticked) for fact in facts))
        if ask is not None:  # the yes was to this one report
            await self.permissions.revoke(Capability.DIAGNOSTICS, "done")

    async def _let_read(
        self, answer: "asyncio.Future[frozenset[str] | None]"
    ) -> tuple[tuple[Fact, ...], frozenset[str] | None, str]:
        """Collect and show the facts; return them, the ids to send (None: nothing) and why nothing is sent."""
        self.view.update(page=Page.DIAGNOSTICS, facts=(), collecting=True)
        facts = await asyncio.to_thread(collect)
        self.view.update(facts=facts, collecting=False)
        await self.keeper.write(EventType.DIAG_PREVIEW, {"facts": len(facts), "sha256": facts_digest(facts)})
        try:
            return facts, await asyncio.wait_for(answer, READING_TIME_S), "declined"
        except TimeoutError:
            return facts, None, "no_answer"

    async def _decline(self, ask_seq: int, ask: Ask | None, reason: str) -> None:
        if ask is not None:
            await self.permissions.deny(ask, Capability.DIAGNOSTICS, ask.ended.get(Capability.DIAGNOSTICS, reason))
        else:
            body = {"capability": Capability.DIAGNOSTICS.value, "reason": reason}
            await self.keeper.write(EventType.CONSENT_DENY, body, answers=ask_seq)
        self.link.send(DiagnosticsDeclined(reason), DIAGNOSTICS)

    async def _send(self, facts: tuple[Fact, ...]) -> None:
        withheld = sum(fact.status is FactStatus.WITHHELD for fact in facts)
        body = {"facts": len(facts), "withheld": withheld, "sha256": facts_digest(facts)}
        if not self.permissions.allows(Capability.DIAGNOSTICS):
            self.link.send(DiagnosticsDeclined("taken_back"), DIAGNOSTICS)
            return
        seq = await self.keeper.write(EventType.DIAG_SENT, body)
        self.link.send(DiagnosticsReport(time.time_ns() // 1_000_000, facts, seq), DIAGNOSTICS)


def _as_sent(fact: Fact, ticked: frozenset[str]) -> Fact:
    if fact.id in ticked or fact.status is not FactStatus.OK:
        return fact  # why a fact has no value is never held back silently
    return msgspec.structs.replace(fact, status=FactStatus.WITHHELD, value="", note="")
