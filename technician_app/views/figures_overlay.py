"""What the picture costs, over the picture: where each millisecond goes, and why quality is reduced. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from technician_app.controllers.session_state import PictureFigures
from technician_app.models.received_text import shown_line
from technician_app.views.parts import named

_MARGIN = 10
_BELOW_BAR = 76
"""Room for the bar of full screen and a notice."""
_GROUND = QColor("#16191e")
_TEXT = QColor("#e6e9ee")


class FiguresOverlay(QWidget):
    """A small panel in the picture's corner; lets every click through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        named(self, "figuresOverlay", "Figures of the picture")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._lines: list[str] = []
        self.hide()

    def show_figures(self, figures: PictureFigures, decode_ms: float | None, paint_ms: float | None) -> None:
        """Show the newest figures."""
        lines = figures_lines(figures, decode_ms, paint_ms)
        if lines == self._lines:
            return
        self._lines = lines
        self.setAccessibleDescription("; ".join(lines))
        metrics = QFontMetrics(self.font())
        width = max(metrics.horizontalAdvance(line) for line in lines)
        self.resize(width + 2 * _MARGIN, metrics.height() * len(lines) + 2 * _MARGIN)
        self.place()
        self.update()

    def place(self) -> None:
        """Go to the upper right corner of the widget around."""
        self.move(self._around.width() - self.width() - 12, _BELOW_BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines on an opaque ground: the picture below need not be painted again for it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        painter.setPen(_TEXT)
        metrics = QFontMetrics(self.font())
        for number, line in enumerate(self._lines):
            painter.drawText(_MARGIN, _MARGIN + metrics.ascent() + number * metrics.height(), line)


def figures_lines(figures: PictureFigures, decode_ms: float | None, paint_ms: float | None) -> list[str]:
    """Return one line a stage, in the order a change goes through them, then rate and quality."""
    stages = (
        ("Capture", figures.capture_ms),
        ("Encode", figures.encode_ms),
        ("Network", figures.network_ms),
        ("Decode", decode_ms),
        ("Paint", paint_ms),
    )
    lines = [f"{name:<8} {_milliseconds(value)}" for name, value in stages]
    rate = "      -" if figures.updates_per_s is None else f"{figures.updates_per_s:7.0f} a second"
    lines.append(f"{'Updates':<8} {rate}")
    reduced = shown_line(figures.reduced, 60)
    lines.append(f"Quality  reduced: {reduced}" if reduced else "Quality  full")
    if limits := shown_line(figures.limits, 60):
        lines.append(f"At most  {limits}")
    return lines


def _milliseconds(value: float | None) -> str:
    return "      -" if value is None else f"{value:7.1f} ms"
