"""What tells the customer's own clicks and keys from those another program makes. No display is opened here.

A question to the customer is only answered by hands: a remote-control program that somebody talked the customer into
must not press "Allow".
"""

import logging
import sys
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from customer_client.portal.wayland import is_wayland
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)


class Act(Enum):
    """What was done."""

    KEY = "key"
    BUTTON = "button"
    BUTTON_UP = "button_up"


@dataclass(frozen=True)
class Press:
    """A press as a window was told of it. `sent`: another program sent it to the window; `time_ms` is the system's.

    `code` is the system's number of a key, `window` that of the window that was told.
    """

    act: Act
    time_ms: int
    sent: bool = False
    code: int = 0
    window: int = 0


class Hands(Protocol):
    """Tells whether a press was made by hand."""

    def made(self, press: Press) -> bool:
        """Return whether it was; False as well when that cannot be told."""

    def repeats(self, press: Press) -> bool:
        """Return whether it is only the repeating of a key that hands hold down: no press, and nobody's fault."""

    def keep_up(self) -> None:
        """Take in what was told meanwhile, so that it does not pile up."""

    def close(self) -> None:
        """Stop telling. Harmless to call again."""


class AnyHands:
    """A `Hands` where presses cannot be told apart: everything counts that was not sent to a window."""

    def made(self, press: Press) -> bool:
        """Return whether it came from the system."""
        return not press.sent

    def repeats(self, press: Press) -> bool:
        """Nothing is told of that."""
        return False

    def keep_up(self) -> None:
        """Nothing is told."""

    def close(self) -> None:
        """Nothing to stop."""


def choose_hands(platform: str = sys.platform) -> Hands:
    """Return what tells them apart on `platform` (as `sys.platform`), and say in the log where nothing does."""
    # What is imported is there on its own system only, and costs time a window without a question need not spend.
    try:
        if is_wayland(system=platform):
            from customer_client.protection.portal_hands import QuietHands

            return QuietHands()
        if platform.startswith("linux"):
            from customer_client.protection.x11_hands import X11Hands

            return X11Hands()
        if platform == "win32":
            from customer_client.protection.windows_hands import WindowsHands

            return WindowsHands()
    except (EnvironmentFault, ImportError, OSError) as fault:
        _log.warning("injected clicks cannot be told from the customer's: %s", fault)
        return AnyHands()
    _log.info("injected clicks are not told from the customer's on %s", platform)
    return AnyHands()
