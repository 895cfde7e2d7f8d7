"""Around the customer's picture: scroll bars when it is larger than the window, and the figures in its corner."""

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from technician_app.controllers.session_state import PictureFigures
from technician_app.views.figures_overlay import FiguresOverlay
from technician_app.views.picture_zoom import Magnification, Zoom
from technician_app.views.remote_view import RemoteView
from technician_app.views.shown_picture import LETTERBOX

FIGURES_INTERVAL_MS = 500


class RemoteArea(QScrollArea):
    """Holds the RemoteView: without scroll bars when fitted, with them pixel by pixel and at other scales.

    Signals:
        zoomed: the picture is shown at another Magnification.
    """

    zoomed = Signal(object)

    def __init__(self, view: RemoteView) -> None:
        super().__init__()
        self.setObjectName("remoteArea")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setWidget(view)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, LETTERBOX)
        self.viewport().setPalette(palette)
        self.view = view
        self.magnification = Magnification()
        self._figures = PictureFigures()
        self.overlay = FiguresOverlay(self.viewport())
        self._refresh = QTimer(self, interval=FIGURES_INTERVAL_MS)
        self._refresh.timeout.connect(self._show_newest_figures)

    def set_zoom(self, zoom: Zoom, percent: int = 100, *, bars: bool = True) -> None:
        """Show the picture fitted, or at `percent` of pixel by pixel; without `bars` there are no scroll bars."""
        self.magnification = Magnification(zoom, percent)
        never, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        shown = needed if zoom is Zoom.ACTUAL and bars else never
        self.setHorizontalScrollBarPolicy(shown)
        self.setVerticalScrollBarPolicy(shown)
        self.view.set_zoom(zoom, percent)
        self.zoomed.emit(self.magnification)

    def step_zoom(self, up: bool, at: QPointF | None = None) -> None:
        """Show the picture a step larger or smaller; what is `at` this point of the view stays there if it can."""
        size, before = self.view.frame_size, self.view.picture_area
        if size is None or before.width <= 0:
            return
        now = before.width * self.devicePixelRatioF() / size[0] * 100
        step = self.magnification.stepped(up, now_percent=now)
        if step == self.magnification:
            return
        point = at or QPointF(self.viewport().rect().center() - self.view.pos())
        inside = self.view.mapTo(self.viewport(), point)
        across, down = (point.x() - before.left) / before.width, (point.y() - before.top) / before.height
        self.set_zoom(step.zoom, step.percent)
        self.view.resize(self.view.minimumSize().expandedTo(self.viewport().size()))
        after = self.view.picture_area
        self.horizontalScrollBar().setValue(round(after.left + across * after.width - inside.x()))
        self.verticalScrollBar().setValue(round(after.top + down * after.height - inside.y()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, scroll without. While control is granted the wheel is the customer's."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.step_zoom(event.angleDelta().y() > 0, self.view.mapFromGlobal(event.globalPosition()))
            event.accept()
        else:
            super().wheelEvent(event)

    def holds_every_pixel(self, width: int, height: int) -> bool:
        """Say whether a picture of this size fits pixel by pixel, without scroll bars."""
        ratio = self.devicePixelRatioF()
        return width <= round(self.width() * ratio) and height <= round(self.height() * ratio)

    def set_figures(self, figures: PictureFigures) -> None:
        """Keep the newest figures for the overlay."""
        self._figures = figures

    def show_figures(self, shown: bool) -> None:
        """Show or hide the figures over the picture."""
        if shown:
            self._show_newest_figures()
            self._refresh.start()
        else:
            self._refresh.stop()
        self.overlay.setVisible(shown)
        self.overlay.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the figures in their corner."""
        super().resizeEvent(event)
        self.overlay.place()

    def _show_newest_figures(self) -> None:
        self.overlay.show_figures(self._figures, self.view.decode_ms, self.view.paint_ms)
