"""What the customer allows right now: asked, granted until a time, revoked. Pure; decides on the customer's side.

The technician's side keeps a mirror of its own (`technician_app/controllers/permissions.py`), to show what it was told.
"""

from dataclasses import dataclass
from enum import Enum

from protocol.errors import LocalError, PeerError
from protocol.messages.consent import Capability

ANSWER_TIME_S = 60.0
"""No answer in this time means no."""

INDEPENDENT = frozenset({Capability.SEE, Capability.CHAT})
"""Everything else needs a live grant of `see`: who acts on a computer sees it."""

EXPIRED = "expired"
SEE_ENDED = "see_ended"


class Standing(Enum):
    """Where one capability stands."""

    DENIED = "denied"
    ASKED = "asked"
    GRANTED = "granted"


@dataclass(frozen=True)
class Ended:
    """A grant or question that ended. `reason`: empty for the one named in `revoke`, else `expired` or `see_ended`."""

    capability: Capability
    was: Standing
    reason: str = ""


@dataclass
class _Entry:
    standing: Standing = Standing.DENIED
    until: float = 0.0


class ConsentMachine:
    """One entry per capability; deny is the default. Time is passed in: monotonic seconds, never decreasing.

    DENIED -ask-> ASKED -answer(yes)-> GRANTED -revoke, expiry-> DENIED; ASKED -answer(no), 60 s-> DENIED. Losing `see`
    ends every grant and question but those of `INDEPENDENT`.
    """

    def __init__(self) -> None:
        self._entries = {capability: _Entry() for capability in Capability}

    def ask(self, capability: Capability, now: float, *, answer_time_s: float = ANSWER_TIME_S) -> float:
        """Note that the technician asked; return the time by which no answer means no.

        Raises:
            PeerError: already asked or already granted (`already_asked`).
        """
        entry = self._entries[capability]
        if entry.standing is not Standing.DENIED:
            raise PeerError(f"{capability.value} is already {entry.standing.value}", code="already_asked")
        self._entries[capability] = _Entry(Standing.ASKED, now + answer_time_s)
        return now + answer_time_s

    def answer(self, capability: Capability, *, accepted: bool, now: float, until: float = float("inf")) -> bool:
        """Note the customer's answer, given at `now`; return whether the capability is granted.

        A late yes is a no, and so is a yes to what needs `see` while `see` is not granted. The grant lasts to `until`.

        Raises:
            LocalError: nothing was asked.
        """
        entry = self._entries[capability]
        if entry.standing is not Standing.ASKED:
            raise LocalError(f"{capability.value} was not asked for")
        may = capability in INDEPENDENT or self.allows(Capability.SEE, now)
        granted = accepted and may and now < entry.until
        self._entries[capability] = _Entry(Standing.GRANTED, until) if granted else _Entry()
        return granted

    def extend(self, capability: Capability, *, now: float, until: float) -> bool:
        """Let a grant that is live at `now` last to `until`; return whether it is."""
        if not self.allows(capability, now):
            return False
        self._entries[capability] = _Entry(Standing.GRANTED, until)
        return True

    def revoke(self, capability: Capability) -> list[Ended]:
        """End a grant or a question at once; return it and everything that ended with it, nothing if there was none."""
        was = self._entries[capability].standing
        self._entries[capability] = _Entry()
        ended = [] if was is Standing.DENIED else [Ended(capability, was)]
        return ended + (self._see_ended() if capability is Capability.SEE and was is Standing.GRANTED else [])

    def revoke_all(self) -> list[Ended]:
        """End everything at once and name it: stop, disconnect, end of session."""
        return [ended for capability in Capability for ended in self.revoke(capability)]

    def standing(self, capability: Capability, now: float) -> Standing:
        """Return where `capability` stands at `now`."""
        entry = self._entries[capability]
        if entry.standing is Standing.DENIED or now >= entry.until:
            return Standing.DENIED
        if entry.standing is Standing.GRANTED and capability not in INDEPENDENT:
            return Standing.GRANTED if self.allows(Capability.SEE, now) else Standing.DENIED
        return entry.standing

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

    def granted(self, now: float) -> dict[Capability, float]:
        """Return every capability with a live grant and when it ends (infinite: when it is taken back)."""
        return {each: entry.until for each, entry in self._entries.items() if self.allows(each, now)}

    def next_timer(self) -> float | None:
        """Return when the next question or grant ends by itself; None when none will."""
        times = [
            entry.until
            for entry in self._entries.values()
            if entry.standing is not Standing.DENIED and entry.until != float("inf")
        ]
        return min(times, default=None)

    def handle_timer(self, now: float) -> list[Ended]:
        """End what has expired by `now`, and what ends with it, and name it."""
        ended = [
            Ended(capability, entry.standing, EXPIRED)
            for capability, entry in self._entries.items()
            if entry.standing is not Standing.DENIED and now >= entry.until
        ]
        for item in ended:
            self._entries[item.capability] = _Entry()
        lost_see = any(item.capability is Capability.SEE and item.was is Standing.GRANTED for item in ended)
        return ended + (self._see_ended() if lost_see else [])

    def _see_ended(self) -> list[Ended]:
        dependent = [
            Ended(capability, entry.standing, SEE_ENDED)
            for capability, entry in self._entries.items()
            if capability not in INDEPENDENT and entry.standing is not Standing.DENIED
        ]
        for item in dependent:
            self._entries[item.capability] = _Entry()
        return dependent
