"""What the customer allowed and for how long, as bars over the time of the session. GUI thread."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from protocol.audit.timeline import moment
from technician_app.controllers.review_page import ConsentBar
from technician_app.models.received_text import shown_line
from technician_app.views.theme import colours_of

_MARGIN = 4
_BAR_HEIGHT = 8


class ConsentBars(QWidget):
    """One line of words and one bar for each thing that was allowed; all bars share the session's time."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reviewBars")
        self._bars: tuple[ConsentBar, ...] = ()
        self._span = (0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_bars(self, bars: tuple[ConsentBar, ...], span_ms: tuple[int, int]) -> None:
        """Show `bars` over the time from the first to the second of `span_ms` (Unix ms)."""
        self._bars, self._span = bars, span_ms
        told = "; ".join(f"{shown_line(each.words)}, {shown_line(each.detail)}" for each in bars)
        self.setAccessibleName(f"What the customer allowed: {told or 'nothing that can be read'}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for all bars and the times below them."""
        return QSize(280, self._line_height() * len(self._bars) + QFontMetrics(self.font()).height() + 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words, bars and the two ends of the time."""
        painter, colours = QPainter(self), colours_of(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, width = QFontMetrics(self.font()), self.width() - 2 * _MARGIN
        for number, bar in enumerate(self._bars):
            top = number * self._line_height() + 2.0
            words = QRectF(_MARGIN, top, width, metrics.height())
            painter.setPen(QColor(colours.text))
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft, shown_line(bar.words, 60))
            painter.setPen(QColor(colours.muted))
            room = width - metrics.horizontalAdvance(shown_line(bar.words, 60)) - 12
            detail = metrics.elidedText(shown_line(bar.detail, 80), Qt.TextElideMode.ElideRight, room)
            painter.drawText(words, Qt.AlignmentFlag.AlignRight, detail)
            track = QRectF(_MARGIN, top + metrics.height() + 3, width, _BAR_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(track, 4, 4)
            left, right = (self._place(each, width) for each in (bar.from_ms, bar.until_ms))
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRectF(_MARGIN + left, track.top(), max(6.0, right - left), _BAR_HEIGHT), 4, 4)
        painter.setPen(QColor(colours.muted))
        ends = QRectF(_MARGIN, len(self._bars) * self._line_height() + 2.0, width, metrics.height())
        if self._bars:
            painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, moment(self._span[0])[11:19])
            painter.drawText(ends, Qt.AlignmentFlag.AlignRight, moment(self._span[1])[11:])

    def _line_height(self) -> int:
        return QFontMetrics(self.font()).height() + _BAR_HEIGHT + 15

    def _place(self, t_ms: int, width: int) -> float:
        first, last = self._span
        return width * min(1.0, max(0.0, (t_ms - first) / max(1, last - first)))
