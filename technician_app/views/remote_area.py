"""Around the customer's picture: scroll bars when it is larger than the window, and the figures in its corner."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from technician_app.controllers.session_state import PictureFigures
from technician_app.views.figures_overlay import FiguresOverlay
from technician_app.views.remote_view import RemoteView, Zoom
from technician_app.views.shown_picture import LETTERBOX

FIGURES_INTERVAL_MS = 500


class RemoteArea(QScrollArea):
    """Holds the RemoteView: without scroll bars when fitted, with them pixel by pixel."""

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
        self.zoom = Zoom.FIT
        self._figures = PictureFigures()
        self.overlay = FiguresOverlay(self.viewport())
        self._refresh = QTimer(self, interval=FIGURES_INTERVAL_MS)
        self._refresh.timeout.connect(self._show_newest_figures)

    def set_zoom(self, zoom: Zoom, *, bars: bool = True) -> None:
        """Show the picture fitted, or pixel by pixel; without `bars` there are no scroll bars even then."""
        self.zoom = zoom
        never, needed = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        shown = needed if zoom is Zoom.ACTUAL and bars else never
        self.setHorizontalScrollBarPolicy(shown)
        self.setVerticalScrollBarPolicy(shown)
        self.view.set_zoom(zoom)

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
