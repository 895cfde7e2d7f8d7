"""The one place that knows what the customer's window shows now; every change is published whole."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from customer_client.session.state import CustomerViewState, Page


class View:
    """Holds the state; `publish` gets every new one. Runs on the network thread."""

    def __init__(self, publish: Callable[[CustomerViewState], None], *, relay: str) -> None:
        self._publish = publish
        self.state = CustomerViewState(page=Page.CONNECTING, relay=relay)

    def update(self, **changes: Any) -> None:
        """Change the named fields of the state and publish it."""
        self.state = replace(self.state, **changes)
        self._publish(self.state)
