"""One X display for all these tests, and a fresh window for each."""

from collections.abc import Iterator

import pytest
from customer_stage import Stage, set_desktop_dpi

from demo.virtual_display import virtual_display


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with virtual_display(1280, 720, 24) as name:
        yield name


@pytest.fixture
def screen(display: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DISPLAY", display)
    set_desktop_dpi(96)
    return display


@pytest.fixture
def stage(screen: str) -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.end()
