"""The displays of an X server as RandR lists them. Linux only."""

import re
from typing import Any

from Xlib import Xatom

from customer_client.capture.faults import display_gone
from customer_client.capture.source import Display

_SIMPLE_MONITOR_LIST = (1, 5)
_ORDINARY_DPI = 96
_DPI = re.compile(rb"^Xft\.dpi:\s*(\d{2,3})\b", re.MULTILINE)


class X11Displays:
    """Lists the displays of the python-xlib connection `connection` and asks to be told of changes.

    Whoever reads the connection's events passes each to `is_change`.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._root = connection.screen().root
        self._has_monitors = False
        self._change_events: frozenset[int] = frozenset()
        if connection.has_extension("RANDR"):
            self._listen()

    def is_change(self, event: Any) -> bool:
        """Return whether `event` says that displays came, went, moved, turned or changed size."""
        return event.type in self._change_events

    def listed(self) -> tuple[Display, ...]:
        """Return the displays now, exactly one of them primary. Three round trips and one for each display.

        Raises:
            EnvironmentFault: `display_gone` if no display is connected.
        """
        monitors = self._root.xrandr_get_monitors(is_active=True).monitors if self._has_monitors else None
        if monitors is None:
            size = self._root.get_geometry()
            return (Display("Display 1", 0, 0, size.width, size.height, primary=True, scale_percent=self._scale()),)
        shown = [monitor for monitor in monitors if monitor.width_in_pixels and monitor.height_in_pixels]
        if not shown:
            raise display_gone("no display is connected")
        scale_percent = self._scale()
        marked = next((index for index, monitor in enumerate(shown) if monitor.primary), 0)
        return tuple(
            Display(
                name=str(self._connection.get_atom_name(monitor.name)),
                left=monitor.x,
                top=monitor.y,
                width=monitor.width_in_pixels,
                height=monitor.height_in_pixels,
                primary=index == marked,
                scale_percent=scale_percent,
            )
            for index, monitor in enumerate(shown)
        )

    def _scale(self) -> int:
        """Return how large the desktop's setting makes everything, in percent: one figure for all displays on X11."""
        settings = self._root.get_full_property(Xatom.RESOURCE_MANAGER, Xatom.STRING)
        found = _DPI.search(bytes(settings.value)) if settings is not None else None
        return max(25, min(1000, round(int(found[1]) * 100 / _ORDINARY_DPI))) if found else 100

    def _listen(self) -> None:
        from Xlib.ext import randr

        version = self._connection.xrandr_query_version()
        self._has_monitors = (version.major_version, version.minor_version) >= _SIMPLE_MONITOR_LIST
        self._root.xrandr_select_input(randr.RRScreenChangeNotifyMask | randr.RRCrtcChangeNotifyMask)
        first = self._connection.query_extension("RANDR").first_event
        self._change_events = frozenset((first + randr.RRScreenChangeNotify, first + randr.RRNotify))
