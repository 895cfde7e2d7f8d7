"""The whole screen for the customer's picture: no margin, no decoration, only a bar that comes when it is wanted."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QMouseEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from technician_app.views.picture_zoom import Magnification, Zoom
from technician_app.views.remote_area import RemoteArea

EDGE_PX = 2
REVEAL_MS = 200
"""How long the pointer rests at the top edge: shorter than a click there, longer than passing by."""
LINGER_MS = 1200
FIRST_LOOK_MS = 2500
"""How long the bar is seen at first, so that everybody knows it is there."""
WIDTH = 980
"""How wide the bar floats, unless its buttons need more."""


class TopBar(QWidget):
    """The bar above the picture, and beneath it what there is to notice, at the top of the layout `home`.

    In full screen it floats over the picture, and the bar hides itself.
    """

    def __init__(self, home: QVBoxLayout, bar: QWidget, *notices: QWidget) -> None:
        super().__init__()
        self._home = home
        self.setObjectName("topBar")
        self._bar = bar
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        for notice in notices:
            layout.addWidget(notice)
        home.insertWidget(0, self)
        self._over: QWidget | None = None
        self._reveal = QTimer(self, singleShot=True, interval=REVEAL_MS)
        self._reveal.timeout.connect(self.reveal)
        self._linger = QTimer(self, singleShot=True)
        self._linger.timeout.connect(self._withdraw)

    def float_over(self, content: QWidget) -> None:
        """Leave the layout and hover over the top edge of `content`, whose layout it is."""
        self._over = content
        self._home.removeWidget(self)
        self.reveal()
        self._linger.start(FIRST_LOOK_MS)

    def dock(self) -> None:
        """Return to the top of the layout, always shown."""
        self._over = None
        self._reveal.stop()
        self._linger.stop()
        self._home.insertWidget(0, self)
        self._bar.show()
        self.show()

    def reveal(self) -> None:
        """Show the floating bar until the pointer has left it."""
        self._bar.show()
        self.reposition()
        self.raise_()
        self.show()
        if not self.underMouse():
            self._linger.start(LINGER_MS)

    def pointer_at(self, place: QPoint) -> None:
        """The pointer is at `place` of the widget this bar floats over."""
        over = self._over
        at_edge = over is not None and place.y() < EDGE_PX and abs(place.x() - over.width() / 2) < self._width(over) / 2
        if not at_edge:
            self._reveal.stop()
        elif self._bar.isHidden() and not self._reveal.isActive():
            self._reveal.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        self._linger.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go soon after the pointer has left."""
        if self._over is not None:
            self._linger.start(LINGER_MS)
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        """Make room for a notice that came, or close the room of one that went."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._over is not None:
            self.reposition()
        return handled

    def _withdraw(self) -> None:
        if self._over is not None:
            self._bar.hide()
            self.reposition()

    def reposition(self) -> None:
        """Float in the middle of the top edge, as high as what is shown needs."""
        if self._over is None:
            return
        width = self._width(self._over)
        height = self._column.sizeHint().height()
        self.setGeometry((self._over.width() - width) // 2, 0, width, height)

    def _width(self, over: QWidget) -> int:
        return min(max(WIDTH, self._column.minimumSize().width()), over.width())


class FullScreen(QObject):
    """Takes a session window into full screen and back."""

    def __init__(self, window: QMainWindow, content: QWidget, top: TopBar, area: RemoteArea) -> None:
        super().__init__(window)
        self._window, self._content, self._top, self._area = window, content, top, area
        self._view = view = area.view
        self._before = (Magnification(), Qt.WindowState.WindowNoState)
        self.on = False
        view.installEventFilter(self)
        area.installEventFilter(self)
        view.resized.connect(self._choose_zoom)

    def enter(self) -> None:
        """Show nothing but the picture: pixel by pixel if the screen has room for it, else fitted."""
        if self.on:
            return
        self.on = True
        self._before = (self._area.magnification, self._window.windowState())
        self._window.statusBar().hide()
        self._top.float_over(self._content)
        self._window.showFullScreen()
        self._choose_zoom()

    def leave(self) -> None:
        """Return to how the window was."""
        if not self.on:
            return
        self.on = False
        self._top.dock()
        self._window.statusBar().show()
        before, state = self._before
        self._area.set_zoom(before.zoom, before.percent)
        if state & Qt.WindowState.WindowMaximized:
            self._window.showMaximized()
        else:
            self._window.showNormal()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch the pointer and the size of the screen."""
        if self.on and watched is self._view and isinstance(event, QMouseEvent) and not event.buttons():
            self._top.pointer_at(self._view.mapTo(self._content, event.position().toPoint()))
        if self.on and watched is self._area and event.type() == QEvent.Type.Resize:
            self._choose_zoom()
            self._top.reposition()
        return super().eventFilter(watched, event)

    def _choose_zoom(self) -> None:
        size = self._view.frame_size
        if self.on and size is not None:
            # no bars: where the scale is broken, the screen is up to a device pixel smaller than logical pixels say
            exact = self._area.holds_every_pixel(*size)
            self._area.set_zoom(Zoom.ACTUAL if exact else Zoom.FIT, bars=False)
