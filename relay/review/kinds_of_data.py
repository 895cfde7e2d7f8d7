"""Kinds of data and how long each is kept. Pure; times are Unix milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from protocol.errors import PeerError
from relay.clock import HOUR_MS

DAY_MS = 24 * HOUR_MS
LONGEST_DAYS = 36_500


class Kind(Enum):
    """What a session leaves behind."""

    AUDIT = "audit"
    """Sealed bodies of events, and the keys to them. The signed events themselves stay."""
    RECORDINGS = "recordings"
    DIAGNOSTICS = "diagnostics"
    """Sealed attachments of the ticket that a session made: reports, screenshots, grabbed errors."""
    CHAT = "chat"
    """The conversation, attached to the ticket and sealed."""
    FEEDBACK = "feedback"
    """What the customer wrote afterwards: answers to the survey, and reports of abuse."""


DEFAULT_DAYS: Mapping[Kind, int] = {
    Kind.AUDIT: 7 * 365 + 2,
    Kind.RECORDINGS: 90,
    Kind.DIAGNOSTICS: 30,
    Kind.CHAT: 365,
    Kind.FEEDBACK: 365,
}

ATTACHMENT_KINDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.DIAGNOSTICS: ("diagnostics", "screenshot", "error"),
    Kind.CHAT: ("chat",),
}
"""What the technician app calls them."""


@dataclass(frozen=True)
class RetentionPlan:
    """For how many days each kind is kept."""

    days: Mapping[Kind, int]

    def before_ms(self, kind: Kind, now_ms: int) -> int:
        """Return the moment before which data of `kind` is due to go."""
        return now_ms - self.days[kind] * DAY_MS

    def basis(self, kind: Kind) -> str:
        """Return the sentence that is recorded with what went."""
        return f"Retention: {kind.value} is kept for {self.days[kind]} days."


def retention_plan(stored: Mapping[str, int]) -> RetentionPlan:
    """Return the plan: what was set, else the defaults."""
    return RetentionPlan({kind: stored.get(kind.value, days) for kind, days in DEFAULT_DAYS.items()})


def parse_setting(text: str) -> tuple[Kind, int]:
    """Return kind and days of a setting like `chat=365`.

    Raises:
        PeerError: not a kind, or not 1 to 36500 days (`invalid_request`).
    """
    name, _, days = text.partition("=")
    if name not in {kind.value for kind in Kind} or not days.isascii() or not days.isdecimal():
        raise _invalid()
    if not 1 <= int(days) <= LONGEST_DAYS:
        raise _invalid()
    return Kind(name), int(days)


def _invalid() -> PeerError:
    kinds = ", ".join(kind.value for kind in Kind)
    return PeerError(
        "not a retention setting",
        code="invalid_request",
        user_text=f"A setting looks like chat=365; kinds are {kinds}, days 1 to {LONGEST_DAYS}.",
    )
