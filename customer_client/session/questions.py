"""Decisions asked of the customer: one at a time, yes only by an explicit answer in time, no in every other case."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from customer_client.session.identity import VerifiedTechnician
from customer_client.session.state import Answer, Colleague, Question
from protocol.messages.consent import Capability


@dataclass(frozen=True, eq=False)
class Request:
    """What to ask. Two requests are never the same one, whatever they say. `deadline` is monotonic seconds."""

    capabilities: tuple[Capability, ...]
    organisation: str
    technician: str
    ticket: str
    subject: str
    reason: str
    deadline: float
    ticked: frozenset[Capability] = frozenset()
    """What is ticked in advance."""
    colleague: Colleague | None = None
    """Set when the question is whether another technician may join; names and organisation are theirs."""

    @classmethod
    def of(
        cls,
        technician: VerifiedTechnician,
        capabilities: tuple[Capability, ...],
        reason: str,
        deadline: float,
        ticked: frozenset[Capability] = frozenset(),
    ) -> "Request":
        """Return what `technician`, whose certificate has verified, asks for."""
        introduction = technician.introduction
        return cls(
            capabilities=capabilities,
            organisation=technician.organisation,
            technician=technician.name,
            ticket=introduction.ticket,
            subject=introduction.subject,
            reason=reason,
            deadline=deadline,
            ticked=ticked,
        )


@dataclass(frozen=True)
class Said:
    """An answer, and when it was given (monotonic seconds)."""

    answer: Answer
    at: float


class Questions:
    """Runs on the network thread. `show` is called with the question to show, and with None when it is settled."""

    def __init__(self, show: Callable[[Question | None], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self._numbers = itertools.count(1)
        self._one_at_a_time = asyncio.Lock()
        self._waiting: set[Request] = set()
        self._open: tuple[int, Request, asyncio.Future[Said | None]] | None = None
        self._limit: asyncio.Timeout | None = None
        self._deadline = 0.0

    async def ask(self, request: Request) -> Said | None:
        """Return the customer's answer; None when there was none by the deadline, or `request` was withdrawn."""
        self._waiting.add(request)
        try:
            async with self._one_at_a_time:
                left = request.deadline - self._clock()
                if request not in self._waiting or left <= 0:
                    return None
                return await self._show_and_wait(request, left)
        finally:
            self._waiting.discard(request)

    def answer(self, number: int, answer: Answer) -> None:
        """Settle question `number`; an answer to any other question is ignored."""
        if self._open is not None and self._open[0] == number and not self._open[2].done():
            self._open[2].set_result(Said(answer, self._clock()))

    def extend(self, until: float) -> None:
        """Give the open question until `until` (monotonic seconds) at least, and show it so."""
        if self._open is None or self._limit is None or self._open[2].done():
            return
        number, request, _answer = self._open
        if until > self._deadline and not self._limit.expired():
            self._deadline = until
            self._limit.reschedule(asyncio.get_running_loop().time() + until - self._clock())
            self._show(_question(number, request, until))

    def withdraw(self, request: Request) -> None:
        """Take `request` back: it is not asked any more."""
        self._waiting.discard(request)
        if self._open is not None and self._open[1] is request and not self._open[2].done():
            self._open[2].set_result(None)

    def decline_open(self) -> None:
        """Answer no to whatever is asked right now."""
        if self._open is not None:
            self.answer(self._open[0], Answer())

    async def _show_and_wait(self, request: Request, left_s: float) -> Said | None:
        number = next(self._numbers)
        answer: asyncio.Future[Said | None] = asyncio.get_running_loop().create_future()
        self._open = (number, request, answer)
        self._deadline = request.deadline
        self._show(_question(number, request, request.deadline))
        try:
            async with asyncio.timeout(left_s) as self._limit:
                return await answer
        except TimeoutError:
            return None
        finally:
            self._open = self._limit = None
            self._show(None)


def _question(number: int, request: Request, deadline: float) -> Question:
    return Question(
        id=number,
        capabilities=request.capabilities,
        organisation=request.organisation,
        technician=request.technician,
        ticket=request.ticket,
        subject=request.subject,
        reason=request.reason,
        deadline=deadline,
        ticked=request.ticked,
        colleague=request.colleague,
    )
