import threading

from PySide6.QtCore import Qt

from technician_app.bridge.frame_slot import FrameSlot
from technician_app.controllers.session_state import Frame


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
