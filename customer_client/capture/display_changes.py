"""Notices that displays were added, removed or resized. Used by the capture thread only."""

import sys
from typing import Protocol

from protocol.errors import EnvironmentFault

RECHECK_S = 2.0
"""How often displays are listed anew where the system does not tell us about changes."""


class DisplayChanges(Protocol):
    """Says when the list of displays is out of date."""

    def happened(self, now: float) -> bool:
        """Return whether displays may have changed since the last call; `now` is in monotonic seconds."""

    def close(self) -> None:
        """Stop listening."""


class PeriodicRecheck:
    """Where nothing tells us: assume a change every two seconds."""

    def __init__(self) -> None:
        self._due = 0.0

    def happened(self, now: float) -> bool:
        """Return True at most once in two seconds."""
        if now < self._due:
            return False
        self._due = now + RECHECK_S
        return True

    def close(self) -> None:
        """Nothing to stop."""


class RandrChanges:
    """X11: the RandR extension sends an event; asking costs a few microseconds and no round trip.

    Raises:
        EnvironmentFault: the display cannot be opened or has no RandR.
    """

    def __init__(self, display_name: str | None) -> None:
        from Xlib.ext import randr

        from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display

        self._display = open_x_display(display_name)
        self._lost = CONNECTION_LOST
        if not self._display.has_extension("RANDR"):
            self._display.close()
            raise EnvironmentFault("no RandR extension", code="display_gone")
        root = self._display.screen().root
        root.xrandr_select_input(randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask)
        self._display.flush()

    def happened(self, now: float) -> bool:
        """Return whether the server reported a change; a lost connection counts as one."""
        try:
            waiting = int(self._display.pending_events())
            for _ in range(waiting):
                self._display.next_event()
        except self._lost:
            return True
        return waiting > 0

    def close(self) -> None:
        """Close the connection, also when the server is gone."""
        try:
            self._display.close()
        except self._lost:
            return


def watch_displays(display_name: str | None) -> DisplayChanges:
    """Return the best way this system has to notice changed displays."""
    if not sys.platform.startswith("linux"):
        return PeriodicRecheck()
    try:
        return RandrChanges(display_name)
    except EnvironmentFault:
        return PeriodicRecheck()
