"""Which asyncio loop a program runs: uvloop where it is installed and pays, else Python's own.

It is installed with the relay and the technician's app, not on Windows; the customer's client does without (ADR 0008).
"""

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop, the fastest this installation has."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
