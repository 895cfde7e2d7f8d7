"""Where scenes are drawn: a full-screen X11 window, or a picture in memory for the tests.

Both hold named pictures, copy parts of them into an unseen back picture, and show what changed in one go, so that
nobody ever sees half a frame.
"""

from typing import Any, Protocol

from PIL import Image
from Xlib import X
from Xlib.display import Display

from benchmarks.picture import mark

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

_ROWS_PER_REQUEST_BYTES = 240_000


class Surface(Protocol):
    """Named pictures and a screen of `size` to copy them to."""

    size: tuple[int, int]

    def load(self, name: str, picture: Image.Image) -> None:
        """Keep `picture` under `name`."""

    def copy(self, name: str, source: Box, x: int, y: int) -> None:
        """Copy a part of a kept picture to (x, y) of the back picture."""

    def fill(self, box: Box, colour: int) -> None:
        """Fill a part of the back picture with one colour, 0xRRGGBB."""

    def show(self, box: Box) -> None:
        """Let everybody see this part of the back picture."""

    def sync(self) -> None:
        """Return when all that was asked for has been done."""


def draw_mark(surface: Surface, number: int) -> None:
    """Draw the mark of `number` at the bottom left and show it; it is the last thing of a frame to be drawn."""
    left, top = mark_place(surface.size)
    for place, cell in enumerate(mark.cells_of(number)):
        surface.fill((left + place * mark.CELL, top, mark.CELL, mark.CELL), 0xFFFFFF if cell else 0)
    surface.show((left, top, mark.WIDTH, mark.CELL))


def mark_place(size: tuple[int, int]) -> tuple[int, int]:
    """Return the mark's top-left corner on a screen of `size`: whole macroblocks, as low as they go."""
    return (0, size[1] // mark.CELL * mark.CELL - mark.CELL)


class PictureSurface:
    """A surface in memory; `seen` is what people would see."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.seen = Image.new("RGB", size)
        self._back = Image.new("RGB", size)
        self._kept: dict[str, Image.Image] = {}

    def load(self, name: str, picture: Image.Image) -> None:
        """Keep `picture` under `name`."""
        self._kept[name] = picture

    def copy(self, name: str, source: Box, x: int, y: int) -> None:
        """Copy a part of a kept picture to (x, y) of the back picture."""
        self._back.paste(self._kept[name].crop(_corners(source)), (x, y))

    def fill(self, box: Box, colour: int) -> None:
        """Fill a part of the back picture with one colour, 0xRRGGBB."""
        self._back.paste((colour >> 16, colour >> 8 & 255, colour & 255), _corners(box))

    def show(self, box: Box) -> None:
        """Show this part of the back picture."""
        self.seen.paste(self._back.crop(_corners(box)), box[:2])

    def sync(self) -> None:
        """Nothing is ever waiting here."""


class WindowSurface:
    """A window that covers the whole X display below every other window, without a pointer of its own.

    Raises:
        Xlib.error.DisplayError: the display cannot be opened.
    """

    def __init__(self, display_name: str) -> None:
        self._display: Any = Display(display_name)
        screen = self._display.screen()
        self.size = (screen.width_in_pixels, screen.height_in_pixels)
        self._depth = screen.root_depth
        self._back: Any = screen.root.create_pixmap(*self.size, self._depth)
        self._gc: Any = screen.root.create_gc(graphics_exposures=False)
        self._kept: dict[str, Any] = {}
        self._root: Any = screen.root
        self.fill((0, 0, *self.size), 0)
        # the back picture is the window's background, so that the X server itself repaints what another window uncovers
        self._window: Any = screen.root.create_window(
            *(0, 0, *self.size, 0, self._depth),
            override_redirect=True,
            background_pixmap=self._back,
            cursor=self._no_cursor(),
        )
        self._window.configure(stack_mode=X.Below)
        self._window.map()
        self.sync()

    def load(self, name: str, picture: Image.Image) -> None:
        """Send `picture` to the X server and keep it there."""
        width, height = picture.size
        pixmap = self._root.create_pixmap(width, height, self._depth)
        rows = max(1, _ROWS_PER_REQUEST_BYTES // (width * 4))
        for top in range(0, height, rows):
            count = min(rows, height - top)
            data = picture.crop((0, top, width, top + count)).tobytes("raw", "BGRX")
            pixmap.put_image(self._gc, 0, top, width, count, X.ZPixmap, self._depth, 0, data)
            # python-xlib copies everything that waits with every send: let nothing pile up
            self._display.sync()
        self._kept[name] = pixmap

    def copy(self, name: str, source: Box, x: int, y: int) -> None:
        """Copy a part of a kept picture to (x, y) of the back picture."""
        left, top, width, height = source
        self._back.copy_area(self._gc, self._kept[name], left, top, width, height, x, y)

    def fill(self, box: Box, colour: int) -> None:
        """Fill a part of the back picture with one colour, 0xRRGGBB."""
        self._gc.change(foreground=colour)
        self._back.fill_rectangle(self._gc, *box)

    def show(self, box: Box) -> None:
        """Copy this part of the back picture to the window."""
        left, top, width, height = box
        self._window.copy_area(self._gc, self._back, left, top, width, height, left, top)

    def sync(self) -> None:
        """Return when the X server has done everything (XSync)."""
        self._display.sync()

    def close(self) -> None:
        """Take the window away and let go of the display."""
        self._display.close()

    def _no_cursor(self) -> Any:
        blank = self._root.create_pixmap(1, 1, 1)
        gc = blank.create_gc(foreground=0)
        blank.fill_rectangle(gc, 0, 0, 1, 1)
        return blank.create_cursor(blank, (0, 0, 0), (0, 0, 0), 0, 0)


def _corners(box: Box) -> tuple[int, int, int, int]:
    return (box[0], box[1], box[0] + box[2], box[1] + box[3])
