"""A page or window a customer can come to see, and the made-up people in all of them. Pure."""

from dataclasses import dataclass
from itertools import count

from customer_client.session.state import (
    Bar,
    CustomerViewState,
    Page,
    Question,
)
from protocol.messages.consent import Capability

NOW = 1000.0
"""Monotonic seconds at which every state is shown."""

TECHNICIAN, ORGANISATION, TICKET = "Anna Weber", "Example IT Services Ltd", "DS-2026-000123"
RELAY = "https://support.example.org"
_NUMBERS = count(1)


@dataclass(frozen=True)
class ShownPage:
    """One page: what it is called, what it is for, and its state. `open_first` is a button pressed before looking."""

    name: str
    title: str
    about: str
    state: CustomerViewState
    open_first: str = ""


def question(*capabilities: Capability, reason: str = "", ticked: frozenset[Capability] = frozenset()) -> Question:
    """Return a question for `capabilities`; each has a number of its own, so each is a page of its own."""
    return Question(
        id=next(_NUMBERS),
        capabilities=capabilities,
        organisation=ORGANISATION,
        technician=TECHNICIAN,
        ticket=TICKET,
        subject="Printer offline",
        reason=reason or "Your printer does not print. I would like to look at the print queue with you.",
        deadline=NOW + 60.0,
        ticked=ticked,
    )


def bar(*allowed: Capability) -> Bar:
    """Return a bar; without `allowed`, seeing is."""
    return Bar(TECHNICIAN, ORGANISATION, TICKET, NOW - 250.0, frozenset(allowed or (Capability.SEE,)))


def session(shown: Bar | None = None) -> CustomerViewState:
    """Return a session that shows `shown`, or a bar with seeing alone."""
    return CustomerViewState(Page.SESSION, bar=shown or bar())
