"""The six scenes: what a screen shows while somebody works, the same on every run. Pure; drawn on a `Surface`.

The top 80 rows stay still in most scenes: the customer's bar lies there while the screen is shared.
"""

import random
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PIL import Image

from benchmarks.picture import artwork
from benchmarks.picture.mark import NUMBERS
from benchmarks.picture.surface import Box, Surface, draw_mark

SCREEN = (1920, 1080)
VIDEO = (640, 360)
VIDEO_FRAMES = 200
"""Eight seconds at 25 frames a second until the film begins again: longer than any run."""

SCROLL_STEP = 6
"""Pixels per frame: 360 a second."""

_EDITOR: Box = (160, 110, 1200, 900)
_TEXT_PIXELS = 18
_SCROLL_AREA: Box = (120, 100, 1000, 930)
_SCROLL_LENGTH = 6000
_DRAGGED = (900, 600)
_VIDEO_AT = (640, 300)


class Scene(Protocol):
    """One scene: how fast it goes, its first picture and each frame after it."""

    rate: float
    """Frames per second."""

    def load(self, surface: Surface) -> None:
        """Give the surface the pictures this scene needs."""

    def begin(self, surface: Surface) -> None:
        """Draw and show the whole screen as it is before the first frame."""

    def draw(self, surface: Surface, step: int) -> None:
        """Draw and show what frame `step` (from 0) changes."""


class _OnDesk:
    """A scene on top of a full picture called `background`."""

    background = "desk"

    def begin(self, surface: Surface) -> None:
        """Show the background alone."""
        _show_all(surface, self.background)


class IdleScene(_OnDesk):
    """A caret that blinks twice a second; nothing else moves."""

    rate = 2.0

    def load(self, surface: Surface) -> None:
        """Nothing beyond the desk."""

    def draw(self, surface: Surface, step: int) -> None:
        """Switch the caret."""
        caret = (_EDITOR[0] + 400, _EDITOR[1] + 300, 2, 24)
        surface.fill(caret, 0 if step % 2 == 0 else 0xFFFFFF)
        surface.show(caret)


class TypingScene(_OnDesk):
    """Ten characters a second in an editor."""

    rate = 10.0
    _left, _top, _columns = _EDITOR[0] + 24, _EDITOR[1] + 52, 96

    def __init__(self) -> None:
        self._cell = (round(artwork.font(artwork.MONO, _TEXT_PIXELS).getlength("m")), round(_TEXT_PIXELS * 1.4))

    def load(self, surface: Surface) -> None:
        """The text, written; typing uncovers it cell by cell."""
        chance = random.Random(11)
        width, height = self._cell
        text = " ".join(artwork.sentence(chance, 9) for _ in range(60))
        sheet = Image.new("RGB", (width * self._columns, height * 30), artwork.PAPER)
        for index, letter in enumerate(text[: self._columns * 30]):
            cell = artwork.glyph(letter, self._cell, _TEXT_PIXELS)
            sheet.paste(cell, (index % self._columns * width, index // self._columns * height))
        surface.load("typed", sheet)

    def draw(self, surface: Surface, step: int) -> None:
        """Show the next character."""
        width, height = self._cell
        place = step % (self._columns * 30)
        x, y = place % self._columns * width, place // self._columns * height
        surface.copy("typed", (x, y, width, height), self._left + x, self._top + y)
        surface.show((self._left + x, self._top + y, width, height))


class ScrollScene(_OnDesk):
    """A page of text that scrolls smoothly, 360 pixels a second, down and up again."""

    rate = 60.0

    def load(self, surface: Surface) -> None:
        """The page."""
        surface.load("page", artwork.text_block((_SCROLL_AREA[2], _SCROLL_LENGTH), 21, pixels=16))

    def begin(self, surface: Surface) -> None:
        """Show the top of the page on the desk."""
        super().begin(surface)
        self._scroll_to(surface, 0)

    def draw(self, surface: Surface, step: int) -> None:
        """Scroll on."""
        way = _SCROLL_LENGTH - _SCROLL_AREA[3]
        self._scroll_to(surface, _to_and_fro((step + 1) * SCROLL_STEP, way))

    def _scroll_to(self, surface: Surface, offset: int) -> None:
        left, top, width, height = _SCROLL_AREA
        surface.copy("page", (0, offset, width, height), left, top)
        surface.show(_SCROLL_AREA)


class DragScene(_OnDesk):
    """A window of 900x600 that is dragged over a photograph."""

    rate = 60.0
    background = "wallpaper"

    def load(self, surface: Surface) -> None:
        """The photograph and the window."""
        surface.load("wallpaper", artwork.photograph(SCREEN, 31, grain=2))
        surface.load("window", artwork.window(_DRAGGED, 32, "Quarterly report"))

    def begin(self, surface: Surface) -> None:
        """Show the window where the drag starts."""
        super().begin(surface)
        self._move(surface, self.place(0), self.place(0))

    def draw(self, surface: Surface, step: int) -> None:
        """Move the window on."""
        self._move(surface, self.place(step), self.place(step + 1))

    @staticmethod
    def place(step: int) -> tuple[int, int]:
        """Return the window's top-left corner after `step` frames."""
        return (40 + _to_and_fro(step * 7, 900), 100 + _to_and_fro(step * 3, 340))

    @staticmethod
    def _move(surface: Surface, old: tuple[int, int], new: tuple[int, int]) -> None:
        width, height = _DRAGGED
        left, top = min(old[0], new[0]), min(old[1], new[1])
        touched = (left, top, abs(old[0] - new[0]) + width, abs(old[1] - new[1]) + height)
        surface.copy("wallpaper", touched, left, top)
        surface.copy("window", (0, 0, width, height), *new)
        surface.show(touched)


class SwitchScene(_OnDesk):
    """A new full page every second: text, tables, photographs."""

    rate = 1.0

    def load(self, surface: Surface) -> None:
        """The six pages."""
        for index, page in enumerate(artwork.pages(SCREEN, 41)):
            surface.load(f"page {index}", page)

    def draw(self, surface: Surface, step: int) -> None:
        """Show the next page."""
        _show_all(surface, f"page {step % 6}")


class VideoScene(_OnDesk):
    """A film of 640x360 at 25 frames a second."""

    rate = 25.0

    def load(self, surface: Surface) -> None:
        """The film."""
        for index, frame in enumerate(artwork.video_frames(VIDEO, VIDEO_FRAMES, 51)):
            surface.load(f"film {index}", frame)

    def draw(self, surface: Surface, step: int) -> None:
        """Show the next frame of the film."""
        surface.copy(f"film {step % VIDEO_FRAMES}", (0, 0, *VIDEO), *_VIDEO_AT)
        surface.show((*_VIDEO_AT, *VIDEO))


SCENES: dict[str, type[IdleScene | TypingScene | ScrollScene | DragScene | SwitchScene | VideoScene]] = {
    "idle": IdleScene,
    "typing": TypingScene,
    "scroll": ScrollScene,
    "drag": DragScene,
    "switch": SwitchScene,
    "video": VideoScene,
}


@dataclass
class Theatre:
    """All scenes on one surface; every frame gets the next number."""

    surface: Surface
    number: int = 0

    def __post_init__(self) -> None:
        self.scenes: dict[str, Scene] = {name: build() for name, build in SCENES.items()}
        self.surface.load("desk", _desk())
        for scene in self.scenes.values():
            scene.load(self.surface)

    def begin(self, name: str) -> int:
        """Show the scene's first picture and return its frame number."""
        return self._finish(partial(self.scenes[name].begin, self.surface))

    def draw(self, name: str, step: int) -> int:
        """Show the scene's frame `step` and return its frame number."""
        return self._finish(partial(self.scenes[name].draw, self.surface, step))

    def _finish(self, draw: partial[None]) -> int:
        draw()
        self.number = (self.number + 1) % NUMBERS
        draw_mark(self.surface, self.number)
        self.surface.sync()
        return self.number


def _desk() -> Image.Image:
    desk = Image.new("RGB", SCREEN, "#dfe3e8")
    desk.paste(artwork.window((_EDITOR[2], _EDITOR[3]), 61, "Notes").crop((0, 0, _EDITOR[2], 34)), _EDITOR[:2])
    desk.paste(artwork.PAPER, (_EDITOR[0], _EDITOR[1] + 34, _EDITOR[0] + _EDITOR[2], _EDITOR[1] + _EDITOR[3]))
    desk.paste(artwork.text_block((480, 900), 62, pixels=14), (1400, 110))
    return desk


def _show_all(surface: Surface, name: str) -> None:
    width, height = surface.size
    surface.copy(name, (0, 0, width, height), 0, 0)
    surface.show((0, 0, width, height))


def _to_and_fro(distance: int, way: int) -> int:
    return way - abs(way - distance % (2 * way))
