"""What the technician does about colleagues, handed to a session's controller on the network thread, in order."""

from collections.abc import Callable
from typing import Protocol

from protocol.messages.colleague import ColleaguePurpose
from technician_app.controllers.colleagues_state import ColleagueIntents


class HasColleagues(Protocol):
    """The part of a session controller this hands to."""

    @property
    def colleagues(self) -> ColleagueIntents:
        """What concerns other technicians."""


class ColleaguesBridge:
    """Implements `ColleagueIntents` on the GUI thread; `on_session` runs an act on the network thread."""

    def __init__(self, on_session: Callable[[Callable[[HasColleagues], None]], None]) -> None:
        self._on_session = on_session

    def look(self) -> None:
        """Read anew who could be invited."""
        self._on_session(lambda session: session.colleagues.look())

    def invite(self, serial: str, purpose: ColleaguePurpose) -> None:
        """Ask the customer to let somebody join."""
        self._on_session(lambda session: session.colleagues.invite(serial, purpose))

    def withdraw(self, number: int) -> None:
        """Take an invitation back."""
        self._on_session(lambda session: session.colleagues.withdraw(number))

    def hand_over(self, session: str) -> None:
        """Leave the session to a colleague."""
        self._on_session(lambda running: running.colleagues.hand_over(session))
