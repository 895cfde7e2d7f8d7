import itertools
import threading
import time

import pytest

from customer_client.capture.change import row_changed_outside
from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.source import Picture
from customer_client.capture.watch import DamageWatch
from customer_client.capture.x11_source import X11Source
from demo.virtual_display import virtual_display
from protocol.picture.geometry import Rect
from tests.support.pattern_source import PatternSource
from tests.support.x11_drawing import DrawingProgram
from tests.support.x11_server_changes import change_resolution, cut_off_other_clients

DEADLINE_S = 10.0


@pytest.fixture(scope="module")
def display_name():
    with virtual_display(320, 240) as name:
        yield name


@pytest.fixture
def program(display_name):
    made = DrawingProgram(display_name)
    yield made
    made.close()


@pytest.fixture
def source(display_name):
    made = X11Source(display_name)
    yield made
    made.close()


@pytest.fixture
def grabber(source):
    made = ScreenGrabber(source, max_fps=100)
    made.start()
    yield made
    made.stop()


def test_the_first_picture_is_damaged_all_over(grabber):
    assert grabber.take_newest(DEADLINE_S).damage == (Rect(0, 0, 320, 240),)


def test_drawing_on_a_still_screen_wakes_the_grabber(grabber, program):
    before = _filled(grabber, program, 0)
    program.fill(16, 32, 8, 16, 0xFFFFFF)
    program.sync()
    after = grabber.take_newest(DEADLINE_S)
    assert row_changed_outside(after.damage, before.picture, after.picture) is None
    assert all(Rect(0, 32, 320, 16).contains(area) for area in after.damage)


def test_a_still_screen_is_not_looked_at(grabber, program):
    _filled(grabber, program, 0x010101)
    looks = grabber.looks
    assert grabber.take_newest(0.3) is None
    assert grabber.looks - looks <= 1


def test_drawing_what_is_there_already_is_no_change(grabber, program):
    _filled(grabber, program, 0x123456)
    changes = grabber.changes
    program.fill(10, 10, 50, 50, 0x123456)
    program.sync()
    assert grabber.take_newest(0.2) is None
    assert grabber.changes == changes


def test_whoever_takes_late_gets_the_damage_of_all_pictures_between(grabber, program):
    first = _filled(grabber, program, 0)
    for row in (10, 70, 130):
        changed = threading.Event()
        grabber.set_listener(changed.set)
        program.fill(row, row, 5, 5, 0xFFFFFF)
        program.sync()
        assert changed.wait(DEADLINE_S)
    newest = grabber.take_newest(DEADLINE_S)
    assert row_changed_outside(newest.damage, first.picture, newest.picture) is None
    assert {area.y // 16 for area in newest.damage} == {0, 4, 8}


def test_nothing_is_read_while_paused_and_everything_afterwards(grabber, program):
    _filled(grabber, program, 0x010101)
    grabber.pause()
    looks = grabber.looks
    program.fill(0, 0, 320, 240, 0x777777)
    program.sync()
    grabber.refresh()
    assert grabber.take_newest(0.1) is None
    assert grabber.looks - looks <= 1
    grabber.resume()
    again = grabber.take_newest(DEADLINE_S)
    assert again.damage == (Rect(0, 0, 320, 240),)
    assert again.picture.pixels[0] == 0x77


def test_stopping_does_not_wait_for_damage(source):
    grabber = ScreenGrabber(source)
    grabber.start()
    grabber.take_newest(DEADLINE_S)
    began = time.monotonic()
    grabber.stop()
    # Well before the next check of a still screen.
    assert time.monotonic() - began < 1.5


def test_a_display_that_is_turned_gives_a_whole_new_picture_without_a_restart():
    with virtual_display(640, 640) as name:
        source, program = X11Source(name), DrawingProgram(name)
        grabber = ScreenGrabber(source, max_fps=100)
        grabber.start()
        grabber.take_newest(DEADLINE_S)
        change_resolution(program.display, 480, 640)
        turned = _until(grabber, lambda captured: captured.picture.width == 480)
        assert turned.damage == (Rect(0, 0, 480, 640),)
        program.fill(300, 600, 10, 10, 0xFF)
        program.sync()
        assert grabber.take_newest(DEADLINE_S) is not None
        grabber.stop()
        program.close()
        source.close()


def test_the_check_never_distrusts_a_display_that_reports_everything(source, display_name):
    times = itertools.count(step=100.0)
    watch = DamageWatch(source, lambda: next(times))
    drawing = threading.Thread(target=_draw, args=(display_name,))
    drawing.start()
    while drawing.is_alive():
        watch.look(afresh=False)
    drawing.join()
    assert not watch.caught


def _draw(display_name):
    program = DrawingProgram(display_name)
    for step in range(800):
        program.fill(step * 7 % 300, step * 3 % 220, 20, 9, step * 0x050301 % 0x1000000)
        program.move(step % 200, step % 150, 90, 60, step * 5 % 200, step * 11 % 150)
        if step % 3 == 0:
            program.sync()
    program.close()


def test_an_outage_is_told_once_and_the_picture_comes_back():
    with virtual_display(320, 240) as name:
        source, program, faults = X11Source(name), DrawingProgram(name), []
        grabber = ScreenGrabber(source, max_fps=100, on_fault=faults.append)
        grabber.start()
        _filled(grabber, program, 0)
        cut_off_other_clients(program.display)
        program.fill(0, 0, 40, 40, 0xFF)
        program.sync()
        after = _until(grabber, lambda captured: captured.picture.pixels[0] == 0xFF)
        assert all(Rect(0, 0, 320, 48).contains(area) for area in after.damage)
        program.fill(0, 0, 40, 40, 0xAA)
        program.sync()
        _until(grabber, lambda captured: captured.picture.pixels[0] == 0xAA)
        assert [fault and fault.code for fault in faults] == ["display_gone", None]
        grabber.stop()
        program.close()
        source.close()


class _ForgetfulSource(PatternSource):
    """Knows damage, but leaves it out when something is drawn."""

    def __init__(self):
        super().__init__()
        self._taken = None
        self._woken = threading.Event()

    def take(self, *, everything=False):
        if self._taken is None or everything:
            first, self._taken = self._taken is None, self.grab()
            return self._taken, (Rect(0, 0, *self.size),) if first else ()
        return self._taken, ()

    def wait_for_damage(self, timeout_s):
        self._woken.wait(timeout_s)
        self._woken.clear()
        return False

    def wake(self):
        self._woken.set()


def test_drawing_that_is_not_reported_is_found_by_the_check_and_the_reports_are_distrusted():
    now = 0.0
    source = _ForgetfulSource()
    watch = DamageWatch(source, lambda: now)
    before = watch.look(afresh=False).picture
    source.draw(20, 255)
    assert watch.look(afresh=False) is None
    now = 2.5
    found = watch.look(afresh=False)
    assert watch.caught
    assert isinstance(found.picture, Picture)
    assert row_changed_outside(found.damage, before, found.picture) is None


def test_a_source_that_left_drawing_out_is_compared_from_then_on(monkeypatch):
    monkeypatch.setattr("customer_client.capture.watch.FIRST_CHECK_AFTER_S", 0.05)
    source = _ForgetfulSource()
    grabber = ScreenGrabber(source, max_fps=100)
    grabber.start()
    grabber.take_newest(DEADLINE_S)
    for value in (1, 2, 3):
        source.draw(20, value)
        seen = _until(grabber, lambda captured, value=value: captured.picture.pixels[20 * 64 * 4] == value)
        assert seen.damage
    grabber.stop()


def test_compared_sources_name_the_bands_that_changed():
    source = PatternSource()
    grabber = ScreenGrabber(source, max_fps=100)
    grabber.start()
    assert grabber.take_newest(DEADLINE_S).damage == (Rect(0, 0, 64, 48),)
    source.draw(20, 1)
    assert grabber.take_newest(DEADLINE_S).damage == (Rect(0, 16, 64, 16),)
    grabber.stop()


def _filled(grabber, program, color):
    """Fill the screen; return the picture that shows it, after which nothing is left to tell."""
    program.fill(0, 0, 320, 240, color ^ 1)
    program.fill(0, 0, 320, 240, color)
    program.sync()
    return _until(grabber, lambda captured: captured.picture.pixels[0] == color & 255)


def _until(grabber, wanted):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        captured = grabber.take_newest(0.1)
        if captured is not None and wanted(captured):
            return captured
    raise AssertionError("no such picture came")
