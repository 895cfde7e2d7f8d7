"""Which asyncio loop a program runs, and how soon its thread gets its turn.

uvloop where it is installed and pays, else Python's own. It is installed with the relay and the technician's app, not
on Windows; the customer's client does without (ADR 0008).
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

SWITCH_INTERVAL_S = 0.0005
"""How long another busy thread may keep the network thread waiting. Python's own 5 ms are a third of a picture's time.

Measured with a page of 600 KB between two programs on one computer: shown after 30 ms instead of 39.
"""


def new_event_loop() -> "asyncio.AbstractEventLoop":
    """Return a new event loop, the fastest this installation has."""
    try:
        import uvloop
    except ImportError:
        import asyncio  # here, because the customer's window does not wait for it

        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def shorten_turns() -> None:
    """Let the threads of this program take turns often, for a network thread beside ones that encode, decode or paint.

    Called once, by the program: it counts for the whole process.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
