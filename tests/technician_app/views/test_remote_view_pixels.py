"""What is really on a real X display: each pixel compared with the frame buffer, after many partial changes."""

import shutil
import time
from contextlib import contextmanager
from random import Random

import mss
import pytest

from demo.virtual_display import virtual_desktop
from technician_app.views.full_screen import FIRST_LOOK_MS
from tests.support.picture_stage import Stage

TOOLS = ("Xvfb", "openbox")
pytestmark = pytest.mark.skipif(not all(shutil.which(tool) for tool in TOOLS), reason="needs Xvfb and openbox")
SIZE = (1280, 800)
LARGE = (1920, 1200)


@contextmanager
def stage(scale: str = "1", size: tuple[int, int] = SIZE, screen: tuple[int, int] = SIZE):
    with virtual_desktop(*screen) as display:
        shown = Stage(display, size, scale)
        try:
            yield shown, lambda: screenshot(display)
        finally:
            shown.close()


def screenshot(display: str) -> bytes:
    with mss.MSS(display=display) as grabber:
        return bytes(grabber.grab(grabber.monitors[0]).raw)


def differing(one: bytes | bytearray, other: bytes | bytearray) -> int:
    assert len(one) == len(other)
    return sum(
        one[at : at + 3] != other[at : at + 3]
        for start in range(0, len(one), 4096)
        if one[start : start + 4096] != other[start : start + 4096]
        for at in range(start, min(start + 4096, len(one)), 4)
    )


def worst_difference(one: bytes, other: bytes) -> int:
    """Return the largest difference of any colour of any pixel."""
    assert len(one) == len(other)
    planes = [(one[colour::4], other[colour::4]) for colour in range(3)]
    return max(abs(a - b) for ones, others in planes for a, b in zip(ones, others, strict=True))


def some_changes(shown: Stage) -> None:
    """Typed letters, a page, a column, single pixels at the edges, forty tiles at once."""
    width, height = shown.size
    random = Random(3)
    shown.noise(2, (100, 100, 9, 17))
    shown.noise(3, (0, 0, 1, 1), (width - 1, height - 1, 1, 1), (0, height - 1, 1, 1))
    shown.noise(4, (331, 0, 7, height))
    shown.noise(5, *((random.randrange(width - 64), random.randrange(height - 32), 64, 32) for _ in range(40)))
    for seed in range(6, 16):
        shown.noise(seed, (random.randrange(width - 9), random.randrange(height - 17), 9, 17))


def fill_screen(shown: Stage) -> None:
    shown.do("press", "fullScreenButton")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and shown.do("bar") != [False]:
        time.sleep(FIRST_LOOK_MS / 10_000)
    assert shown.do("bar") == [False]


@pytest.mark.parametrize(
    ("scale", "screen"), [("1", SIZE), ("1.25", SIZE), ("1.5", SIZE), ("1.75", LARGE), ("2", LARGE)]
)
def test_full_screen_shows_exactly_the_frame_buffer(scale, screen):
    with stage(scale, screen, screen) as (shown, grab):
        shown.noise(1, (0, 0, *screen))
        fill_screen(shown)
        some_changes(shown)
        assert differing(grab(), shown.pixels) == 0


@pytest.mark.parametrize(
    ("scale", "size"), [("1", (1920, 1080)), ("1", (640, 480)), ("1.5", SIZE), ("2", (1920, 1080))]
)
def test_painting_the_changes_gives_what_painting_everything_gives(scale, size):
    with stage(scale, size) as (shown, grab):
        shown.noise(1, (0, 0, *size))
        some_changes(shown)
        after_changes = grab()
        shown.do("repaint")
        # Qt scales in fixed point from the left edge of what it paints: over a screen's width that adds up to a
        # hundredth of a pixel, which is a few levels between black and white
        assert worst_difference(after_changes, grab()) <= 6


def test_the_pointer_is_drawn_where_it_is_and_leaves_nothing_behind():
    with stage() as (shown, grab):
        shown.noise(1, (0, 0, *SIZE))
        fill_screen(shown)
        shown.do("cursor", 100, 100, 16)
        shown.do("cursor", 640, 400, 16)
        screen = grab()
        assert differing(screen, shown.pixels) == 16 * 16
        at = (400 * SIZE[0] + 640) * 4
        assert screen[at : at + 3] == b"\x00\x00\xff"
        shown.do("cursor", SIZE[0], 100, 16)
        assert differing(grab(), shown.pixels) == 0
