"""What a window says while the other side cannot be heard, and just after. Runs on the network thread."""

import asyncio
from collections.abc import Callable

from protocol.transport.outage import Outage

BACK_FOR_S = 4.0
"""How long the window says that the connection is back."""


class OutageNotice:
    """Turns outages into a sentence; `show` gets each new one, "" for none.

    `other` is who is not heard (`technician` or `customer`), `button` what the person can press to wait no longer.
    """

    def __init__(self, show: Callable[[str], None], *, other: str, button: str) -> None:
        self._show = show
        self._other = other
        self._button = button
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
        if outage.peer_gone:
            wait = f"Waiting {outage.ends_in_s:.0f} s more; “{self._button}” ends it now."
            return f"The {self._other}'s program is gone. {wait}"
        return f"Reconnecting … ({outage.for_s:.0f} s)"
