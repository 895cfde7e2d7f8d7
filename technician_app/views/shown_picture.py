"""The customer's picture as an image: a decoded frame, or the frame buffer of a screen stream. GUI thread."""

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from technician_app.controllers.session_state import Frame, PictureChange
from technician_app.views.picture_geometry import Area, is_exact, touched

LETTERBOX = QColor("#101216")


class ShownPicture:
    """Holds the newest picture without a copy: the image only points at the pixels."""

    def __init__(self) -> None:
        self._image = QImage()
        # the image points at these: they must stay as long as it does
        self._pixels: bytes | memoryview = b""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None before the first picture."""
        return None if self._image.isNull() else (self._image.width(), self._image.height())

    def show(self, picture: Frame | PictureChange) -> tuple[Rect, ...] | None:
        """Take the newer picture; return which of its pixels changed, None for possibly all of them.

        Raises:
            LocalError: the pixels do not fit the size (`frame_malformed`).
        """
        width, height = picture.size if isinstance(picture, PictureChange) else (picture.width, picture.height)
        pixels = picture.pixels
        if isinstance(picture, PictureChange) and self._shows(picture):
            return picture.rects
        if picture.stride < width * 4 or len(pixels) < picture.stride * height:
            raise LocalError(f"frame of {width}x{height}, stride {picture.stride}", code="frame_malformed")
        self._image = QImage(pixels, width, height, picture.stride, QImage.Format.Format_RGB32)
        self._pixels = pixels
        return None

    def paint(self, painter: QPainter, area: Area, pixel_ratio: float) -> None:
        """Draw the picture into `area`, as far as the painter's clip goes; sharp pixel by pixel, else smooth."""
        painter.save()
        if is_exact(self._image.width(), area, pixel_ratio):
            # in device pixels, where nothing is scaled and nothing can be rounded
            painter.scale(1 / pixel_ratio, 1 / pixel_ratio)
            place = QPoint(round(area.left * pixel_ratio), round(area.top * pixel_ratio))
            painter.drawImage(place, self._image)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            target = QRectF(area.left, area.top, area.width, area.height)
            painter.drawImage(target, self._image, QRectF(self._image.rect()))
        painter.restore()

    def copy(self, part: QRect | None = None) -> QImage:
        """Return a copy of the picture, or of `part` of it, that stays as it is now."""
        return self._image.copy(part if part is not None else self._image.rect())

    def paint_part(self, painter: QPainter, part: QRectF, target: QRectF) -> None:
        """Draw `part` of the picture (its pixels) into `target`, smooth where it is scaled."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, part.size() != target.size())
        painter.drawImage(target, self._image, part)

    def region(self, rects: tuple[Rect, ...], area: Area, pixel_ratio: float) -> QRegion:
        """Return where the view has to be painted when `rects` have changed."""
        region = QRegion()
        for rect in rects:
            place = touched(rect, self._image.width(), area, pixel_ratio)
            region += QRect(place.x, place.y, place.width, place.height)
        return region

    def _shows(self, change: PictureChange) -> bool:
        held = self._pixels
        same_buffer = isinstance(held, memoryview) and held.obj is change.pixels.obj
        return same_buffer and self.size == change.size


def paint_letterbox(painter: QPainter, region: QRegion, area: Area) -> None:
    """Fill what of `region` the picture in `area` leaves free, and nothing beneath the picture."""
    inner = QRectF(area.left, area.top, area.width, area.height).toRect().adjusted(1, 1, -1, -1)
    painter.save()
    painter.setClipRegion(region - QRegion(inner))
    painter.fillRect(region.boundingRect(), LETTERBOX)
    painter.restore()
