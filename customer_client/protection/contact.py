"""Who contacted whom: the first question, before anything is shown to anybody. Pure; time is passed in.

Whoever rings up and offers help is, far more often than not, a thief. So "they contacted me" leads to a page that says
so, and going on from there takes time and a sentence typed by hand.
"""

from dataclasses import dataclass
from enum import Enum

from customer_client.languages import marked
from protocol.errors import LocalError

WAIT_S = 10.0
"""How long the warning stands before the sentence can be typed."""

SENTENCE = marked("I called them")
"""What the customer types to go on all the same: it is only true of those who may."""

VIEW_ONLY_S = 120.0
"""After such a beginning the technician may only look for this long."""


class Contact(Enum):
    """What the customer answered. The values stand in the record."""

    NOT_ASKED = "not_asked"
    BY_CUSTOMER = "customer_contacted"
    BY_CALLER = "they_contacted_but_trusted"


class Step(Enum):
    """Where the question stands."""

    ASKED = "asked"
    WARNED = "warned"
    DOUBTED = "doubted"
    ANSWERED = "answered"


@dataclass(frozen=True)
class ContactShown:
    """What the pages of the question show. `type_from`: monotonic seconds from which the sentence counts."""

    step: Step
    type_from: float = 0.0
    mistyped: bool = False


NOT_ANSWERED = ContactShown(Step.ASKED)


class FirstQuestion:
    """ASKED -contacted(yes)-> ANSWERED; ASKED -contacted(no)-> WARNED -insist-> DOUBTED -typed-> ANSWERED.

    Nothing leads back, and nothing around it. `now` is monotonic seconds.
    """

    def __init__(self) -> None:
        self._shown = NOT_ANSWERED
        self._contact = Contact.NOT_ASKED

    @property
    def shown(self) -> ContactShown:
        """What is on the screen."""
        return self._shown

    @property
    def contact(self) -> Contact:
        """The answer.

        Raises:
            LocalError: there is none yet.
        """
        if self._shown.step is not Step.ANSWERED:
            raise LocalError("the first question is not answered", code="contact_unanswered")
        return self._contact

    def contacted(self, by_customer: bool) -> ContactShown:
        """The customer said who contacted whom; a second answer changes nothing."""
        if self._shown.step is Step.ASKED:
            self._contact = Contact.BY_CUSTOMER if by_customer else Contact.BY_CALLER
            self._shown = ContactShown(Step.ANSWERED if by_customer else Step.WARNED)
        return self._shown

    def insist(self, now: float) -> ContactShown:
        """The customer wants to go on in spite of the warning: begin to wait."""
        if self._shown.step is Step.WARNED:
            self._shown = ContactShown(Step.DOUBTED, now + WAIT_S)
        return self._shown

    def typed(self, text: str, now: float) -> ContactShown:
        """The customer typed `text`; before the wait is over, and with other words, it stays as it is."""
        if self._shown.step is Step.DOUBTED and now >= self._shown.type_from:
            right = is_sentence(text)
            self._shown = (
                ContactShown(Step.ANSWERED) if right else ContactShown(Step.DOUBTED, self._shown.type_from, True)
            )
        return self._shown


def is_sentence(text: str, sentence: str = SENTENCE) -> bool:
    """Return whether `text` is the sentence, whatever the case, the spaces and a full stop."""
    return " ".join(text.casefold().rstrip(". ").split()) == sentence.casefold()
