import threading
import time

import pytest

from customer_client.capture.grabber import ScreenGrabber
from protocol.errors import EnvironmentFault
from tests.support.pattern_source import PatternSource

DEADLINE_S = 10.0


@pytest.fixture
def source():
    return PatternSource()


@pytest.fixture
def grabber(source):
    made = ScreenGrabber(source, max_fps=200)
    made.start()
    yield made
    made.stop()


def test_the_first_picture_counts_as_changed(grabber):
    assert grabber.take_newest(DEADLINE_S).number == 1


def test_a_still_screen_gives_nothing_more(grabber, source):
    grabber.take_newest(DEADLINE_S)
    _wait_for_looks(grabber, source, 5)
    assert grabber.take_newest() is None
    assert grabber.changes == 1


def test_a_late_taker_gets_the_newest_picture_and_only_that(grabber, source):
    grabber.take_newest(DEADLINE_S)
    for value in range(1, 4):
        changed = _listen(grabber)
        source.draw(20, value)
        assert changed.wait(DEADLINE_S)
    newest = grabber.take_newest()
    assert newest.picture.pixels[20 * newest.picture.stride] == 3
    assert grabber.take_newest() is None


def test_refresh_gives_the_same_screen_again(grabber):
    first = grabber.take_newest(DEADLINE_S)
    grabber.refresh()
    again = grabber.take_newest(DEADLINE_S)
    assert bytes(again.picture.pixels) == bytes(first.picture.pixels)
    assert again.number == first.number + 1


def test_paused_means_that_no_picture_is_taken(grabber, source):
    grabber.take_newest(DEADLINE_S)
    grabber.pause()
    source.draw(3, 99)
    # The look that may have been under way is dropped; after it there is none.
    assert grabber.take_newest(0.05) is None
    looks = source.grabs
    grabber.expect_change()
    grabber.refresh()
    assert grabber.take_newest(0.15) is None
    assert source.grabs == looks
    grabber.resume()
    assert grabber.take_newest(DEADLINE_S).picture.pixels[3 * 64 * 4] == 99


def test_a_picture_waiting_when_paused_is_dropped(grabber, source):
    changed = _listen(grabber)
    grabber.refresh()
    assert changed.wait(DEADLINE_S)
    grabber.pause()
    assert grabber.take_newest() is None


def test_an_outage_is_reported_once_and_capture_comes_back(source):
    faults, told = [], threading.Event()
    grabber = ScreenGrabber(source, max_fps=200, on_fault=lambda fault: (faults.append(fault), told.set()))
    source.fault = EnvironmentFault("off", code="display_gone")
    grabber.start()
    assert told.wait(DEADLINE_S)
    assert grabber.fault is source.fault
    source.fault = None
    assert grabber.take_newest(DEADLINE_S) is not None
    assert grabber.fault is None
    assert [fault and fault.code for fault in faults] == ["display_gone", None]
    grabber.stop()


def test_a_new_size_counts_as_a_change(grabber, source):
    grabber.take_newest(DEADLINE_S)
    source.size = (32, 20)
    assert grabber.take_newest(DEADLINE_S).picture.width == 32


def test_announcing_changes_all_the_time_does_not_exceed_the_frame_rate():
    source = PatternSource()
    grabber = ScreenGrabber(source, max_fps=10)
    grabber.start()
    began = time.monotonic()
    grabber.take_newest(DEADLINE_S)
    for _ in range(20):
        grabber.expect_change()
        grabber.take_newest(0.01)
    assert source.grabs <= 2 + 10 * (time.monotonic() - began)
    grabber.stop()


def test_stop_joins_the_thread_and_ends_a_waiting_taker(source):
    grabber = ScreenGrabber(source)
    grabber.start()
    grabber.take_newest(DEADLINE_S)
    got = []
    waiting = threading.Thread(target=lambda: got.append(grabber.take_newest(DEADLINE_S)))
    waiting.start()
    grabber.stop()
    waiting.join(DEADLINE_S)
    assert got == [None]
    assert "screen-grabber" not in {thread.name for thread in threading.enumerate()}
    grabber.stop()


def test_stop_before_start_is_harmless(source):
    ScreenGrabber(source).stop()


def _listen(grabber):
    changed = threading.Event()
    grabber.set_listener(changed.set)
    return changed


def _wait_for_looks(grabber, source, more):
    target = source.grabs + more
    for _ in range(1000):
        if source.grabs >= target:
            return
        grabber.expect_change()
        threading.Event().wait(0.01)
    raise AssertionError("the grabber stopped looking")
