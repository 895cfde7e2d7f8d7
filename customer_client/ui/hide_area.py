"""Lets the customer draw a rectangle over a still picture of their own desktop. GUI thread only.

The picture stays in this program, and the window that shows it is covered in whatever the technician gets.
"""

import logging
import tkinter as tk
from collections.abc import Callable

from customer_client.languages import _
from customer_client.redaction.window_watch import OWN_CLASS, OWN_TITLE
from customer_client.ui.theme import TextRole, Theme
from protocol.picture.geometry import Rect, between

SMALLEST = 12
"""Pixels a side; less was a click."""

_INK = "#ffd98a"
_log = logging.getLogger(__name__)


class AreaPicker(tk.Toplevel):
    """Covers the whole desktop until a rectangle is drawn or Escape is pressed; `picked` is called once."""

    def __init__(self, parent: tk.Misc, theme: Theme, picked: Callable[[Rect | None], None]) -> None:
        super().__init__(parent, name="area_picker", class_=OWN_CLASS, background=theme.palette.bar)
        self.withdraw()
        self.overrideredirect(True)
        self.title(f"{OWN_TITLE} {_('Hide parts of your screen')}")
        self._picked: Callable[[Rect | None], None] | None = picked
        self._left, self._top = self.winfo_vrootx(), self.winfo_vrooty()
        width, height = self.winfo_vrootwidth(), self.winfo_vrootheight()
        self._picture = _still_picture(self)
        self._canvas = tk.Canvas(self, name="area_canvas", highlightthickness=0, borderwidth=0, cursor="crosshair")
        self._canvas.configure(background=theme.palette.bar)
        self._canvas.pack(fill="both", expand=True)
        if self._picture is not None:
            self._canvas.create_image(0, 0, image=self._picture, anchor="nw")
        self._canvas.create_rectangle(0, 0, width, height, fill=theme.palette.bar, stipple="gray25", outline="")
        self._say(theme, width, height)
        self._frame = self._canvas.create_rectangle(0, 0, 0, 0, outline=_INK, width=theme.px(3))
        self._start: tuple[int, int] | None = None
        self._canvas.bind("<ButtonPress-1>", self._press)
        self._canvas.bind("<B1-Motion>", self._drag)
        self._canvas.bind("<ButtonRelease-1>", self._release)
        self.bind("<Escape>", lambda _event: self._end(None))
        self.geometry(f"{width}x{height}+{self._left}+{self._top}")
        self.attributes("-topmost", True)
        self.deiconify()
        self.lift()
        self.focus_force()

    def _say(self, theme: Theme, width: int, height: int) -> None:
        words = _("Drag a rectangle over what nobody shall see. Esc: hide nothing.")
        font, middle, y = theme.font(TextRole.STRONG), width // 2, height - theme.px(90)
        text = self._canvas.create_text(middle, y, text=words, font=font, fill=theme.palette.on_bar)
        left, top, right, bottom = self._canvas.bbox(text)
        pad = theme.px(12)
        box = (left - pad, top - pad, right + pad, bottom + pad)
        self._canvas.tag_raise(text, self._canvas.create_rectangle(*box, fill=theme.palette.bar, outline=""))

    def _press(self, event: "tk.Event[tk.Misc]") -> None:
        self._start = (event.x, event.y)

    def _drag(self, event: "tk.Event[tk.Misc]") -> None:
        if self._start is not None:
            self._canvas.coords(self._frame, *self._start, event.x, event.y)

    def _release(self, event: "tk.Event[tk.Misc]") -> None:
        if self._start is None:
            return
        (x1, y1), (x2, y2) = self._start, (event.x, event.y)
        area = between(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        if area is None or min(area.width, area.height) < SMALLEST:
            self._start = None
            return
        self._end(area.moved(self._left, self._top))

    def _end(self, area: Rect | None) -> None:
        picked, self._picked = self._picked, None
        self.destroy()
        if picked is not None:
            picked(area)


def _still_picture(master: tk.Misc) -> tk.PhotoImage | None:
    """Return the desktop as it is now; None where it cannot be taken, and then one draws on an even ground."""
    # Read from disk only when it is needed: the program's window appears first.
    import mss
    from mss.exception import ScreenShotError

    try:
        with mss.MSS() as screen:
            shot = screen.grab(screen.monitors[0])
    except (ScreenShotError, OSError) as cause:
        _log.warning("no picture to draw an area on: %s", cause)
        return None
    header = b"P6 %d %d 255\n" % (shot.width, shot.height)
    return tk.PhotoImage(master=master, data=header + bytes(shot.rgb), format="PPM")
