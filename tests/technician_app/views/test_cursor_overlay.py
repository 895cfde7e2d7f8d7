import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from protocol.errors import LocalError
from technician_app.controllers.session_state import CursorShape, Frame, RemoteCursor
from technician_app.views.remote_view import RemoteView

RED = bytes((0, 0, 255, 255))
SHAPE = CursorShape(1, 10, 10, 5, 5, RED * 100)


class Shown:
    """A view of 400x300 with a black picture of 800x600 and the customer's pointer."""

    def __init__(self, qtbot):
        self.frames, self.cursors = [Frame(800, 600, 3200, bytes(3200 * 600))], []
        self.view = RemoteView(
            lambda: self.frames.pop() if self.frames else None, lambda: self.cursors.pop() if self.cursors else None
        )
        qtbot.addWidget(self.view)
        self.view.resize(400, 300)
        self.view.show()
        self.view.show_newest()

    def point(self, shape, position):
        self.cursors.append(RemoteCursor(shape, position))
        self.view.show_cursor()

    def red_at(self, x, y):
        return self.view.grab().toImage().pixelColor(x, y).red() > 200


@pytest.fixture
def shown(qtbot):
    return Shown(qtbot)


def test_the_hot_spot_is_where_the_customer_points_at_the_scale_of_the_picture(shown):
    shown.point(SHAPE, (400, 300))
    assert shown.red_at(200, 150)
    assert shown.red_at(198, 148)
    assert not shown.red_at(204, 154)
    shown.point(SHAPE, (0, 0))
    assert not shown.red_at(200, 150)
    assert shown.red_at(1, 1)


def test_a_hidden_pointer_is_not_drawn(shown):
    shown.point(SHAPE, None)
    shown.point(None, (400, 300))
    assert not shown.red_at(200, 150)


def test_while_controlling_ones_own_pointer_wears_the_customers_shape(shown):
    shown.point(SHAPE, (400, 300))
    shown.view.set_granted(True)
    QTest.mouseMove(shown.view, QPoint(100, 100))
    assert not shown.red_at(200, 150)
    assert shown.view.cursor().pixmap().size().width() == 10
    assert shown.view.cursor().hotSpot() == QPoint(5, 5)
    shown.point(CursorShape(2, 4, 4, 0, 0, RED * 16), (300, 300))
    assert shown.view.cursor().pixmap().size().width() == 4
    shown.view.set_granted(False)
    assert shown.red_at(151, 151)
    assert shown.view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_customers_pointer_is_seen_again_once_ones_own_has_left(shown):
    shown.point(SHAPE, (400, 300))
    shown.view.set_granted(True)
    QTest.mouseMove(shown.view, QPoint(100, 100))
    QApplication.sendEvent(shown.view, QEnterEvent(QPointF(), QPointF(), QPointF()))
    shown.view.leaveEvent(QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert shown.red_at(200, 150)


@pytest.mark.parametrize(
    "shape",
    [
        CursorShape(1, 10, 10, 5, 5, RED * 99),
        CursorShape(1, 300, 300, 0, 0, RED * 90000),
        CursorShape(1, 10, 10, 11, 0, RED * 100),
        CursorShape(1, -1, -1, 0, 0, RED),
    ],
)
def test_a_shape_that_is_not_what_it_says_is_refused_before_it_is_read(shown, shape):
    with pytest.raises(LocalError):
        shown.point(shape, (1, 1))


def test_the_hot_spot_stays_in_display_pixels_while_the_picture_is_smaller(shown):
    shown.view.set_display_size((1600, 1200))
    shown.point(SHAPE, (800, 600))
    assert shown.red_at(200, 150)
    assert not shown.red_at(203, 153)
    shown.point(SHAPE, (1200, 600))
    assert shown.red_at(300, 150)
