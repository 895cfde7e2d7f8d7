import threading

from PySide6.QtCore import Qt

from protocol.picture.geometry import Rect, bounds
from technician_app.bridge.frame_slot import CursorSlot, FrameSlot
from technician_app.controllers.session_state import CursorShape, Frame, PictureChange, RemoteCursor
from technician_app.picture.dirty import MAX_RECTS


def _frame(number: int) -> Frame:
    return Frame(number, 1, number * 4, bytes(number * 4))


def test_the_newest_frame_wins(qtbot):
    slot = FrameSlot()
    for number in range(1, 6):
        slot.put(_frame(number))
    taken = slot.take()
    assert taken is not None
    assert taken.width == 5
    assert slot.take() is None
    assert slot.replaced == 4


def test_a_burst_from_another_thread_wakes_the_gui_once_until_it_takes(qtbot):
    slot, woken = FrameSlot(), []
    slot.arrived.connect(lambda: woken.append(slot.take()), Qt.ConnectionType.QueuedConnection)
    burst = threading.Thread(target=lambda: [slot.put(_frame(number)) for number in range(1, 101)])
    burst.start()
    burst.join()
    qtbot.waitUntil(lambda: bool(woken))
    assert [frame.width for frame in woken] == [100]
    slot.put(_frame(7))
    qtbot.waitUntil(lambda: len(woken) == 2)
    assert woken[1].width == 7


def test_a_closed_slot_keeps_nothing(qtbot):
    slot = FrameSlot()
    slot.put(_frame(1))
    slot.close()
    slot.put(_frame(2))
    assert slot.take() is None


BUFFER = memoryview(bytes(100 * 100 * 4))


def _change(number: int, *rects: Rect, size: tuple[int, int] = (100, 100), buffer: memoryview = BUFFER):
    return PictureChange(rects, number, size, size[0] * 4, buffer, 1.0)


def test_changes_of_one_buffer_are_united_while_the_gui_is_busy(qtbot):
    slot = FrameSlot()
    slot.put(_change(1, Rect(0, 0, 10, 10)))
    slot.put(_change(2, Rect(50, 50, 10, 10)))
    slot.put(_change(3, Rect(10, 0, 10, 10)))
    taken = slot.take()
    assert (taken.number, taken.rects) == (3, (Rect(0, 0, 20, 10), Rect(50, 50, 10, 10)))
    assert taken.decode_ms == 3.0
    assert slot.take() is None


def test_another_size_another_buffer_or_a_frame_replaces_what_waits(qtbot):
    other = memoryview(bytes(100 * 100 * 4))
    newer = [_change(2, Rect(1, 1, 2, 2), size=(50, 50)), _change(2, Rect(1, 1, 2, 2), buffer=other), _frame(2)]
    for newest in newer:
        slot = FrameSlot()
        slot.put(_change(1, Rect(0, 0, 10, 10)))
        slot.put(newest)
        assert slot.take() == newest


def test_a_hundred_scattered_changes_stay_few_rectangles(qtbot):
    slot = FrameSlot()
    for number in range(100):
        slot.put(_change(number, Rect(number % 10 * 10, number // 10 * 10, 3, 3)))
    rects = slot.take().rects
    assert len(rects) <= MAX_RECTS
    assert bounds(rects) == Rect(0, 0, 93, 93)


def test_only_the_newest_pointer_reaches_the_gui(qtbot):
    slot, woken = CursorSlot(), []
    slot.arrived.connect(lambda: woken.append(slot.take()), Qt.ConnectionType.QueuedConnection)
    shape = CursorShape(1, 1, 1, 0, 0, bytes(4))
    for x in range(50):
        slot.put(RemoteCursor(shape, (x, 0)))
    qtbot.waitUntil(lambda: bool(woken))
    assert woken == [RemoteCursor(shape, (49, 0))]
    slot.close()
    slot.put(RemoteCursor(shape, (1, 1)))
    assert slot.take() is None
