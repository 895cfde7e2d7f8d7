"""The first question to the customer: may this technician, who has just introduced themselves, see the screen?"""

import time

from customer_client.session.identity import VerifiedTechnician
from customer_client.session.permissions import COMES_WITH_SEE
from customer_client.session.questions import Questions, Request
from customer_client.session.state import Answer
from protocol.consent import ANSWER_TIME_S
from protocol.messages.consent import Capability
from protocol.pairing.handshake import CONSENT_S, LONGEST_CONSENT_S, WRITING_S

MARGIN_S = CONSENT_S - ANSWER_TIME_S
"""The question on screen ends so much earlier than the handshake's patience."""


class FirstConsent:
    """Network thread."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._asked_at: float | None = None
        self._answered = False

    async def ask(self, technician: VerifiedTechnician) -> Answer:
        """Ask what the introduction asks for; the arrow and the chat come with seeing."""
        introduction = technician.introduction
        free = {Capability.CHAT, *COMES_WITH_SEE} & set(introduction.capabilities)
        shown = tuple(capability for capability in introduction.capabilities if capability not in free)
        self._asked_at = time.monotonic()
        deadline = self._asked_at + ANSWER_TIME_S
        said = await self._questions.ask(Request.of(technician, shown, introduction.purpose, deadline))
        self._answered = True
        if said is None or Capability.SEE not in said.answer.allowed:
            return Answer()
        return Answer(said.answer.allowed | free, said.answer.expires_in_s, frozenset(free))

    def give_time(self) -> None:
        """A customer who writes is there: wait for what they say, as long as the handshake does."""
        if self._asked_at is not None and not self._answered:
            longest = self._asked_at + LONGEST_CONSENT_S - MARGIN_S
            self._questions.extend(min(time.monotonic() + WRITING_S - MARGIN_S, longest))
