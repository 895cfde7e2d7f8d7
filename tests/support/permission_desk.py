"""The customer's permissions without a network: a record in memory, a clock moved by hand, answers from the test."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Permissions
from customer_client.session.questions import Questions, Request
from customer_client.session.state import Answer, Question
from protocol.audit.events import EventType
from protocol.messages.base import Message
from protocol.messages.consent import Capability, CapabilityRequested, PlanRequested


class MemoryRecord:
    """Lane C as the desk writes it, lane T as the test asks. While `held` writing waits for the disk."""

    def __init__(self) -> None:
        self.lanes: dict[str, list[tuple[EventType, dict[str, object], int]]] = {"C": [], "T": []}
        self.disk = asyncio.Event()
        self.disk.set()
        self._in_order = asyncio.Lock()
        self.ask(())  # session.open

    def ask(self, capabilities: tuple[Capability, ...]) -> int:
        """Write the technician's signed question."""
        names: list[object] = [capability.value for capability in capabilities]
        body: dict[str, object] = {"capability": names[0]} if len(names) == 1 else {"capabilities": names}
        self.lanes["T"].append((EventType.CONSENT_ASK, body, -1))
        return len(self.lanes["T"]) - 1

    @property
    def record(self) -> "MemoryRecord":
        return self

    def event(self, lane: str, seq: int) -> Any:
        if not 0 <= seq < len(self.lanes[lane]):
            return None
        kind, body, req = self.lanes[lane][seq]
        return SimpleNamespace(event=SimpleNamespace(type=kind, req=req), body=body)

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        return await self.append("C", type, body, answers)

    async def append(self, lane: str, type: EventType, body: Mapping[str, object], answers: int) -> int:
        async with self._in_order:
            await self.disk.wait()
            self.lanes[lane].append((type, dict(body), answers))
            return len(self.lanes[lane]) - 1

    def told(self, type: EventType) -> list[dict[str, object]]:
        """Return the bodies of every event of `type` in lane C."""
        return [body for kind, body, _ in self.lanes["C"] if kind is type]


@dataclass(frozen=True)
class TechnicianKeeper:
    """The same record, written by the technician. `folder` is for sessions in which files are kept unfinished."""

    record: MemoryRecord
    folder: Path = Path("/nonexistent")

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        return await self.record.append("T", type, body, answers)


class Worker(CapabilityOwner):
    """A feature that only notes whether it works. `missing` says what this computer cannot do."""

    def __init__(self) -> None:
        self.working: set[Capability] = set()
        self.resting: set[Capability] = set()
        self.cut_off: list[Capability] = []
        self.endings: list[tuple[Capability, str]] = []
        self.missing: set[Capability] = set()

    def obstacle(self, capability: Capability) -> str:
        return "not_possible_here" if capability in self.missing else ""

    def capability_granted(self, capability: Capability) -> None:
        assert capability not in self.working
        self.working.add(capability)

    def capability_ended(self, capability: Capability, reason: str) -> None:
        self.working.discard(capability)
        self.resting.discard(capability)
        self.endings.append((capability, reason))

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        (self.resting.add if suspended else self.resting.discard)(capability)

    def cut(self, capability: Capability) -> None:
        self.cut_off.append(capability)


class Desk:
    """`Permissions` with everything around it in memory. Build it in a running loop."""

    def __init__(self) -> None:
        self.now = 100.0
        self.record = MemoryRecord()
        self.sent: list[Message] = []
        self.question: Question | None = None
        self.changes = 0
        self.worker = Worker()
        self.questions = Questions(self._show, clock=self._clock)
        self.permissions = Permissions(
            keeper=self.record,
            send=self.sent.append,
            questions=self.questions,
            make_request=lambda what, why, deadline: Request(what, "Acme", "Tess", "DS-1", "Printer", why, deadline),
            changed=self._changed,
            clock=self._clock,
        )
        self.permissions.register(self.worker, *Capability)

    async def opened(self, *allowed: Capability, expires_in_s: int = 0) -> "Desk":
        """Begin as a session does: the introduction asked for see, point and chat."""
        asked = (Capability.SEE, Capability.POINT, Capability.CHAT)
        answer = Answer(frozenset(allowed or asked), expires_in_s)
        await self.permissions.open(asked, answer)
        return self

    def request(self, *capabilities: Capability) -> int:
        """Let the technician ask, signed; return the seq of the ask, which is also the question's reason.

        Raises:
            PeerError: it is refused as a break of the protocol.
        """
        seq = self.record.ask(capabilities)
        if len(capabilities) == 1:
            self.permissions.requested(CapabilityRequested(capabilities[0], str(seq), seq))
        else:
            self.permissions.requested(PlanRequested(capabilities, str(seq), seq))
        return seq

    async def answer(self, *allowed: Capability, expires_in_s: int = 0) -> None:
        """Let the customer answer the question on the screen."""
        await self.settle()
        assert self.question is not None
        self.questions.answer(self.question.id, Answer(frozenset(allowed), expires_in_s))
        await self.settle()

    async def settle(self) -> None:
        """Let everything that can go on go on."""
        for _ in range(8):
            await asyncio.sleep(0)

    def _clock(self) -> float:
        return self.now

    def _show(self, question: Question | None) -> None:
        self.question = question

    def _changed(self) -> None:
        self.changes += 1
