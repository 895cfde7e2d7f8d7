"""A pair of hands on one X display: real clicks and keys of its own mouse and keyboard."""

import subprocess
import time
from pathlib import Path

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

from demo.device_input import DeviceInput

_NAMES = {" ": "space", "\n": "Return", "-": "minus", ".": "period", ",": "comma", "!": "exclam", "?": "question"}
_NAMES |= {":": "colon", "/": "slash", "'": "apostrophe", "_": "underscore", "+": "plus", "@": "at", "#": "numbersign"}
_DRAG_STEPS = 10
_DRAG_S = 0.25


class Hands:
    """Real input events on `display` (such as ":99"), and pictures of it."""

    def __init__(self, display: str) -> None:
        self.name = display
        self._display = Display(display)
        self._device = DeviceInput(self._display)

    def move(self, x: int, y: int) -> None:
        """Move the pointer to (x, y) in pixels of the display."""
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._display.sync()

    def click(self, x: int, y: int) -> None:
        """Click the primary button at (x, y) in pixels of the display."""
        self.move(x, y)
        self._device.button(1, True)
        self._device.button(1, False)
        self._display.sync()

    def press(self, key: str) -> float:
        """Press and release one key by its X keysym name; return when it went down (Unix seconds)."""
        keysym = XK.string_to_keysym(key)
        keycode = self._display.keysym_to_keycode(keysym)
        if not keycode:
            raise ValueError(f"no key {key!r} on this keyboard")
        shift = self._display.keysym_to_keycode(XK.XK_Shift_L)
        needs_shift = self._display.keycode_to_keysym(keycode, 0) != keysym
        at = time.time()
        if needs_shift:
            self._device.key(shift, True)
        self._device.key(keycode, True)
        self._device.key(keycode, False)
        if needs_shift:
            self._device.key(shift, False)
        self._display.sync()
        return at

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag from `start` to `end`, pixels of the display, in a quarter of a second, and let go there."""
        self.move(*start)
        self._device.button(1, True)
        for step in range(1, _DRAG_STEPS + 1):
            self.move(*(round(a + (b - a) * step / _DRAG_STEPS) for a, b in zip(start, end, strict=True)))
            time.sleep(_DRAG_S / _DRAG_STEPS)
        self._device.button(1, False)
        self._display.sync()

    def select_all(self) -> None:
        """Press Ctrl+A, so that what is typed next replaces what a field holds."""
        self.press_with_control("a")

    def press_with_control(self, letter: str) -> None:
        """Press Ctrl and `letter` together."""
        control = self._display.keysym_to_keycode(XK.XK_Control_L)
        key = self._display.keysym_to_keycode(XK.string_to_keysym(letter))
        for keycode, down in ((control, True), (key, True), (key, False), (control, False)):
            self._device.key(keycode, down)
        self._display.sync()

    def type(self, text: str, *, pause_s: float = 0.01) -> list[float]:
        """Type `text`; return when each key went down (Unix seconds)."""
        pressed = []
        for character in text:
            pressed.append(self.press(_NAMES.get(character, character)))
            time.sleep(pause_s)
        return pressed

    def colours_near(self, x: int, y: int, reach: int) -> set[tuple[int, int, int]]:
        """Return the colours (red, green, blue) to be seen within `reach` pixels of (x, y), on a display of 24 bits."""
        size = 2 * reach
        image = self._display.screen().root.get_image(x - reach, y - reach, size, size, X.ZPixmap, 0xFFFFFFFF)
        pixels = image.data
        return {(pixels[at + 2], pixels[at + 1], pixels[at]) for at in range(0, len(pixels), 4)}

    def take_picture(self, path: Path) -> None:
        """Write what the display shows to `path` (PNG)."""
        subprocess.run(["import", "-display", self.name, "-window", "root", str(path)], check=True, timeout=30)

    def close(self) -> None:
        """Let go of the display."""
        self._display.close()
