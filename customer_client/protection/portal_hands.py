"""Whether a press in a window of ours is the customer's, on Wayland, where the server does not tell."""

import time
from collections.abc import Callable

from customer_client.portal.injected import INJECTED, InjectedPresses
from customer_client.protection.hands import Act, Press


class QuietHands:
    """A `Hands`: a press counts when none was made for the technician around it, by the clock of both.

    What other programs inject is not told from hands.
    """

    def __init__(self, injected: InjectedPresses = INJECTED, clock: Callable[[], float] = time.monotonic) -> None:
        self._injected = injected
        self._clock = clock

    def made(self, press: Press) -> bool:
        """Return whether the customer's hands made it, as far as this can be told."""
        return not press.sent and self._injected.by_hand(press.time_ms, self._clock())

    def repeats(self, press: Press) -> bool:
        """Return whether it may be a key that goes on repeating; it does not count, and nobody is blamed."""
        return press.act is Act.KEY and not press.sent and not self.made(press)

    def keep_up(self) -> None:
        """Nothing piles up."""

    def close(self) -> None:
        """Nothing to stop."""
