"""Opens a connection to an X display, with the one translation of what can go wrong. Linux only."""

from typing import Any

from Xlib import error
from Xlib.display import Display

from customer_client.capture.faults import display_gone

CONNECTION_LOST: tuple[type[Exception], ...] = (error.ConnectionClosedError, OSError)
"""What python-xlib raises when the server went away."""


def open_x_display(name: str | None) -> Any:
    """Return a python-xlib Display for `name`, such as ":0"; None is the one of the environment.

    Raises:
        EnvironmentFault: `display_gone`.
    """
    try:
        display = Display(name)
        # python-xlib 0.33 files the errors of RandR and Damage under the numbers of core errors (BadValue, BadWindow),
        # and then fails, for good, to read one of those.
        display.display.error_classes.update(error.xerror_class)
        return display
    except (error.DisplayError, *CONNECTION_LOST) as cause:
        raise display_gone(str(cause)) from cause
