"""The card that stands in a saved video where sharing was paused. May be drawn on any thread."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

_GROUND, _INK = QColor("#16181d"), QColor("#e6e9ee")
_SMALLEST_PX, _LARGEST_PX = 7, 28


def draw_card(words: str, size: tuple[int, int]) -> bytes:
    """Return a picture of `size` (pixels) with `words` in its middle: BGRX rows without gaps."""
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(_GROUND)
    painter = QPainter(image)
    font = QFont()
    font.setPixelSize(max(_SMALLEST_PX, min(_LARGEST_PX, size[0] // 24)))
    painter.setFont(font)
    painter.setPen(_INK)
    margin = size[0] // 12
    place = QRect(margin, 0, size[0] - 2 * margin, size[1])
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
    painter.end()
    return bytes(image.constBits())
