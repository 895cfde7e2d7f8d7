"""Makes a window of ours show only what is drawn in it, and lets every click through to what is beneath.

GUI thread. On X11 the window is cut to shape, because without a compositor nothing is half transparent. The way for
Windows was run under wine only, that for macOS follows Tk's documentation and has not been run.
"""

import contextlib
import logging
import sys
import tkinter as tk
from collections.abc import Sequence
from typing import Any, Protocol

from customer_client.drawing.figures import RIM, Figure, Filled, Line, Ring
from protocol.errors import EnvironmentFault

_KEY_COLOUR = "#010203"
"""On Windows: the colour that is not there."""

_log = logging.getLogger(__name__)


class SeeThrough(Protocol):
    """One way to do it; `ground` is the colour the canvas must have where nothing is drawn."""

    ground: str

    def prepare(self, window: tk.Toplevel) -> None:
        """Make a new window invisible and untouchable; called once, while it is very small and off the screen."""

    def cut(self, window: tk.Toplevel, figures: Sequence[Figure], width: int, height: int) -> None:
        """Let only `figures` be seen of a window of ``width`` x ``height`` pixels."""

    def close(self) -> None:
        """Let go of what it needed."""


class X11SeeThrough:
    """The shape extension, on a connection of its own: the drawn is the window, and clicks find no window at all.

    Raises:
        EnvironmentFault: `no_overlay`, the server has no shapes or cannot be reached.
    """

    ground = RIM

    def __init__(self) -> None:
        from Xlib.ext import shape

        from customer_client.capture.x11_display import CONNECTION_LOST, open_x_display

        self._lost = CONNECTION_LOST
        self._display: Any = open_x_display(None)
        self._display.set_error_handler(lambda error, _request: _log.debug("drawing overlay: %s", error))
        if not self._display.has_extension(shape.extname):
            raise EnvironmentFault("no SHAPE extension", code="no_overlay")

    def prepare(self, window: tk.Toplevel) -> None:
        """Take everything of it away, for the eye and for the mouse."""
        from Xlib.ext import shape

        with self._talking():
            outer = self._outer(window)
            for kind in (shape.SK.Bounding, shape.SK.Input):
                outer.shape_rectangles(shape.SO.Set, kind, 0, 0, 0, [])
            self._display.sync()

    def cut(self, window: tk.Toplevel, figures: Sequence[Figure], width: int, height: int) -> None:
        """Draw the figures into a bitmap on the server, and give the window its shape."""
        from Xlib import X
        from Xlib.ext import shape

        with self._talking():
            bitmap = self._display.screen().root.create_pixmap(width, height, 1)
            pen = bitmap.create_gc(foreground=0, cap_style=X.CapRound, join_style=X.JoinRound)
            bitmap.fill_rectangle(pen, 0, 0, width, height)
            pen.change(foreground=1)
            for figure in figures:
                _draw(bitmap, pen, figure)
            self._outer(window).shape_mask(shape.SO.Set, shape.SK.Bounding, 0, 0, bitmap)
            pen.free()
            bitmap.free()
            self._display.sync()

    def close(self) -> None:
        """Disconnect, also when the server is gone."""
        with contextlib.suppress(*self._lost):
            self._display.close()

    def _outer(self, window: tk.Toplevel) -> Any:
        """Return the window right below the root; Tk puts each toplevel into another one."""
        found = self._display.create_resource_object("window", window.winfo_id())
        root = self._display.screen().root.id
        while (parent := found.query_tree().parent) and parent.id != root:
            found = parent
        return found

    @contextlib.contextmanager
    def _talking(self) -> Any:
        try:
            yield
        except self._lost as cause:
            raise EnvironmentFault(str(cause), code="no_overlay") from cause


class WindowsSeeThrough:
    """A layered window with one colour that is not there, and the style that lets the mouse through."""

    ground = _KEY_COLOUR

    def prepare(self, window: tk.Toplevel) -> None:
        """Set the key colour (Tk) and the extended styles (SetWindowLongPtr)."""
        from customer_client.windows.api import user32

        window.attributes("-transparentcolor", _KEY_COLOUR)
        # An overrideredirect window is its own; any other lies in a frame of Tk's.
        handle, extended_style = user32().GetParent(window.winfo_id()) or window.winfo_id(), -20
        layered, transparent, no_activate = 0x80000, 0x20, 0x08000000
        style = user32().GetWindowLongPtrW(handle, extended_style)
        user32().SetWindowLongPtrW(handle, extended_style, style | layered | transparent | no_activate)

    def cut(self, window: tk.Toplevel, figures: Sequence[Figure], width: int, height: int) -> None:
        """The colour does it."""

    def close(self) -> None:
        """Nothing to let go of."""


class MacSeeThrough:
    """A transparent window that ignores clicks."""

    ground = "systemTransparent"

    def prepare(self, window: tk.Toplevel) -> None:
        """Set Tk's attributes for it."""
        window.tk.call("::tk::unsupported::MacWindowStyle", "style", str(window), "help", "ignoreClicks noActivates")
        window.attributes("-transparent", True)

    def cut(self, window: tk.Toplevel, figures: Sequence[Figure], width: int, height: int) -> None:
        """The window's own transparency does it."""

    def close(self) -> None:
        """Nothing to let go of."""


def choose_see_through() -> SeeThrough:
    """Return the way for this system.

    Raises:
        EnvironmentFault: there is none here.
    """
    if sys.platform == "win32":
        return WindowsSeeThrough()
    return MacSeeThrough() if sys.platform == "darwin" else X11SeeThrough()


def _draw(bitmap: Any, pen: Any, figure: Figure) -> None:
    from Xlib import X

    if isinstance(figure, Line):
        pen.change(line_width=round(figure.width))
        bitmap.poly_line(pen, X.CoordModeOrigin, _whole(figure.points))
    elif isinstance(figure, Filled):
        bitmap.fill_poly(pen, X.Complex, X.CoordModeOrigin, _whole(figure.points))
    elif isinstance(figure, Ring):
        pen.change(line_width=round(figure.width))
        side = round(figure.radius * 2)
        corner = round(figure.x - figure.radius), round(figure.y - figure.radius)
        bitmap.poly_arc(pen, [(*corner, side, side, 0, 360 * 64)])


def _whole(points: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    return [(round(x), round(y)) for x, y in points]
