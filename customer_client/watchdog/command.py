"""How the customer's program starts itself a second time, as its own watchdog."""

import sys

WATCHDOG_ARGUMENT = "--watch-over-the-program-that-started-this"
"""Hidden: only this program gives it, as its only argument."""


def watchdog_command() -> list[str]:
    """Return the command: this very file when it is a bundled one, else this Python with our module."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WATCHDOG_ARGUMENT]
    return [sys.executable, "-s", "-P", "-m", "customer_client.app", WATCHDOG_ARGUMENT]
