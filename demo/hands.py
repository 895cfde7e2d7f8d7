"""A pair of hands on one X display: real clicks and keys, as a person's mouse and keyboard make them (XTEST)."""

import subprocess
import time
from pathlib import Path

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

_NAMES = {" ": "space", "\n": "Return", "-": "minus", ".": "period", ",": "comma", "!": "exclam", "?": "question"}
_NAMES |= {":": "colon", "/": "slash", "'": "apostrophe", "_": "underscore", "+": "plus", "@": "at", "#": "numbersign"}


class Hands:
    """Real input events on `display` (such as ":99"), and pictures of it."""

    def __init__(self, display: str) -> None:
        self.name = display
        self._display = Display(display)

    def move(self, x: int, y: int) -> None:
        """Move the pointer to (x, y) in pixels of the display."""
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        self._display.sync()

    def click(self, x: int, y: int) -> None:
        """Click the primary button at (x, y) in pixels of the display."""
        self.move(x, y)
        xtest.fake_input(self._display, X.ButtonPress, 1)
        xtest.fake_input(self._display, X.ButtonRelease, 1)
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
            xtest.fake_input(self._display, X.KeyPress, shift)
        xtest.fake_input(self._display, X.KeyPress, keycode)
        xtest.fake_input(self._display, X.KeyRelease, keycode)
        if needs_shift:
            xtest.fake_input(self._display, X.KeyRelease, shift)
        self._display.sync()
        return at

    def select_all(self) -> None:
        """Press Ctrl+A, so that what is typed next replaces what a field holds."""
        control = self._display.keysym_to_keycode(XK.XK_Control_L)
        letter = self._display.keysym_to_keycode(XK.XK_a)
        for kind, keycode in (
            (X.KeyPress, control),
            (X.KeyPress, letter),
            (X.KeyRelease, letter),
            (X.KeyRelease, control),
        ):
            xtest.fake_input(self._display, kind, keycode)
        self._display.sync()

    def type(self, text: str, *, pause_s: float = 0.01) -> list[float]:
        """Type `text`; return when each key went down (Unix seconds)."""
        pressed = []
        for character in text:
            pressed.append(self.press(_NAMES.get(character, character)))
            time.sleep(pause_s)
        return pressed

    def take_picture(self, path: Path) -> None:
        """Write what the display shows to `path` (PNG)."""
        subprocess.run(["import", "-display", self.name, "-window", "root", str(path)], check=True, timeout=30)

    def close(self) -> None:
        """Let go of the display."""
        self._display.close()
