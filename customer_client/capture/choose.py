"""Chooses how to see the screen, and says why in the log."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from customer_client.capture.cursor import CursorMoved, CursorShape, CursorWatcher
from customer_client.capture.faults import capture_denied
from customer_client.capture.sharing import SharingSource
from customer_client.capture.source import Display
from customer_client.languages import marked
from customer_client.portal.faults import no_portal
from customer_client.portal.wayland import is_wayland
from customer_client.redaction.cover import Cover
from protocol.errors import EnvironmentFault

if TYPE_CHECKING:
    from customer_client.portal.screen import PortalScreen

_log = logging.getLogger(__name__)


def choose_capture(
    display_name: str | None = None,
    *,
    with_pointer: bool = True,
    cover: Cover | None = None,
    environment: Mapping[str, str] | None = None,
    portal: "PortalScreen | None" = None,
) -> SharingSource:
    """Return a source that has taken one picture already, so that it is known to work.

    Args:
        display_name: an X display to use whatever the session type; None is the one of the environment.
        with_pointer: draw the pointer into the picture, for viewers that are not told about it. Without it the best
            source is one that knows damage.
        cover: what is painted over in every picture; None: nothing.
        environment: the environment variables; None is the process's own.
        portal: on Wayland, what the customer chose in the system's own dialog.

    Raises:
        EnvironmentFault: `wayland_without_portal`, `capture_denied` (no graphical session) or `display_gone`.
    """
    if portal is not None:
        return _tried("the desktop portal", _portal_source(portal, cover))
    variables = os.environ if environment is None else environment
    if sys.platform.startswith("linux") and display_name is None:
        _require_x11(variables)
        display_name = variables["DISPLAY"]
    if sys.platform.startswith("linux") and not with_pointer:
        try:
            return _tried("X11 with damage", _x11_source(display_name, cover))
        except EnvironmentFault as fault:
            _log.warning("capture: no X11 capture with damage (%s); pictures are compared", fault)
    if sys.platform == "win32":
        return _tried("GDI", _windows_source(with_pointer, cover))
    if sys.platform == "darwin":
        _require_screen_permission()
    return _tried("mss", _mss_source(display_name, with_pointer, cover))


def choose_cursor_watcher(
    shared_display: Callable[[], Display], on_change: Callable[[CursorShape | CursorMoved], None]
) -> CursorWatcher | None:
    """Return a paused watcher of the pointer, or None where there is none; `on_change` runs on its thread."""
    if sys.platform == "win32":
        from customer_client.capture.windows_cursor import WindowsCursorWatcher

        return WindowsCursorWatcher(shared_display, on_change)
    if not sys.platform.startswith("linux") or is_wayland():
        _log.info("pointer: not told beside the picture on %s", sys.platform)
        return None
    # python-xlib is there on Linux only.
    from customer_client.capture.x11_cursor import X11CursorWatcher

    try:
        return X11CursorWatcher(shared_display, on_change)
    except EnvironmentFault as fault:
        _log.warning("pointer: cannot be told (%s)", fault)
        return None


def _portal_source(portal: "PortalScreen", cover: Cover | None) -> SharingSource:
    # There on Wayland only.
    from customer_client.capture.portal_source import PortalSource

    return PortalSource(portal, cover=cover)


def _x11_source(display_name: str | None, cover: Cover | None) -> SharingSource:
    # python-xlib is there on Linux only.
    from customer_client.capture.x11_source import X11Source

    return X11Source(display_name, cover=cover)


def _windows_source(with_pointer: bool, cover: Cover | None) -> SharingSource:
    # What it is made of is there on Windows only.
    from customer_client.capture.windows_screen import open_windows_source

    return open_windows_source(with_pointer=with_pointer, cover=cover)


def _mss_source(display_name: str | None, with_pointer: bool, cover: Cover | None) -> SharingSource:
    # Most sessions never need it; it would take more than 1 MiB of memory.
    from customer_client.capture.mss_source import MssSource

    return MssSource(display_name, with_pointer=with_pointer, cover=cover)


def _require_screen_permission() -> None:
    # What it asks is there on macOS only.
    from customer_client.capture.macos_permission import require_screen_permission

    require_screen_permission()


def _tried(name: str, source: SharingSource) -> SharingSource:
    try:
        picture = source.grab()
    except BaseException:
        source.close()
        raise
    _log.info("capture: %s works, primary display %dx%d", name, picture.width, picture.height)
    return source


def _require_x11(variables: Mapping[str, str]) -> None:
    if is_wayland(variables):
        _log.warning("capture: this is a Wayland session; programs cannot see the whole screen through X11")
        raise no_portal("a Wayland session whose portal was not asked")
    if not variables.get("DISPLAY"):
        _log.warning("capture: DISPLAY is not set")
        why = marked("Deskside found no desktop to show. Start it from inside your desktop session.")
        raise capture_denied("DISPLAY is not set", why)
