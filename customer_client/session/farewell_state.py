"""What the last pages show beside what was done, and what the customer can do there. Frozen values only."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol


class Sending(Enum):
    """Where something stands that the customer tells the support server."""

    NOT_YET = "not_yet"
    UNDER_WAY = "under_way"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class FarewellShown:
    """The end page beside its summary.

    `changes` says what differs on this computer, one line each; `kept` what is still on it and what was removed.
    """

    changes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    can_save: bool = False
    """There is a record to keep a receipt of."""
    saved: str = ""
    """A sentence once the receipt was saved, or could not be."""
    can_tell: bool = False
    """The support server takes a report and the answers."""
    report: Sending = Sending.NOT_YET
    survey: Sending = Sending.NOT_YET
    problem: str = ""
    """Why something could not be sent."""


class FarewellIntents(Protocol):
    """What the customer can do when the session is over. Called on the GUI thread; must return at once."""

    def save_receipt(self, path: Path) -> None:
        """Keep the receipt there."""

    def open_report(self, wanted: bool) -> None:
        """Go to the page on which abuse is reported, or back."""

    def report(self, text: str) -> None:
        """Report abuse, in the customer's words."""

    def answer_survey(self, stars: int, text: str) -> None:
        """Say how it was: 1 to 5 stars, and a few words or none."""
