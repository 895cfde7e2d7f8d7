"""What the programs call themselves whose windows are open on an X display. Linux only; blocks for a millisecond."""

from contextlib import suppress
from typing import Any

from Xlib import X
from Xlib.error import XError

from customer_client.capture.faults import display_gone
from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display

_MOST_WINDOWS = 256


def window_classes(display_name: str | None = None) -> frozenset[str]:
    """Return the classes, and the names of instances, of all programs' windows on `display_name` (None: the usual one).

    Raises:
        EnvironmentFault: `display_gone`.
    """
    display = open_x_display(display_name)
    try:
        return frozenset(name for window in _windows(display) for name in _names(window))
    except CONNECTION_LOST as cause:
        raise display_gone(str(cause)) from cause
    finally:
        with suppress(*CONNECTION_LOST):
            display.close()


def _windows(display: Any) -> list[Any]:
    """Return the windows the window manager knows, and those that lie right on the screen."""
    root = display.screen().root
    listed = root.get_full_property(display.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
    known = [display.create_resource_object("window", number) for number in (listed.value if listed else ())]
    return [*known, *root.query_tree().children][:_MOST_WINDOWS]


def _names(window: Any) -> tuple[str, ...]:
    with suppress(XError):  # it has gone meanwhile
        return tuple(str(name) for name in window.get_wm_class() or ())
    return ()
