"""What the customer allows right now: asked, granted until a time, revoked. Pure; decides on the customer's side.

The technician's side keeps one too, only to show what it was told.
"""

from dataclasses import dataclass
from enum import Enum

from protocol.errors import LocalError, PeerError
from protocol.messages.consent import Capability

ANSWER_TIME_S = 60.0
"""No answer in this time means no."""


class Standing(Enum):
    """Where one capability stands."""

    DENIED = "denied"
    ASKED = "asked"
    GRANTED = "granted"


@dataclass(frozen=True)
class Ended:
    """A grant or a question that ended by itself at the time asked about."""

    capability: Capability
    was: Standing


@dataclass
class _Entry:
    standing: Standing = Standing.DENIED
    until: float = 0.0


class ConsentMachine:
    """One entry per capability; deny is the default. Time is passed in: monotonic seconds.

    DENIED -ask-> ASKED -answer(yes)-> GRANTED -revoke, expiry-> DENIED; ASKED -answer(no), 60 s-> DENIED.
    """

    def __init__(self) -> None:
        self._entries = {capability: _Entry() for capability in Capability}

    def ask(self, capability: Capability, now: float, *, answer_time_s: float = ANSWER_TIME_S) -> float:
        """Note that the technician asked; return the time by which no answer means no.

        Raises:
            PeerError: already asked or already granted.
        """
        entry = self._entries[capability]
        if entry.standing is not Standing.DENIED:
            raise PeerError(f"{capability.value} is already {entry.standing.value}", code="already_asked")
        self._entries[capability] = _Entry(Standing.ASKED, now + answer_time_s)
        return now + answer_time_s

    def answer(self, capability: Capability, *, accepted: bool, now: float, expires_in_s: int = 0) -> bool:
        """Note the customer's answer; return whether the capability is granted now (a late yes is a no).

        `expires_in_s` 0 means until revoked.

        Raises:
            LocalError: nothing was asked.
        """
        entry = self._entries[capability]
        if entry.standing is not Standing.ASKED:
            raise LocalError(f"{capability.value} was not asked for")
        granted = accepted and now < entry.until
        until = now + expires_in_s if expires_in_s else float("inf")
        self._entries[capability] = _Entry(Standing.GRANTED, until) if granted else _Entry()
        return granted

    def revoke(self, capability: Capability) -> bool:
        """End a grant or a question at once; return whether there was a grant."""
        had = self._entries[capability].standing is Standing.GRANTED
        self._entries[capability] = _Entry()
        return had

    def revoke_all(self) -> None:
        """End everything at once: stop, disconnect, end of session."""
        for capability in Capability:
            self.revoke(capability)

    def standing(self, capability: Capability, now: float) -> Standing:
        """Return where `capability` stands at `now`."""
        entry = self._entries[capability]
        return Standing.DENIED if now >= entry.until and entry.standing is not Standing.DENIED else entry.standing

    def allows(self, capability: Capability, now: float) -> bool:
        """Return whether there is a live grant."""
        return self.standing(capability, now) is Standing.GRANTED

    def require(self, capability: Capability, now: float) -> None:
        """Do nothing when there is a live grant.

        Raises:
            PeerError: there is none (`not_allowed`).
        """
        if not self.allows(capability, now):
            raise PeerError(f"{capability.value} without consent", code="not_allowed")

    def granted(self, now: float) -> frozenset[Capability]:
        """Return every capability with a live grant."""
        return frozenset(capability for capability in Capability if self.allows(capability, now))

    def next_timer(self) -> float | None:
        """Return when the next question or grant ends by itself; None when none will."""
        times = [
            entry.until
            for entry in self._entries.values()
            if entry.standing is not Standing.DENIED and entry.until != float("inf")
        ]
        return min(times, default=None)

    def handle_timer(self, now: float) -> list[Ended]:
        """End what has expired by `now` and name it."""
        ended = [
            Ended(capability, entry.standing)
            for capability, entry in self._entries.items()
            if entry.standing is not Standing.DENIED and now >= entry.until
        ]
        for item in ended:
            self._entries[item.capability] = _Entry()
        return ended
