"""What the technician draws, over everything on the shared display, and a pointer with their name. GUI thread.

It can be seen but not touched. A question to the customer is never drawn over.
"""

import logging
import tkinter as tk
from typing import TYPE_CHECKING

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.plain_text import plain_line
from protocol.errors import EnvironmentFault

if TYPE_CHECKING:
    from customer_client.drawing.drawing import Drawing
    from customer_client.ui.drawing_windows import PointerWindow, ShapedWindow
    from customer_client.ui.see_through import SeeThrough

NAME_CHARS = 32

_log = logging.getLogger(__name__)


class DrawingOverlay:
    """Shows a Drawing. Its windows are made, and what draws them is imported, when they are first needed."""

    def __init__(self, root: tk.Tk, scale: float) -> None:
        self._root, self._scale = root, scale
        self._see_through: SeeThrough | None = None
        self._impossible = False
        self._strokes: ShapedWindow | None = None
        self._pointer: PointerWindow | None = None
        self._shown: Drawing | None = None
        root.bind("<Destroy>", self._root_destroyed, add=True)

    def show(self, state: CustomerViewState) -> None:
        """Show what is drawn, unless the customer is asked something."""
        asked = state.question is not None or state.page is Page.DIAGNOSTICS
        drawing = None if asked or state.bar is None else state.drawing
        if drawing == self._shown or self._impossible:
            return
        try:
            self._show_strokes(drawing)
            self._show_pointer(drawing)
        except EnvironmentFault as fault:
            # The session goes on without: the technician sees in the picture that nothing is drawn.
            _log.warning("nothing can be drawn on this desktop: %s", fault)
            self._impossible = True
            self._hide_all()
        self._shown = drawing

    def tops(self) -> list[tk.Toplevel]:
        """Return the windows there are."""
        return [window for window in (self._strokes, self._pointer) if window is not None]

    def _show_strokes(self, drawing: "Drawing | None") -> None:
        before = self._shown.strokes if self._shown is not None else ()
        if drawing is None or not drawing.strokes:
            if self._strokes is not None:
                self._strokes.hide()
            return
        if drawing.strokes == before and self._strokes is not None:
            return
        from customer_client.drawing.figures import RIM_WIDTH, figures
        from customer_client.ui.drawing_windows import ShapedWindow

        if self._strokes is None:
            self._strokes = ShapedWindow(self._root, self._way())
        drawn = [
            figure
            for stroke in drawing.strokes
            for figure in figures(stroke.kind, stroke.colour, stroke.points, self._scale)
        ]
        self._strokes.place_at(drawing.left, drawing.top, drawing.width, drawing.height)
        self._strokes.draw(drawn, RIM_WIDTH * self._scale)

    def _show_pointer(self, drawing: "Drawing | None") -> None:
        if drawing is None or drawing.pointer is None:
            if self._pointer is not None:
                self._pointer.hide()
            return
        if self._pointer is None:
            from customer_client.ui.drawing_windows import PointerWindow

            name = plain_line(drawing.name, NAME_CHARS)
            self._pointer = PointerWindow(self._root, self._way(), name, self._scale)
        x, y = drawing.pointer
        self._pointer.point(drawing.left + x, drawing.top + y, beyond=drawing.left + drawing.width)

    def _way(self) -> "SeeThrough":
        if self._see_through is None:
            from customer_client.ui.see_through import choose_see_through

            self._see_through = choose_see_through()
        return self._see_through

    def _root_destroyed(self, event: "tk.Event[tk.Misc]") -> None:
        if event.widget is self._root and self._see_through is not None:
            self._see_through.close()
            self._see_through = None

    def _hide_all(self) -> None:
        for window in self.tops():
            window.withdraw()
