"""A program that draws on an X display: rectangles, moved areas, text and windows that come and go."""

from Xlib import X
from Xlib.display import Display


class DrawingProgram:
    """A client of the display `name` with a window over a part of it; `sync` waits until all is drawn."""

    def __init__(self, name: str) -> None:
        self.display = Display(name)
        screen = self.display.screen()
        self.root = screen.root
        self._window = self.root.create_window(
            40, 30, 300, 200, 0, screen.root_depth, X.InputOutput, background_pixel=0x336699, override_redirect=True
        )
        self._gc = self.root.create_gc(subwindow_mode=X.IncludeInferiors)
        self._mapped = False

    def fill(self, x: int, y: int, width: int, height: int, color: int) -> None:
        self._gc.change(foreground=color)
        self.root.fill_rectangle(self._gc, x, y, width, height)

    def fill_in_window(self, x: int, y: int, width: int, height: int, color: int) -> None:
        self._gc.change(foreground=color)
        self._window.fill_rectangle(self._gc, x, y, width, height)

    def write(self, x: int, y: int, text: str, color: int) -> None:
        self._gc.change(foreground=color)
        self.root.poly_text(self._gc, x, y, [text.encode()])

    def line(self, x: int, y: int, to_x: int, to_y: int, color: int) -> None:
        self._gc.change(foreground=color)
        self.root.line(self._gc, x, y, to_x, to_y)

    def move(self, x: int, y: int, width: int, height: int, to_x: int, to_y: int) -> None:
        self.root.copy_area(self._gc, self.root, x, y, width, height, to_x, to_y)

    def toggle_window(self) -> None:
        if self._mapped:
            self._window.unmap()
        else:
            self._window.map()
        self._mapped = not self._mapped

    def place_window(self, x: int, y: int) -> None:
        self._window.configure(x=x, y=y)

    def sync(self) -> None:
        self.display.sync()

    def close(self) -> None:
        self.display.close()
