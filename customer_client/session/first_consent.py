"""The first question to the customer: may this technician, who has just introduced themselves, see the screen?

The introduction may ask for more, as a plan: then each part of it has a box, and the customer decides on each.
"""

import time

from customer_client.protection.contact import Contact
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.permissions import COMES_WITH_SEE
from customer_client.session.protection import EARLY, VIEW_ONLY
from customer_client.session.questions import Questions, Request
from customer_client.session.state import Answer
from protocol.consent import ANSWER_TIME_S
from protocol.messages.consent import Capability
from protocol.pairing.handshake import CONSENT_S, LONGEST_CONSENT_S, WRITING_S

MARGIN_S = CONSENT_S - ANSWER_TIME_S
"""The question on screen ends so much earlier than the handshake's patience."""

TICKED = frozenset({Capability.SEE}) | COMES_WITH_SEE
"""Ticked in advance: what a yes without a plan allows as well."""

NO_RECEIPT = "no_receipt"
"""Why control has to wait until the log holds the opening, as the technician is told."""


class FirstConsent:
    """Network thread. `contact` is who contacted whom; `logged_first`: control waits for the log's receipt."""

    def __init__(
        self, questions: Questions, *, contact: Contact = Contact.NOT_ASKED, logged_first: bool = False
    ) -> None:
        self._questions = questions
        self._contact = contact
        self._logged_first = logged_first
        self._asked_at: float | None = None
        self._answered = False

    async def ask(self, technician: VerifiedTechnician) -> Answer:
        """Ask what the introduction asks for; the chat comes with seeing, and without a plan the arrow as well.

        What cannot be granted yet is not shown: the technician may ask for it later.
        """
        introduction = technician.introduction
        refused = {each: why for each in introduction.capabilities if (why := self._held_back(each))}
        asked = frozenset(introduction.capabilities) - refused.keys()
        free = asked & (COMES_WITH_SEE | {Capability.CHAT})
        if asked - free - {Capability.SEE}:
            free -= COMES_WITH_SEE  # it has a box of its own beside the others
        shown = tuple(capability for capability in Capability if capability in asked - free)
        self._asked_at = time.monotonic()
        deadline = self._asked_at + ANSWER_TIME_S
        request = Request.of(technician, shown, introduction.purpose, deadline, TICKED.intersection(shown))
        said = await self._questions.ask(request)
        self._answered = True
        if said is None or Capability.SEE not in said.answer.allowed:
            return Answer()
        allowed = said.answer.allowed | free
        unlimited = said.answer.unlimited | free | (COMES_WITH_SEE & allowed)
        return Answer(allowed, said.answer.expires_in_s, unlimited, refused)

    def give_time(self) -> None:
        """A customer who writes is there: wait for what they say, as long as the handshake does."""
        if self._asked_at is not None and not self._answered:
            longest = self._asked_at + LONGEST_CONSENT_S - MARGIN_S
            self._questions.extend(min(time.monotonic() + WRITING_S - MARGIN_S, longest))

    def _held_back(self, capability: Capability) -> str:
        if self._contact is Contact.BY_CALLER and capability not in EARLY:
            return VIEW_ONLY
        return NO_RECEIPT if self._logged_first and capability is Capability.CONTROL else ""
