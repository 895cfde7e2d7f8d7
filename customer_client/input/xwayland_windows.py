"""Deskside's own windows on a Wayland desktop: they are Xwayland's, and so can be found there. Linux only.

Places are the compositor's; where it scales Xwayland they are not quite the server's. Behind this stands
`customer_client.portal.injected`: a press that lands in a window of ours nevertheless gives nothing away.
"""

import os
from contextlib import suppress

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display
from customer_client.input.x11_own_windows import X11OwnWindows


class XwaylandWindows:
    """`OwnWindows` on a connection of its own. Used under the injector's lock.

    Raises:
        EnvironmentFault: `display_gone`.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._display = open_x_display(display_name)
        self._windows = X11OwnWindows(self._display, os.getpid())

    def at(self, x: int, y: int) -> bool:
        """Say whether (x, y) lies in a window of ours, be it behind others.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        try:
            return self._windows.at(x, y)
        except CONNECTION_LOST as lost:
            raise display_gone(str(lost)) from lost

    def has_focus(self) -> bool:
        """Say whether the keyboard belongs to a window of ours.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        try:
            return self._windows.has_focus()
        except CONNECTION_LOST as lost:
            raise display_gone(str(lost)) from lost

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        with suppress(*CONNECTION_LOST):
            self._display.close()
