"""Chooses how this system tells what the protection has to know, and says in the log what it cannot tell."""

import logging
import sys

from customer_client.protection.tripwire import FrontWindows, NoWindows, Tripwire
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)


def choose_tripwire() -> Tripwire:
    """Return the tripwire for windows about money; one that never acts where windows cannot be told."""
    return Tripwire(_front_windows(sys.platform))


def _front_windows(platform: str) -> FrontWindows:
    # What is imported is there on its own system only.
    try:
        if platform.startswith("linux"):
            from customer_client.protection.x11_front_windows import X11FrontWindows

            return X11FrontWindows()
        if platform == "win32":
            from customer_client.protection.windows_front_window import WindowsFrontWindow

            return WindowsFrontWindow()
        if platform == "darwin":
            from customer_client.protection.macos_front_window import MacFrontWindow

            return MacFrontWindow()
    except (EnvironmentFault, ImportError, OSError) as fault:
        _log.warning("windows about money cannot be noticed on this computer: %s", fault)
    return NoWindows()
