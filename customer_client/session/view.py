"""The one place that knows what the customer's window shows now; every change is published whole."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from customer_client.session.state import CustomerViewState, Page


class View:
    """Holds the state; `publish` gets every new one. Runs on the network thread."""

    def __init__(self, publish: Callable[[CustomerViewState], None], *, relay: str) -> None:
        self._publish = publish
        self.asking_changed: Callable[[bool], None] = lambda asking: None
        """Called before a question to the customer appears (true) and after it has gone (false)."""
        self.state = CustomerViewState(page=Page.CONNECTING, relay=relay)

    def update(self, **changes: Any) -> None:
        """Change the named fields of the state and publish it."""
        before, self.state = self.state, replace(self.state, **changes)
        if _asks(self.state) != _asks(before):
            self.asking_changed(_asks(self.state))
        self._publish(self.state)


def _asks(state: CustomerViewState) -> bool:
    files = state.files is not None and state.files.asks
    return state.question is not None or state.money is not None or state.page is Page.DIAGNOSTICS or files
