import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from protocol.errors import LocalError
from protocol.messages.input import AllReleased, Button, ButtonChanged, KeyChanged, TextTyped, WheelTurned
from technician_app.controllers.session_state import Frame
from technician_app.views.remote_area import RemoteArea
from technician_app.views.remote_view import RemoteView, Zoom

REPOSITORY = Path(__file__).resolve().parents[3]


def picture(width: int, height: int, colour: tuple[int, int, int] = (10, 20, 200), padding: int = 0) -> Frame:
    """A frame of one (red, green, blue) colour; `padding` extra bytes end each row."""
    red, green, blue = colour
    row = bytes((blue, green, red, 255)) * width + bytes(padding)
    return Frame(width, height, len(row), row * height)


class Shown:
    """A RemoteView of 400x300 with everything it emitted."""

    def __init__(self, qtbot):
        self.frames = [picture(800, 400)]
        self.view = RemoteView(lambda: self.frames.pop() if self.frames else None)
        qtbot.addWidget(self.view)
        self.view.resize(400, 300)
        self.view.show()
        self.view.show_newest()
        self.sent, self.moves = [], []
        self.view.input_made.connect(self.sent.append)
        self.view.pointer_moved.connect(lambda x, y: self.moves.append((x, y)))


@pytest.fixture
def shown(qtbot):
    return Shown(qtbot)


def key(scan: int, text: str = "", *, down: bool = True, modifiers=Qt.KeyboardModifier.NoModifier, qt_key=0):
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    return QKeyEvent(kind, qt_key, modifiers, scan, 0, 0, text)


def test_the_picture_is_painted_fitted_between_letterbox(shown, qtbot):
    image = shown.view.grab().toImage()
    ratio = image.devicePixelRatio()
    assert image.pixelColor(int(200 * ratio), int(150 * ratio)).getRgb()[:3] == (10, 20, 200)
    assert image.pixelColor(int(200 * ratio), int(20 * ratio)).name() == "#101216"


def test_rows_with_padding_are_painted_straight(shown):
    shown.frames.append(picture(33, 20, (200, 0, 0), padding=28))
    shown.view.show_newest()
    image = shown.view.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2).getRgb()[:3] == (200, 0, 0)


def test_a_frame_shorter_than_it_says_is_refused_before_it_is_read(shown):
    shown.frames.append(Frame(800, 400, 3200, bytes(100)))
    with pytest.raises(LocalError):
        shown.view.show_newest()
    shown.view.grab()


def test_without_control_nothing_is_sent(shown, qtbot):
    qtbot.keyClicks(shown.view, "abc")
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseMove(shown.view, QPoint(100, 150))
    shown.view.set_granted(True)
    shown.view.set_granted(False)
    qtbot.keyClicks(shown.view, "abc")
    assert shown.sent == []
    assert shown.moves == []


def test_a_click_lands_where_it_was_made_and_the_letterbox_is_dead(shown, qtbot):
    shown.view.set_granted(True)
    qtbot.mouseClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseClick(shown.view, Qt.MouseButton.RightButton, pos=QPoint(200, 10))
    down, up = shown.sent
    assert (down.button, down.down, up.down) == (Button.PRIMARY, True, False)
    assert abs(down.x - 32768) < 100
    assert abs(down.y - 32768) < 200


def test_a_drag_out_of_the_picture_is_released_at_its_edge(shown, qtbot):
    shown.view.set_granted(True)
    qtbot.mousePress(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseRelease(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 299))
    assert shown.sent[-1] == ButtonChanged(button=Button.PRIMARY, down=False, x=shown.sent[0].x, y=65535)


def test_the_second_press_of_a_double_click_is_a_press(shown, qtbot):
    shown.view.set_granted(True)
    qtbot.mouseDClick(shown.view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    presses = [message.down for message in shown.sent]
    assert presses[-2:] == [True, False] or presses[-1:] == [True]


def test_many_moves_become_few_and_the_last_one_arrives(shown, qtbot):
    shown.view.set_granted(True)
    for x in range(100, 300):
        qtbot.mouseMove(shown.view, QPoint(x, 150))
    expected = round(598 / 799 * 65535)
    qtbot.waitUntil(lambda: bool(shown.moves) and abs(shown.moves[-1][0] - expected) < 2)
    assert len(shown.moves) < 200


def test_the_wheel_counts_right_and_up_as_positive(shown):
    shown.view.set_granted(True)
    place = QPointF(200, 150)
    event = QWheelEvent(
        place,
        place,
        QPoint(),
        QPoint(-120, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(shown.view, event)
    (turned,) = shown.sent
    assert isinstance(turned, WheelTurned)
    assert (turned.dx, turned.dy) == (120, 240)


def test_tab_and_arrows_go_to_the_customer(shown, qtbot):
    shown.view.set_granted(True)
    QApplication.sendEvent(shown.view, key(23, "\t", qt_key=Qt.Key.Key_Tab))
    QApplication.sendEvent(shown.view, key(111, qt_key=Qt.Key.Key_Up))
    assert shown.sent == [KeyChanged(code="Tab", down=True), KeyChanged(code="ArrowUp", down=True)]


def test_losing_focus_releases_everything_once(shown):
    shown.view.set_granted(True)
    QApplication.sendEvent(shown.view, key(50))
    QApplication.sendEvent(shown.view, QFocusEvent(QEvent.Type.FocusOut))
    QApplication.sendEvent(shown.view, key(50, down=False))
    assert shown.sent == [KeyChanged(code="ShiftLeft", down=True), AllReleased()]


def test_the_release_chord_stays_here_and_gives_control_back(shown, qtbot):
    shown.view.set_granted(True)
    chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(shown.view.release_wanted):
        QApplication.sendEvent(shown.view, key(27, "\x12", modifiers=chord, qt_key=Qt.Key.Key_R))
    assert shown.sent == [AllReleased()]


def test_composed_text_is_typed(shown):
    shown.view.set_granted(True)
    event = QInputMethodEvent()
    event.setCommitString("ñ漢")
    QApplication.sendEvent(shown.view, event)
    assert shown.sent == [TextTyped(text="ñ漢")]


def test_shortcuts_belong_to_the_customer_only_while_control_is_granted(shown):
    for granted in (False, True):
        shown.view.set_granted(granted)
        override = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier)
        override.ignore()
        QApplication.sendEvent(shown.view, override)
        assert override.isAccepted() is granted


def test_actual_size_scrolls_and_fit_does_not(qtbot):
    frames = [picture(800, 400)]
    view = RemoteView(lambda: frames.pop() if frames else None)
    area = RemoteArea(view)
    qtbot.addWidget(area)
    area.resize(300, 200)
    area.show()
    view.show_newest()
    area.set_zoom(Zoom.ACTUAL)
    qtbot.waitUntil(lambda: area.horizontalScrollBar().maximum() > 0)
    assert view.width() == 800
    area.set_zoom(Zoom.FIT)
    qtbot.waitUntil(lambda: view.width() <= 300)


SHARP = """
from PySide6.QtWidgets import QApplication
from technician_app.controllers.session_state import Frame
from technician_app.views.remote_view import RemoteView, Zoom

app = QApplication([])
black, white = bytes((0, 0, 0, 255)), bytes((255, 255, 255, 255))
rows = [b"".join((white if (x + y) % 2 else black) for x in range(200)) for y in range(100)]
frames = [Frame(200, 100, 800, b"".join(rows))]
view = RemoteView(lambda: frames.pop() if frames else None)
view.set_zoom(Zoom.ACTUAL)
view.show_newest()
view.resize(100, 50)
image = view.grab().toImage()
assert (image.width(), image.height()) == (200, 100), image.size()
wrong = sum(image.pixelColor(x, y).red() != (255 if (x + y) % 2 else 0) for x in range(200) for y in range(100))
print("wrong pixels:", wrong)
"""


def test_actual_size_is_sharp_on_a_display_with_two_device_pixels_a_point():
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run(
        [sys.executable, "-c", SHARP], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout == "wrong pixels: 0\n", ran.stderr
