"""Takes a lossless picture of what the technician sees: waits for it to be exact, and packs it off the GUI thread."""

import logging
import time

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QRunnable, QThreadPool, QTimer, Signal
from PySide6.QtGui import QImage, QImageWriter

from protocol.picture.geometry import Rect
from technician_app.controllers.screen_state import Screenshot
from technician_app.views.remote_view import RemoteView

STILL_S = 0.6
"""A picture is exact when nothing came for so long: what is not exact is replaced as soon as it rests."""

PATIENCE_S = 2.0
_LOOK_MS = 50
_LAST_PLACE = 65535

_log = logging.getLogger(__name__)


class ScreenshotTaker(QObject):
    """Takes one at a time of `view`.

    Signals:
        taken: a Screenshot.
    """

    taken = Signal(object)

    def __init__(self, view: RemoteView) -> None:
        super().__init__(view)
        self._view = view
        self._until = 0.0
        self._region: QRect | None = None
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether one is being taken."""
        return self._timer.isActive()

    def take(self, region: QRect | None = None) -> None:
        """Take the whole picture, or what `region` of the view shows of it: an error."""
        if self._view.picture.size is None or self.busy:
            return
        self._region = None if region is None else self._pixels_of(region)
        if self._region is not None and self._region.isEmpty():
            return
        self._until = time.monotonic() + PATIENCE_S
        self._timer.start()
        self._look()

    def _look(self) -> None:
        exact = self._view.still_for_s >= STILL_S and self._view.picture.size == self._view.frame_size
        if not exact and time.monotonic() < self._until:
            return
        self._timer.stop()
        image = self._view.picture.copy(self._region)
        QThreadPool.globalInstance().start(_Packing(image, exact, self._middle(), self.taken))

    def _pixels_of(self, region: QRect) -> QRect:
        """Return the pixels of the picture that lie in `region` of the view."""
        area, (width, height) = self._view.picture_area, self._view.picture.size or (0, 0)
        across, down = width / area.width, height / area.height
        left, top = (region.left() - area.left) * across, (region.top() - area.top) * down
        wanted = QRect(round(left), round(top), round(region.width() * across), round(region.height() * down))
        return wanted.intersected(QRect(0, 0, width, height))

    def _middle(self) -> tuple[int, int] | None:
        if self._region is None or self._view.picture.size is None:
            return None
        width, height = self._view.picture.size
        middle = self._region.center()
        return round(middle.x() * _LAST_PLACE / max(1, width - 1)), round(middle.y() * _LAST_PLACE / max(1, height - 1))


class _Packing(QRunnable):
    """Makes the PNG: some 100 ms for a large picture."""

    def __init__(self, image: QImage, exact: bool, middle: tuple[int, int] | None, taken: object) -> None:
        super().__init__()
        self._image, self._exact, self._middle, self._taken = image, exact, middle, taken
        self._at_ms = int(time.time() * 1000)

    def run(self) -> None:
        """Make it, on a thread of the pool."""
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        # without the unused fourth byte of each pixel
        writer = QImageWriter(buffer, b"PNG")
        if not writer.write(self._image.convertToFormat(QImage.Format.Format_RGB888)):
            _log.error("a screenshot cannot be packed: %s", writer.errorString())
            return
        shot = Screenshot(
            png=bytes(data.data()),
            width=self._image.width(),
            height=self._image.height(),
            exact=self._exact,
            taken_at_ms=self._at_ms,
            error_at=self._middle,
        )
        self._taken.emit(shot)  # type: ignore[attr-defined]


def display_part(display: Rect, shared: Rect) -> QRect:
    """Return where `display` lies in the picture of `shared` (both in pixels of the desktop)."""
    return QRect(display.x - shared.x, display.y - shared.y, display.width, display.height)
