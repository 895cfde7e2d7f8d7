"""Reads the PIN off an X display, as a person does: by the shapes of its digits. For programs nobody can ask.

As a program, `python -m tests.support.pin_on_screen :99`, it draws the digits on a display and says what they look
like: Tk never lets go of a display in its process, and ends that process when the display is gone.
"""

import json
import subprocess
import sys
import tkinter as tk

from PIL import Image, ImageChops
from Xlib import X
from Xlib.display import Display

from customer_client.ui.palette import LIGHT
from customer_client.ui.theme import TextRole, Themes, screen_scale

Shape = tuple[int, int, bytes]
"""Width and height of a digit in pixels, and which of them are ink."""

DIGITS = "0123456789"
PIN_DIGITS = 9


class PinReader:
    """Knows how the customer's program draws digits on `display`, such as ":99"."""

    def __init__(self, display: str, shapes: list[Shape] | None = None) -> None:
        """Open `display`; `shapes` are those of the ten digits where another system draws them."""
        self._display = Display(display)
        self._known = dict(zip(shapes or _shapes_of_digits(display), DIGITS, strict=True))

    def read(self) -> str:
        """Return the nine digits on the display, or "" while there are none."""
        shapes = shapes_on(self._display)
        known = [self._known.get(shape, "") for shape in shapes]
        return "".join(known) if len(known) == PIN_DIGITS and all(known) else ""

    def close(self) -> None:
        """Let go of the display."""
        self._display.close()


def _shapes_of_digits(display: str) -> list[Shape]:
    program = [sys.executable, "-m", "tests.support.pin_on_screen", display]
    told = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True).stdout
    return [(width, height, bytes.fromhex(ink)) for width, height, ink in json.loads(told)]


def _draw_digits(display: str) -> list[Shape]:
    root = tk.Tk(screenName=display, className="Xft")
    root.overrideredirect(True)
    theme = Themes(root, 1.0).at(screen_scale(root.winfo_fpixels("1i")))
    label = theme.label(root, " ".join(DIGITS), TextRole.PIN, on="soft")
    label.pack(padx=20, pady=20)
    root.configure(background=LIGHT.soft)
    root.update()
    root.lift()
    root.update()
    return shapes_on(Display(display))


def shapes_on(display: Display) -> list[Shape]:
    """Return the shapes in the card that is on `display` now, from left to right."""
    return _shapes(_picture(display))


def _picture(display: Display) -> Image.Image:
    root = display.screen().root
    size = root.get_geometry()
    taken = root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF)
    return Image.frombytes("RGB", (size.width, size.height), taken.data, "raw", "BGRX")


def _shapes(picture: Image.Image) -> list[Shape]:
    """Return the shapes in the card that PINs are shown in, from left to right."""
    soft = Image.new("RGB", picture.size, LIGHT.soft)
    red, green, blue = ImageChops.difference(picture, soft).split()
    ink = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda value: 255 if value else 0)
    card = ImageChops.invert(ink).getbbox()
    if card is None:
        return []
    left, top, right, bottom = card
    margin = 16  # the card's corners are round
    if min(right - left, bottom - top) <= 2 * margin:
        return []  # it is being drawn
    inside = ink.crop((left + margin, top + margin, right - margin, bottom - margin))
    return [_shape(inside.crop((begin, 0, end, inside.height))) for begin, end in _runs(inside)]


def _runs(ink: Image.Image) -> list[tuple[int, int]]:
    columns = [ink.crop((x, 0, x + 1, ink.height)).getbbox() is not None for x in range(ink.width)]
    edges = [x for x in range(1, len(columns)) if columns[x] != columns[x - 1]]
    return list(zip(edges[::2], edges[1::2], strict=False))


def _shape(column: Image.Image) -> Shape:
    box = column.getbbox()
    assert box is not None
    digit = column.crop(box)
    return (digit.width, digit.height, digit.tobytes())


if __name__ == "__main__":
    print(json.dumps([(width, height, ink.hex()) for width, height, ink in _draw_digits(sys.argv[1])]))
