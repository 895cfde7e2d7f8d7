"""What the pages about the support server show, in a program made for everybody. Frozen values only."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RelayShown:
    """Which support server? With a `domain` the person is asked whether it is theirs, without one to type it.

    `noted`: the browser wrote it down when the file was downloaded. `problem`: what is wrong with what was typed.
    """

    domain: str = ""
    noted: bool = False
    problem: str = ""


class RelayIntents(Protocol):
    """What the customer answers there. Called on the GUI thread; must return at once."""

    def name(self, text: str) -> None:
        """The address as it was typed, or a whole link."""

    def confirm(self) -> None:
        """The address on the screen is that of the customer's organisation."""

    def other(self) -> None:
        """It is not; type another one."""
