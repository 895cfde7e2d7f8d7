"""What a window says while the other side cannot be heard, and just after. Runs on the network thread."""

import asyncio
from collections.abc import Callable

from protocol.transport.outage import Outage

BACK_FOR_S = 4.0
"""How long the window says that the connection is back."""


class OutageNotice:
    """Turns outages into a sentence; `show` gets each new one, "" for none.

    `other` is who is not heard (`technician` or `customer`), `button` what the person can press to wait no longer.
    Where several are connected, `name` returns who this is about, to be named and removed; else it is empty.
    """

    def __init__(
        self, show: Callable[[str], None], *, other: str, button: str, name: Callable[[], str] = lambda: ""
    ) -> None:
        self._show = show
        self._other = other
        self._button = button
        self._name = name
        self._shown = ""
        self._clearing: asyncio.TimerHandle | None = None

    def outage_goes_on(self, outage: Outage | None) -> None:
        """Tell about `outage`, or that the one before is over (None)."""
        if self._clearing is not None:
            self._clearing.cancel()
            self._clearing = None
        if outage is not None:
            self._say(self._words(outage))
        elif self._shown:
            self._say("Connected again.")
            self._clearing = asyncio.get_running_loop().call_later(BACK_FOR_S, self._say, "")

    def _say(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._show(text)

    def _words(self, outage: Outage) -> str:
        name = self._name()
        if outage.peer_gone:
            who, button = (name, "Remove") if name else (f"The {self._other}", self._button)
            return f"{who}'s program is gone. Waiting {outage.ends_in_s:.0f} s more; “{button}” ends it now."
        whom = f" to {name}" if name else ""
        return f"Reconnecting{whom} … ({outage.for_s:.0f} s)"
