"""What a window says while the other side cannot be heard, and just after. Runs on the network thread."""

import asyncio
from collections.abc import Callable

from protocol.catalogues import Say, in_english, marked
from protocol.transport.outage import Outage

_GONE = {
    "technician": marked("The technician's program is gone. Waiting {seconds} s more; “{button}” ends it now."),
    "customer": "The customer's program is gone. Waiting {seconds} s more; “{button}” ends it now.",
}

BACK_FOR_S = 4.0
"""How long the window says that the connection is back."""


class OutageNotice:
    """Turns outages into a sentence; `show` gets each new one, "" for none.

    `other` is who is not heard (`technician` or `customer`), `button` what the person can press to wait no longer.
    Where several are connected, `name` returns who this is about, to be named and removed; else it is empty. `say`
    translates for whoever reads it.
    """

    def __init__(
        self,
        show: Callable[[str], None],
        *,
        other: str,
        button: str,
        name: Callable[[], str] = lambda: "",
        say: Say = in_english,
    ) -> None:
        self._show = show
        self._other = other
        self._button = button
        self._name = name
        self._translated = say
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
            self._say(self._translated(marked("Connected again.")))
            self._clearing = asyncio.get_running_loop().call_later(BACK_FOR_S, self._say, "")

    def _say(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._show(text)

    def _words(self, outage: Outage) -> str:
        name, say = self._name(), self._translated
        if outage.peer_gone and name:
            words = marked("{name}'s program is gone. Waiting {seconds} s more; “{button}” ends it now.")
            return say(words).format(name=name, seconds=f"{outage.ends_in_s:.0f}", button=say(marked("Remove")))
        if outage.peer_gone:
            words = say(_GONE[self._other])
            return words.format(seconds=f"{outage.ends_in_s:.0f}", button=say(self._button))
        words = marked("Reconnecting to {name} … ({seconds} s)") if name else marked("Reconnecting … ({seconds} s)")
        return say(words).format(name=name, seconds=f"{outage.for_s:.0f}")
