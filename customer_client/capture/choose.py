"""Chooses how to see the screen, and says why in the log."""

import logging
import os
import sys
from collections.abc import Callable, Mapping

from customer_client.capture.cursor import CursorMoved, CursorShape, CursorWatcher
from customer_client.capture.faults import capture_denied
from customer_client.capture.mss_source import MssSource
from customer_client.capture.sharing import SharingSource
from customer_client.capture.source import Display
from customer_client.redaction.cover import Cover
from protocol.errors import EnvironmentFault

_log = logging.getLogger(__name__)


def choose_capture(
    display_name: str | None = None,
    *,
    with_pointer: bool = True,
    cover: Cover | None = None,
    environment: Mapping[str, str] | None = None,
) -> SharingSource:
    """Return a source that has taken one picture already, so that it is known to work.

    Args:
        display_name: an X display to use whatever the session type; None is the one of the environment.
        with_pointer: draw the pointer into the picture, for viewers that are not told about it. Without it the best
            source is one that knows damage.
        cover: what is painted over in every picture; None: nothing.
        environment: the environment variables; None is the process's own.

    Raises:
        EnvironmentFault: `capture_denied` (Wayland, or no graphical session) or `display_gone`.
    """
    variables = os.environ if environment is None else environment
    if sys.platform.startswith("linux") and display_name is None:
        _require_x11(variables)
        display_name = variables["DISPLAY"]
    if sys.platform.startswith("linux") and not with_pointer:
        try:
            return _tried("X11 with damage", _x11_source(display_name, cover))
        except EnvironmentFault as fault:
            _log.warning("capture: no X11 capture with damage (%s); pictures are compared", fault)
    return _tried("mss", MssSource(display_name, with_pointer=with_pointer, cover=cover))


def choose_cursor_watcher(
    shared_display: Callable[[], Display], on_change: Callable[[CursorShape | CursorMoved], None]
) -> CursorWatcher | None:
    """Return a paused watcher of the pointer, or None where there is none; `on_change` runs on its thread."""
    if not sys.platform.startswith("linux"):
        _log.info("pointer: not told beside the picture on %s", sys.platform)
        return None
    # python-xlib is there on Linux only.
    from customer_client.capture.x11_cursor import X11CursorWatcher

    try:
        return X11CursorWatcher(shared_display, on_change)
    except EnvironmentFault as fault:
        _log.warning("pointer: cannot be told (%s)", fault)
        return None


def _x11_source(display_name: str | None, cover: Cover | None) -> SharingSource:
    # python-xlib is there on Linux only.
    from customer_client.capture.x11_source import X11Source

    return X11Source(display_name, cover=cover)


def _tried(name: str, source: SharingSource) -> SharingSource:
    try:
        picture = source.grab()
    except BaseException:
        source.close()
        raise
    _log.info("capture: %s works, primary display %dx%d", name, picture.width, picture.height)
    return source


def _require_x11(variables: Mapping[str, str]) -> None:
    if variables.get("XDG_SESSION_TYPE") == "wayland" or (
        variables.get("WAYLAND_DISPLAY") and not variables.get("DISPLAY")
    ):
        _log.warning("capture: this is a Wayland session; programs cannot see the whole screen through X11")
        raise capture_denied(
            "Wayland session",
            "Your desktop (Wayland) does not let Deskside see the screen. Sign out, choose the Xorg session "
            "on the sign-in screen, sign in and start Deskside again.",
        )
    if not variables.get("DISPLAY"):
        _log.warning("capture: DISPLAY is not set")
        raise capture_denied(
            "DISPLAY is not set", "Deskside found no desktop to show. Start it from inside your desktop session."
        )
