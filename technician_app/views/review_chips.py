"""A session's status as small words on tinted grounds: in a cell of the table, and in rows on its page. GUI thread."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from technician_app.controllers.review_status import Tone, Words
from technician_app.models.received_text import shown_line
from technician_app.models.review_table import WORDS_ROLE
from technician_app.views.theme import Colours, colours_of

_SPACE = 6
_PADDING = 9
_MARKS = {Tone.GOOD: "✓ ", Tone.WARN: "! ", Tone.BAD: "✗ ", Tone.PLAIN: ""}


def chip_text(words: Words) -> str:
    """Return what a chip says: its mark repeats its colour for who cannot tell colours apart."""
    return _MARKS[words.tone] + shown_line(words.text, 160)


def draw_words(painter: QPainter, rect: QRectF, words: Words, colours: Colours) -> None:
    """Draw one chip in `rect`."""
    colour = QColor(tone_colour(words.tone, colours))
    ground = QColor(colour)
    ground.setAlpha(30)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setPen(colour)
    metrics = QFontMetrics(painter.font())
    text = metrics.elidedText(chip_text(words), Qt.TextElideMode.ElideRight, int(rect.width()) - 2 * _PADDING + 2)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def tone_colour(tone: Tone, colours: Colours) -> str:
    """Return the colour of a tone."""
    return {
        Tone.GOOD: colours.good,
        Tone.WARN: colours.warning_text,
        Tone.BAD: colours.danger,
        Tone.PLAIN: colours.muted,
    }[tone]


class WordsDelegate(QStyledItemDelegate):
    """Draws a cell's status as chips, as many as fit."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the cell's ground as always, then the chips."""
        self.initStyleOption(option, index)
        option.text = ""
        widget: QWidget = option.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        metrics, colours = QFontMetrics(widget.font()), colours_of(widget)
        rect = QRectF(option.rect)
        x, height = rect.left() + 6, metrics.height() + 4
        for words in index.data(WORDS_ROLE) or ():
            width = metrics.horizontalAdvance(chip_text(words)) + 2 * _PADDING
            if x + width > rect.right():
                painter.drawText(QRectF(x, rect.top(), 20, rect.height()), Qt.AlignmentFlag.AlignVCenter, "…")
                break
            draw_words(painter, QRectF(x, rect.center().y() - height / 2 - 0.5, width, height), words, colours)
            x += width + _SPACE


class WordsRow(QWidget):
    """Chips side by side, on as many lines as they need."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._what = what
        self._words: tuple[Words, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_words(self, words: tuple[Words, ...]) -> None:
        """Show `words`."""
        self._words = words
        self.setAccessibleName(f"{self._what}: " + "; ".join(shown_line(each.text) for each in words))
        self.setFixedHeight(self.heightForWidth(max(1, self.width())))
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        places = self._places(width)
        return int(places[-1].bottom()) + 2 if places else 0

    def sizeHint(self) -> QSize:
        """Return the room for the chips on their lines."""
        return QSize(320, self.heightForWidth(max(320, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chips."""
        painter = QPainter(self)
        for rect, words in zip(self._places(self.width()), self._words, strict=True):
            draw_words(painter, rect, words, colours_of(self))

    def _places(self, width: int) -> list[QRectF]:
        metrics = QFontMetrics(self.font())
        x, y, height = 0.0, 1.0, metrics.height() + 6.0
        places = []
        for words in self._words:
            wide = min(float(metrics.horizontalAdvance(chip_text(words)) + 2 * _PADDING), float(width))
            if x and x + wide > width:
                x, y = 0.0, y + height + 4
            places.append(QRectF(x, y, wide, height))
            x += wide + _SPACE
        return places
