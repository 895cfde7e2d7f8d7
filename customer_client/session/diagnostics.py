"""One diagnostics request: collect, show every fact as it would be sent, send what was ticked."""

import asyncio
import time
from dataclasses import dataclass

import msgspec

from customer_client.diagnostics.collect import collect
from customer_client.session.state import Page
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.channels import DIAGNOSTICS
from protocol.consent import ConsentMachine
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
from protocol.transport.record_keeper import RecordKeeper, unless_over
from protocol.transport.session_link import SessionLink
from protocol.transport.tasks import create_task

READING_TIME_S = 300.0
"""Reading a list of facts takes longer than a yes or no; after this, nothing is sent."""


@dataclass
class DiagnosticsDesk:
    """Serves the technician's requests for facts, one at a time. Runs on the network thread."""

    link: SessionLink
    keeper: RecordKeeper
    consent: ConsentMachine
    view: View
    _answer: asyncio.Future[frozenset[str] | None] | None = None

    def requested(self, message: DiagnosticsRequested) -> None:
        """Start on a request whose signed event we hold.

        Raises:
            PeerError: no such event, or a request is open already.
        """
        asked = self.keeper.record.event("T", message.event_seq)
        if (
            asked is None
            or asked.event.type is not EventType.CONSENT_ASK
            or asked.body.get("capability") != Capability.DIAGNOSTICS.value
        ):
            raise PeerError("a request without its signed event", code="not_allowed")
        self.consent.ask(Capability.DIAGNOSTICS, time.monotonic(), answer_time_s=READING_TIME_S)
        create_task(unless_over(self._serve(message.event_seq)), name="diagnostics")

    def decide(self, ticked: frozenset[str] | None) -> None:
        """The customer chose what to send; None is nothing."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(ticked)

    async def _serve(self, ask_seq: int) -> None:
        self._answer = asyncio.get_running_loop().create_future()
        self.view.update(page=Page.DIAGNOSTICS, facts=(), collecting=True)
        facts = await asyncio.to_thread(collect)
        self.view.update(facts=facts, collecting=False)
        await self.keeper.write(EventType.DIAG_PREVIEW, {"facts": len(facts), "sha256": facts_digest(facts)})
        try:
            ticked = await asyncio.wait_for(self._answer, READING_TIME_S)
            reason = "declined"
        except TimeoutError:
            ticked, reason = None, "no_answer"
        finally:
            self._answer = None
            if self.view.state.page is Page.DIAGNOSTICS:
                self.view.update(page=Page.SESSION, facts=())
        if ticked is None or not self.consent.answer(Capability.DIAGNOSTICS, accepted=True, now=time.monotonic()):
            await self._decline(ask_seq, reason)
        else:
            await self._send(ask_seq, tuple(_as_sent(fact, ticked) for fact in facts))
        self.consent.revoke(Capability.DIAGNOSTICS)

    async def _decline(self, ask_seq: int, reason: str) -> None:
        await self.keeper.write(
            EventType.CONSENT_DENY,
            {"capability": Capability.DIAGNOSTICS.value, "reason": reason},
            answers=ask_seq,
        )
        self.link.send(DiagnosticsDeclined(reason), DIAGNOSTICS)

    async def _send(self, ask_seq: int, facts: tuple[Fact, ...]) -> None:
        await self.keeper.write(
            EventType.CONSENT_GRANT,
            {"capability": Capability.DIAGNOSTICS.value, "expires_in_s": 60},
            answers=ask_seq,
        )
        withheld = sum(fact.status is FactStatus.WITHHELD for fact in facts)
        seq = await self.keeper.write(
            EventType.DIAG_SENT, {"facts": len(facts), "withheld": withheld, "sha256": facts_digest(facts)}
        )
        self.link.send(DiagnosticsReport(time.time_ns() // 1_000_000, facts, seq), DIAGNOSTICS)


def _as_sent(fact: Fact, ticked: frozenset[str]) -> Fact:
    if fact.id in ticked or fact.status is not FactStatus.OK:
        return fact  # why a fact has no value is never held back silently
    return msgspec.structs.replace(fact, status=FactStatus.WITHHELD, value="", note="")
