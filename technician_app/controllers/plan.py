"""The plan of permissions a session begins with: what the introduction asks for. Pure."""

from collections.abc import Iterable

from protocol.messages.consent import Capability
from technician_app.controllers.permission_words import listed, outcome_sentence

ALWAYS_ASKED = frozenset({Capability.SEE, Capability.CHAT})
"""Without seeing there is no session, and writing does no harm."""

ASKED_AT_FIRST = (Capability.SEE, Capability.POINT, Capability.CHAT)
"""What the introduction asks for unless the technician plans something else."""

CHOICES = tuple(capability for capability in Capability if capability not in ALWAYS_ASKED)
"""What can be in a plan or not."""


def plan_of(chosen: Iterable[Capability]) -> tuple[Capability, ...]:
    """Return the plan with `chosen`, and what is always asked, in the order of Capability."""
    wanted = ALWAYS_ASKED.union(chosen)
    return tuple(capability for capability in Capability if capability in wanted)


class PlanAnswers:
    """Turns the answers to a plan, which come one by one, into one sentence.

    Any other answer or end has a sentence of its own.
    """

    def __init__(self, plan: tuple[Capability, ...]) -> None:
        self._open = set(plan)
        self._left_out: list[Capability] = []
        self._others: list[str] = []

    def awaits(self, capability: Capability) -> bool:
        """Return whether `capability` is part of the plan and not answered yet."""
        return capability in self._open

    def sentence(self, capability: Capability, reason: str) -> str:
        """Return what to tell when `capability` was answered or has ended (`reason`; empty: granted)."""
        if capability not in self._open:
            return outcome_sentence(capability, reason)
        self._open.discard(capability)
        if reason == "declined":
            self._left_out.append(capability)
        elif sentence := outcome_sentence(capability, reason):
            self._others.append(sentence)
        left_out = f"Not allowed for now: {listed(self._left_out)}. You can ask later." if self._left_out else ""
        return " ".join(filter(None, (left_out, *self._others)))
