"""The observer: it finds the picture on a display, sees each number once, and knows exact from nearly exact."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from benchmarks.picture.observer import Observer
from benchmarks.picture.surface import WindowSurface, draw_mark
from demo.virtual_display import virtual_display

SIZE = (640, 480)


@pytest.fixture
def windows() -> Iterator[tuple[WindowSurface, WindowSurface, Observer]]:
    with ExitStack() as stack:
        displays = [stack.enter_context(virtual_display(*SIZE)) for _ in range(2)]
        source, viewer = (WindowSurface(display) for display in displays)
        observer = Observer(displays[1], displays[0])
        for one in (source, viewer, observer):
            stack.callback(one.close)
        yield source, viewer, observer


def show(surface: WindowSurface, number: int, colour: int) -> None:
    surface.fill((0, 0, *SIZE), colour)
    surface.show((0, 0, *SIZE))
    draw_mark(surface, number)
    surface.sync()


def test_numbers_are_seen_once_each_and_exactness_is_of_every_pixel(
    windows: tuple[WindowSurface, WindowSurface, Observer],
) -> None:
    source, viewer, observer = windows
    assert observer.answer({"ask": "locate"}) == {"found": False}
    show(source, 7, 0x336699)
    show(viewer, 7, 0x336699)
    assert observer.answer({"ask": "locate"})["corner"] == (0, 0)
    observer.answer({"ask": "watch", "exact": "yes"})
    observer.look()
    observer.look()
    show(source, 8, 0x336699)
    show(viewer, 8, 0x33669A)
    observer.look()
    seen = observer.answer({"ask": "report"})
    assert [number for number, _ in seen["seen"]] == [7, 8]
    assert [number for number, _ in seen["exact"]] == [7]
    share = observer.answer({"ask": "compare"})["share"]
    assert share == (32 * 16 * 16) / (SIZE[0] * SIZE[1])


def test_the_picture_is_found_wherever_the_viewer_puts_it() -> None:
    with virtual_display(*SIZE) as small, virtual_display(800, 600) as large:
        source, viewer = WindowSurface(small), WindowSurface(large)
        observer = Observer(large, small)
        show(source, 9, 0)
        draw_mark(viewer, 9)
        viewer.sync()
        found = observer.answer({"ask": "locate"})
        for one in (observer, source, viewer):
            one.close()
    assert found["corner"] == (0, 576 - 464)
    assert found["rows"] == 16
