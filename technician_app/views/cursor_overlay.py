"""The customer's pointer, drawn here: it moves at once, whatever the picture is doing. GUI thread."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QCursor, QImage, QPainter, QPixmap

from protocol.errors import LocalError
from technician_app.controllers.session_state import CursorShape, RemoteCursor
from technician_app.views.picture_geometry import Area

MAX_SIDE = 256


class CursorOverlay:
    """Holds the newest pointer; `hidden` while the technician's own pointer, in the same shape, is in the picture."""

    def __init__(self) -> None:
        self._shape: CursorShape | None = None
        self._position: tuple[int, int] | None = None
        self._image = QImage()
        self.hidden = False

    def show(self, cursor: RemoteCursor) -> bool:
        """Take a newer pointer; return whether its shape is another one.

        Raises:
            LocalError: the shape's pixels do not fit its size (`cursor_malformed`).
        """
        self._position = cursor.position
        if cursor.shape == self._shape:
            return False
        self._image = _image(cursor.shape)
        self._shape = cursor.shape
        return True

    def rect(self, area: Area, picture_width: int) -> QRect:
        """Return where the pointer is drawn, in whole logical pixels; empty when it is not."""
        place = self._place(area, picture_width)
        if place is None:
            return QRect()
        return place.toAlignedRect().adjusted(-1, -1, 1, 1)

    def paint(self, painter: QPainter, area: Area, picture_width: int) -> None:
        """Draw the pointer as large as the picture around it."""
        place = self._place(area, picture_width)
        if place is None:
            return
        painter.save()
        # what hangs over the picture's edge is not the customer's display
        painter.setClipRect(QRectF(area.left, area.top, area.width, area.height), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image, QRectF(self._image.rect()))
        painter.restore()

    def as_own_cursor(self, pixel_ratio: float) -> QCursor:
        """Return the shape for the technician's own pointer; the arrow while none is known."""
        if self._shape is None or self._image.isNull():
            return QCursor(Qt.CursorShape.ArrowCursor)
        pixmap = QPixmap.fromImage(self._image.copy())
        pixmap.setDevicePixelRatio(pixel_ratio)
        hot = QPoint(round(self._shape.hot_x / pixel_ratio), round(self._shape.hot_y / pixel_ratio))
        return QCursor(pixmap, hot.x(), hot.y())

    def _place(self, area: Area, picture_width: int) -> QRectF | None:
        shape, position = self._shape, self._position
        if self.hidden or shape is None or position is None or self._image.isNull() or picture_width <= 0:
            return None
        scale = area.width / picture_width
        left = area.left + (position[0] - shape.hot_x) * scale
        top = area.top + (position[1] - shape.hot_y) * scale
        return QRectF(left, top, shape.width * scale, shape.height * scale)


def _image(shape: CursorShape | None) -> QImage:
    if shape is None or shape.width == 0 or shape.height == 0:
        return QImage()
    inside = 0 <= shape.hot_x <= shape.width <= MAX_SIDE and 0 <= shape.hot_y <= shape.height <= MAX_SIDE
    if not inside or len(shape.pixels) != shape.width * shape.height * 4:
        raise LocalError(f"pointer of {shape.width}x{shape.height}", code="cursor_malformed")
    image_format = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(shape.pixels, shape.width, shape.height, shape.width * 4, image_format)
