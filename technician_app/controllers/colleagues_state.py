"""What a session window shows about other technicians in the session. Crosses threads: frozen values only."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.messages.colleague import ColleaguePurpose


class ColleagueStanding(Enum):
    """Where a colleague stands."""

    ASKED = "asked"
    """The customer is being asked."""
    WAITING = "waiting"
    """The customer said yes; the colleague has not come yet."""
    WITHDRAWING = "withdrawing"
    """The invitation was taken back; the customer's program has not confirmed it yet."""
    HERE = "here"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class Candidate:
    """Somebody whose device the organisation has certified; `name` is the certified one."""

    serial: str
    technician_id: str
    name: str


@dataclass(frozen=True)
class ColleagueShown:
    """Somebody who was invited. `number` is the invitation's; `session` is theirs, empty before they came."""

    number: int
    name: str
    purpose: ColleaguePurpose
    standing: ColleagueStanding
    session: str = ""
    said: str = ""
    """Why they are not here (a sentence), once that is so."""


@dataclass(frozen=True)
class ColleaguesShown:
    """Who else is here, and who could be invited. Only who is in charge may invite and hand over."""

    in_charge: bool = True
    joined: bool = False
    """This session joins a colleague's."""
    candidates: tuple[Candidate, ...] = ()
    people: tuple[ColleagueShown, ...] = ()

    @property
    def here(self) -> tuple[ColleagueShown, ...]:
        """Everybody who was invited and is connected now."""
        return tuple(person for person in self.people if person.standing is ColleagueStanding.HERE)


class ColleagueIntents(Protocol):
    """What the technician can do with colleagues. Called like SessionIntents."""

    def look(self) -> None:
        """Read anew who could be invited."""

    def invite(self, serial: str, purpose: ColleaguePurpose) -> None:
        """Ask the customer to let the holder of the certificate `serial` join."""

    def withdraw(self, number: int) -> None:
        """Take invitation `number` back, as long as the colleague has not come."""

    def hand_over(self, session: str) -> None:
        """Leave the session to the colleague whose session this is."""
