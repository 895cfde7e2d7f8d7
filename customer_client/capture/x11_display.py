"""Opens a connection to an X display, with the one translation of what can go wrong. Linux only."""

from typing import Any

from Xlib import error
from Xlib.display import Display

from customer_client.capture.faults import display_gone

CONNECTION_LOST: tuple[type[Exception], ...] = (error.ConnectionClosedError, OSError)
"""What python-xlib raises when the server went away."""


class SlimDisplay(Display):  # type: ignore[misc]
    """A python-xlib Display that does not remember what nobody here asks it; there are about ten at a time.

    A third of a MiB less for each: 240 kinds of pixels the server could show, but for that of its root windows, and
    what every key means, which python-xlib reads whenever it connects. `keysym_to_keycode` and its like know nothing
    here; whoever needs keys asks the server with `get_keyboard_mapping`.
    """

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        for screen in self.display.info.roots:
            for depth in screen.allowed_depths:
                depth.visuals = [visual for visual in depth.visuals if visual.visual_id == screen.root_visual]

    def _update_keymap(self, first_keycode: int, count: int) -> None:
        """Ask for nothing."""


def open_x_display(name: str | None) -> Any:
    """Return a python-xlib Display for `name`, such as ":0"; None is the one of the environment.

    Raises:
        EnvironmentFault: `display_gone`.
    """
    try:
        display = SlimDisplay(name)
        # python-xlib 0.33 files the errors of RandR and Damage under the numbers of core errors (BadValue, BadWindow),
        # and then fails, for good, to read one of those.
        display.display.error_classes.update(error.xerror_class)
        return display
    except (error.DisplayError, *CONNECTION_LOST) as cause:
        raise display_gone(str(cause)) from cause
