"""One X display for each font resolution, and a fresh window for each."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator

import pytest
from customer_stage import Stage, set_desktop_dpi

from customer_client.ui.palette import LIGHT, Palette
from demo.virtual_display import virtual_display


@pytest.fixture(scope="session")
def display_with_dpi() -> Iterator[Callable[[int], str]]:
    """Names a display with this font resolution. Each has its own: a program reads the setting once per connection."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def named(dpi: int) -> str:
            name = running.enter_context(virtual_display(1280, 720, 24))
            set_desktop_dpi(name, dpi)
            return name

        yield named


@pytest.fixture
def dpi() -> int:
    """The font resolution of the display; a test that wants another one parametrizes it."""
    return 96


@pytest.fixture
def screen(display_with_dpi: Callable[[int], str], dpi: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DISPLAY", display_with_dpi(dpi))
    return os.environ["DISPLAY"]


@pytest.fixture
def open_stage(screen: str) -> Iterator[Callable[..., Stage]]:
    """Opens windows, and closes each of them after the test whatever happened."""
    with contextlib.ExitStack() as opened:

        def open_one(palette: Palette = LIGHT) -> Stage:
            stage = Stage(palette)
            opened.callback(stage.end)
            return stage

        yield open_one


@pytest.fixture
def stage(open_stage: Callable[..., Stage]) -> Stage:
    return open_stage()
