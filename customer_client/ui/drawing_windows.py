"""The windows that drawing shows: of which only what is drawn is there. GUI thread."""

import tkinter as tk
from collections.abc import Sequence
from tkinter import font as tkfont

from customer_client.drawing.figures import RIM, RIM_WIDTH, SHADES, Figure, Filled, Line, Points, Ring, rimmed
from customer_client.ui.see_through import SeeThrough
from protocol.messages.drawing import StrokeColour

ARROW: Points = ((0, 0), (0, 27), (7, 21), (12, 32), (17, 30), (12, 19), (21, 19))
"""The technician's pointer, its tip at 0, 0."""

_TEXT_INK = "#ffffff"
_PAD = 4
_OFF_SCREEN = "1x1-100-100"


class ShapedWindow(tk.Toplevel):
    """A window of which only the drawn figures are there."""

    def __init__(self, root: tk.Tk, way: SeeThrough) -> None:
        super().__init__(root, background=way.ground, class_="Deskside")
        self.withdraw()
        self.overrideredirect(True)
        self.title("Deskside: your technician draws")
        self._way = way
        self._width = self._height = 1
        self.canvas = tk.Canvas(self, background=way.ground, highlightthickness=0, borderwidth=0)
        self.canvas.pack(fill="both", expand=True)
        # Shown once as a dot off the screen: before that there is no window to cut.
        self.geometry(_OFF_SCREEN)
        self.deiconify()
        self._settle()
        way.prepare(self)
        self.withdraw()

    def place_at(self, left: int, top: int, width: int, height: int) -> None:
        """Lie there, in pixels of the desktop."""
        self._width, self._height = width, height
        self.geometry(f"{width}x{height}{left:+d}{top:+d}")

    def draw(self, drawn: Sequence[Figure], rim: float) -> None:
        """Show these figures, each with a rim, and nothing else; be above everything."""
        self.canvas.delete("all")
        rims = [rimmed(figure, rim) for figure in drawn]
        for figure in rims:
            _paint(self.canvas, figure, RIM)
        for figure in drawn:
            _paint(self.canvas, figure, figure.colour)
        self.cut(rims)

    def cut(self, shape: Sequence[Figure]) -> None:
        """Be seen where `shape` is."""
        if self.state() == "withdrawn":
            self.deiconify()
        self.attributes("-topmost", True)
        self.lift()
        self._settle()
        self._way.cut(self, shape, self._width, self._height)

    def hide(self) -> None:
        """Show nothing."""
        if self.state() != "withdrawn":
            self._way.cut(self, (), self._width, self._height)
            self.withdraw()

    def _settle(self) -> None:
        self.update_idletasks()
        # A round trip: what Tk asked of the server has happened before anybody else asks.
        self.winfo_pointerxy()


class PointerWindow(ShapedWindow):
    """An arrow and a name; drawn once for each side the name can be on, then only moved."""

    def __init__(self, root: tk.Tk, way: SeeThrough, name: str, scale: float) -> None:
        super().__init__(root, way)
        self._name, self._scale = name, scale
        self._font = tkfont.nametofont("TkDefaultFont").copy()
        self._font.configure(size=-round(14 * scale), weight="bold")
        self._name_left: bool | None = None

    def point(self, x: int, y: int, *, beyond: int) -> None:
        """Point at (x, y) of the desktop; the display ends at x = `beyond`."""
        tag_width = self._font.measure(self._name) + round(16 * self._scale)
        tag_height = self._font.metrics("linespace") + round(8 * self._scale)
        room = round(40 * self._scale)
        width, height = 2 * (tag_width + room), room + tag_height + 2 * _PAD
        name_left = x + room + tag_width > beyond
        self.place_at(x - width // 2, y - _PAD, width, height)
        if self._name_left is not name_left or self.state() == "withdrawn":
            self._name_left = name_left
            self._draw_pointer(width // 2, tag_width, tag_height)

    def hide(self) -> None:
        """Point nowhere."""
        self._name_left = None
        super().hide()

    def _draw_pointer(self, tip: int, tag_width: int, tag_height: int) -> None:
        scale, shade = self._scale, SHADES[StrokeColour.RED]
        arrow = tuple((tip + x * scale, _PAD + y * scale) for x, y in ARROW)
        left = tip - tag_width - 8 * scale if self._name_left else tip + 24 * scale
        top = _PAD + 26 * scale
        right, bottom = left + tag_width, top + tag_height
        tag = Filled(((left, top), (right, top), (right, bottom), (left, bottom)), shade)
        edge = Line((*tag.points, tag.points[0]), 1.0, shade)
        outline = Line((*arrow, arrow[0]), 1.0, shade)
        self.draw((Filled(arrow, shade), outline, tag, edge), RIM_WIDTH * scale)
        middle = (left + right) / 2, (top + bottom) / 2
        self.canvas.create_text(*middle, text=self._name, font=self._font, fill=_TEXT_INK)


def _paint(canvas: tk.Canvas, figure: Figure, colour: str) -> None:
    if isinstance(figure, Line):
        flat = [coordinate for point in figure.points for coordinate in point]
        canvas.create_line(*flat, width=figure.width, fill=colour, capstyle="round", joinstyle="round")
    elif isinstance(figure, Filled):
        canvas.create_polygon(*[coordinate for point in figure.points for coordinate in point], fill=colour)
    elif isinstance(figure, Ring):
        x, y, radius = figure.x, figure.y, figure.radius
        canvas.create_oval(x - radius, y - radius, x + radius, y + radius, outline=colour, width=figure.width)
