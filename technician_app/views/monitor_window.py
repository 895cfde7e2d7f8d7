"""One window for each of the customer's screens: each shows its part of the picture of all of them. GUI thread."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from protocol.messages.displays import ListedDisplay
from technician_app.models.received_text import shown_line
from technician_app.views.drawing_hand import DrawingHand
from technician_app.views.parts import named
from technician_app.views.picture_geometry import fitted
from technician_app.views.remote_view import RemoteView
from technician_app.views.shown_picture import LETTERBOX

_LAST_PLACE = 65535


class MonitorView(QWidget):
    """Paints `part` (pixels of the shared picture) of what `view` shows, as large as it fits."""

    def __init__(self, view: RemoteView, part: QRect) -> None:
        super().__init__()
        named(self, "monitorView", "One of the customer's screens")
        self._view = view
        self.part = part
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        view.picture_changed.connect(self.update)

    def place_at(self, point: QPointF) -> tuple[int, int] | None:
        """Return the place (each 0..65535) of the whole shared picture at `point`; None beside the picture."""
        area, whole = self._area(), self._view.frame_size
        if whole is None or not area.contains(point):
            return None
        x = self.part.left() + (point.x() - area.left()) * self.part.width() / area.width()
        y = self.part.top() + (point.y() - area.top()) * self.part.height() / area.height()
        width, height = whole
        return _place(x, width), _place(y, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw this screen's part of the picture."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), LETTERBOX)
        whole, size = self._view.frame_size, self._view.picture.size
        if whole is None or size is None:
            painter.fillRect(self.rect(), QColor("#101216"))
            return
        # on a thin line the picture may have half the sides
        across, down = size[0] / whole[0], size[1] / whole[1]
        left, top = self.part.left() * across, self.part.top() * down
        part = QRectF(left, top, self.part.width() * across, self.part.height() * down)
        self._view.picture.paint_part(painter, part, self._area())

    def _area(self) -> QRectF:
        area = fitted(self.part.width(), self.part.height(), self.width(), self.height())
        return QRectF(area.left, area.top, area.width, area.height)


class MonitorWindow(QMainWindow):
    """A window with one screen; the technician points and draws in it as in the session's own window.

    Signals:
        closed: by the technician.
    """

    closed = Signal()

    def __init__(self, view: RemoteView, display: ListedDisplay, part: QRect, ticket: str) -> None:
        super().__init__()
        self.setObjectName("monitorWindow")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{shown_line(display.name, 40)} - {shown_line(ticket, 40)}")
        self.display_id = display.id
        self.view = MonitorView(view, part)
        self.hand = DrawingHand(self.view, self.view)
        self.setCentralWidget(self.view)
        self.resize(960, 600)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that it is gone."""
        self.hand.hide_pointer()
        self.closed.emit()
        event.accept()


def _place(pixel: float, pixels: int) -> int:
    last = max(1, pixels - 1)
    return round(max(0, min(last, int(pixel))) * _LAST_PLACE / last)
