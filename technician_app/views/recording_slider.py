"""The time line of a recording: where it stands, what happened when, where nothing was shared. GUI thread."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from protocol.recording.entries import MarkerKind
from protocol.recording.index import RecordingIndex
from technician_app.recording.playback_state import clock_words
from technician_app.views.parts import named
from technician_app.views.theme import colours_of

HEIGHT = 40
EDGE = 9
BAR_TOP, BAR_HEIGHT = 20, 8
STEP_MS = 5_000
BIG_STEP_MS = 30_000


class RecordingSlider(QWidget):
    """Click or drag to go somewhere; with the keyboard: arrows 5 s, Page keys 30 s, Home, End.

    Signals:
        wanted: a time in ms to go to.
    """

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        named(self, "recordingSlider", "Where the recording stands")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self._index: RecordingIndex | None = None
        self._position_ms = 0
        self._stretch: tuple[int | None, int | None] = (None, None)

    def show_position(self, index: RecordingIndex | None, position_ms: int) -> None:
        """Show where the recording stands."""
        if (index, position_ms) != (self._index, self._position_ms):
            self._index, self._position_ms = index, position_ms
            words = f"{clock_words(position_ms)} of {clock_words(self.duration_ms)}"
            self.setAccessibleDescription(words)
            self.update()

    def show_stretch(self, begins_ms: int | None, ends_ms: int | None) -> None:
        """Show which stretch would be saved."""
        self._stretch = (begins_ms, ends_ms)
        self.update()

    @property
    def duration_ms(self) -> int:
        """How long the recording lasts."""
        return 0 if self._index is None else self._index.duration_ms

    def place_of(self, t_ms: int) -> float:
        """Return where on the slider a time is, in pixels from its left edge."""
        width = max(1, self.width() - 2 * EDGE)
        return EDGE + width * min(1.0, t_ms / max(1, self.duration_ms))

    def time_at(self, x: float) -> int:
        """Return the time at a place, in ms."""
        width = max(1, self.width() - 2 * EDGE)
        return round(max(0.0, min(1.0, (x - EDGE) / width)) * self.duration_ms)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.wanted.emit(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what was there, or go on dragging."""
        at = self.time_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.wanted.emit(at)
        self.setToolTip(self._words_at(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on or back."""
        steps = {
            Qt.Key.Key_Left: -STEP_MS,
            Qt.Key.Key_Right: STEP_MS,
            Qt.Key.Key_PageDown: BIG_STEP_MS,
            Qt.Key.Key_PageUp: -BIG_STEP_MS,
            Qt.Key.Key_Home: -self.duration_ms,
            Qt.Key.Key_End: self.duration_ms,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.wanted.emit(max(0, min(self.duration_ms, self._position_ms + step)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar, pauses, marks and the place."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = colours_of(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.border))
        painter.drawRoundedRect(self._bar(0, self.duration_ms), 4, 4)
        if self._index is not None:
            self._paint_index(painter, self._index)
        place = self.place_of(self._position_ms)
        painter.setBrush(QColor(colours.accent))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(QPointF(place, BAR_TOP + BAR_HEIGHT / 2), 8 if self.hasFocus() else 7, 7)
        painter.end()

    def _paint_index(self, painter: QPainter, index: RecordingIndex) -> None:
        colours = colours_of(self)
        for stretch in index.busy:
            painter.setBrush(QColor(colours.muted))
            painter.drawRect(self._bar(stretch.begins_ms, stretch.ends_ms))
        for pause in index.pauses:
            painter.setBrush(QColor(colours.warning_text))
            painter.drawRect(self._bar(pause.begins_ms, pause.ends_ms))
        begins_ms, ends_ms = self._stretch
        if begins_ms is not None and ends_ms is not None and begins_ms < ends_ms:
            painter.setBrush(QColor(colours.accent))
            painter.drawRect(self._bar(begins_ms, ends_ms).adjusted(0, BAR_HEIGHT + 2, 0, 5))
        painter.setBrush(QColor(colours.text))
        for mark in index.marks:
            if mark.marker.kind is MarkerKind.EVENT:
                x = self.place_of(mark.t_ms)
                painter.drawPolygon(QPolygonF([QPointF(x - 3.5, 8), QPointF(x + 3.5, 8), QPointF(x, 16)]))

    def _bar(self, begins_ms: int, ends_ms: int) -> QRectF:
        left = self.place_of(begins_ms)
        return QRectF(left, BAR_TOP, max(2.0, self.place_of(ends_ms) - left), BAR_HEIGHT)

    def _words_at(self, t_ms: int) -> str:
        near = 6 * max(1, self.duration_ms) / max(1, self.width())
        marks = self._index.marks if self._index is not None else ()
        said = [mark.marker.text for mark in marks if mark.marker.text and abs(mark.t_ms - t_ms) <= near]
        return "\n".join([clock_words(t_ms), *said[:6]])
