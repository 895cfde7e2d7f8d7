"""What the customer does on the last pages, handed from the GUI thread to the session on the network thread."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from customer_client.session.customer_session import CustomerSession
    from customer_client.session.departure import Departure


class FarewellOnLoop:
    """Implements `FarewellIntents`; `on_loop` calls something with the session on its thread, when there is one."""

    def __init__(self, on_loop: Callable[[Callable[["CustomerSession"], object]], None]) -> None:
        self._on_loop = on_loop

    def save_receipt(self, path: Path) -> None:
        """Keep the receipt there."""
        self._on_departure(lambda departure: departure.save_receipt(path))

    def open_report(self, wanted: bool) -> None:
        """Go to the page on which abuse is reported, or back."""
        self._on_departure(lambda departure: departure.open_report(wanted))

    def report(self, text: str) -> None:
        """Report abuse."""
        self._on_departure(lambda departure: departure.report(text))

    def answer_survey(self, stars: int, text: str) -> None:
        """Say how it was."""
        self._on_departure(lambda departure: departure.answer_survey(stars, text))

    def _on_departure(self, act: Callable[["Departure"], None]) -> None:
        self._on_loop(lambda session: act(session.departure))
