import queue
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from Xlib import X
from Xlib.display import Display as XDisplay
from Xlib.ext import xtest

from customer_client.capture.cursor import CursorMoved, CursorShape, shape_within_limits
from customer_client.capture.source import Display
from customer_client.capture.x11_cursor import X11CursorWatcher
from demo.virtual_display import virtual_display
from tests.support.x11_server_changes import cut_off_other_clients

DEADLINE_S = 10.0
SHARED = Display("left half", 0, 0, 320, 480, primary=True)
ARROW, CROSS = 68, 34


@pytest.fixture(scope="module")
def display_name():
    with virtual_display(640, 480) as name:
        yield name


@pytest.fixture
def desktop(display_name):
    made = XDisplay(display_name)
    yield made
    made.close()


@pytest.fixture
def told(display_name, desktop):
    changes = queue.SimpleQueue()
    _show(desktop, ARROW)
    desktop.screen().root.warp_pointer(10, 10)
    desktop.sync()
    watcher = X11CursorWatcher(lambda: SHARED, changes.put, display_name=display_name)
    watcher.resume()
    yield _Told(changes, watcher)
    watcher.stop()


class _Told:
    def __init__(self, changes, watcher):
        self.changes, self.watcher = changes, watcher

    def until(self, wanted):
        """Return the first change that is as wanted, dropping those before it."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            change = self.changes.get(timeout=max(0.01, deadline - time.monotonic()))
            if wanted(change):
                return change


def test_shape_and_place_are_told_at_the_beginning(told):
    seen = [told.changes.get(timeout=DEADLINE_S) for _ in range(2)]
    assert seen[0] == CursorMoved(10, 10, visible=True)
    shape = seen[1]
    assert len(shape.argb) == shape.width * shape.height * 4
    assert any(shape.argb)


def test_movement_is_told_and_another_display_makes_it_invisible(told, desktop):
    xtest.fake_input(desktop, X.MotionNotify, x=100, y=120)
    desktop.sync()
    told.until(lambda change: change == CursorMoved(100, 120, visible=True))
    xtest.fake_input(desktop, X.MotionNotify, x=400, y=120)
    desktop.sync()
    assert not told.until(lambda change: isinstance(change, CursorMoved) and change.x == 400).visible


def test_a_pointer_moved_by_a_program_is_found_as_well(told, desktop):
    desktop.screen().root.warp_pointer(200, 210)
    desktop.sync()
    told.until(lambda change: change == CursorMoved(200, 210, visible=True))


def test_another_shape_is_told_once(told, desktop):
    first = told.until(lambda change: isinstance(change, CursorShape))
    _show(desktop, CROSS)
    second = told.until(lambda change: isinstance(change, CursorShape))
    assert second.argb != first.argb
    assert second.serial != first.serial


def test_a_mouse_with_a_thousand_events_a_second_is_told_at_most_sixty_times(told, desktop):
    told.until(lambda change: isinstance(change, CursorShape))
    began = time.monotonic()
    for step in range(600):
        xtest.fake_input(desktop, X.MotionNotify, x=step % 300, y=step % 200)
        desktop.sync()
    xtest.fake_input(desktop, X.MotionNotify, x=310, y=310)
    desktop.sync()
    moves = 1
    while told.until(lambda change: isinstance(change, CursorMoved)) != CursorMoved(310, 310, visible=True):
        moves += 1
    assert moves <= 3 + 60 * (time.monotonic() - began)


def test_nothing_is_told_while_paused_and_all_of_it_when_resumed(told, desktop):
    told.until(lambda change: isinstance(change, CursorShape))
    told.watcher.pause()
    xtest.fake_input(desktop, X.MotionNotify, x=33, y=44)
    desktop.sync()
    told.watcher.resume()
    told.until(lambda change: change == CursorMoved(33, 44, visible=True))
    told.until(lambda change: isinstance(change, CursorShape))


def test_a_watcher_cut_off_tells_shape_and_place_anew():
    changes = queue.SimpleQueue()
    with virtual_display(320, 240) as name:
        desktop = XDisplay(name)
        watcher = X11CursorWatcher(lambda: SHARED, changes.put, display_name=name)
        watcher.resume()
        first = [changes.get(timeout=DEADLINE_S) for _ in range(2)]
        cut_off_other_clients(desktop)
        again = [changes.get(timeout=DEADLINE_S) for _ in range(2)]
        assert [type(change) for change in again] == [type(change) for change in first]
        watcher.stop()
        desktop.close()


def test_the_watcher_outlives_its_display():
    changes = queue.SimpleQueue()
    with virtual_display(320, 240) as name:
        watcher = X11CursorWatcher(lambda: SHARED, changes.put, display_name=name)
        watcher.resume()
        changes.get(timeout=DEADLINE_S)
    watcher.stop()
    watcher.stop()


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 400), st.integers(0, 400), st.integers(0, 2**32 - 1))
def test_every_shape_ends_within_its_limits(width, height, hot_x, hot_y, serial):
    shape = shape_within_limits(serial, width, height, hot_x, hot_y, bytes(width * height * 4))
    assert 1 <= shape.width <= 128
    assert 1 <= shape.height <= 128
    assert len(shape.argb) == shape.width * shape.height * 4 <= 65536
    assert 0 <= shape.hot_x < shape.width
    assert 0 <= shape.hot_y < shape.height


def test_a_small_shape_keeps_its_pixels_and_a_large_one_every_second():
    small = bytes(range(4 * 6))
    assert shape_within_limits(1, 2, 3, 1, 2, small) == CursorShape(1, 2, 3, 1, 2, small)
    large = b"".join(bytes((column, row, 0, 255)) for row in range(200) for column in range(200))
    shape = shape_within_limits(1, 200, 200, 100, 60, large)
    assert (shape.width, shape.height, shape.hot_x, shape.hot_y) == (100, 100, 50, 30)
    assert shape.argb[4:8] == bytes((2, 0, 0, 255))


def _show(desktop, glyph):
    font = desktop.open_font("cursor")
    cursor = font.create_glyph_cursor(font, glyph, glyph + 1, (65535, 65535, 65535), (0, 0, 0))
    desktop.screen().root.change_attributes(cursor=cursor)
    desktop.sync()
