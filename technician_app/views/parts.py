"""The small widgets every page is made of. Every label is plain text, every control has a name."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOption,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from technician_app.models.received_text import MAX_TEXT, shown_text
from technician_app.views.theme import Colours, colours_of

_LEAST_PX = 28
"""The least room of a label that may be shortened: a letter and the ellipsis."""


class PlainLabel(QLabel):
    """A label that shows received text literally: no rich text, no invisible characters, bounded length."""

    def __init__(self, text: str = "", *, name: str = "", kind: str = "", wrap: bool = True) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setObjectName(name)
        self.setProperty("kind", kind)
        self._elides = False
        self.show_text(text)

    def show_text(self, text: str, limit: int = MAX_TEXT) -> None:
        """Show `text`, at most `limit` characters of it."""
        shown = shown_text(text, limit)
        if shown != self.text():
            self.setText(shown)
            self.setAccessibleName(shown)

    def show_or_hide(self, text: str) -> None:
        """Show `text`, or hide the label when there is none."""
        self.show_text(text)
        self.setVisible(bool(text))

    def shrinkable(self) -> "PlainLabel":
        """Give way to its neighbours: a long received text must not widen the window."""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return self.elided()

    def elided(self, least_px: int = _LEAST_PX) -> "PlainLabel":
        """Where there is too little room, end in an ellipsis, `least_px` wide at least.

        No tool tip says the rest: tool tips show rich text.
        """
        self._elides = True
        self.setMinimumWidth(least_px)
        return self

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, shortened if it must be."""
        room = self.contentsRect()
        shortened = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        if not self._elides or shortened == self.text():
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        flags = int((self.alignment() | Qt.TextFlag.TextSingleLine).value)
        style, role = self.style(), self.foregroundRole()
        style.drawItemText(QPainter(self), room, flags, option.palette, self.isEnabled(), shortened, role)

    def selectable(self) -> "PlainLabel":
        """Let its text be selected with mouse and keyboard."""
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return self


class Chip(QWidget):
    """A short word on a rounded, tinted ground: a ticket's state or priority."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._what = what
        self._word = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_word(self, word: str) -> None:
        """Show `word`, such as `open` or `urgent`."""
        self._word = word
        self.setAccessibleName(f"{self._what}: {word}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room the word needs."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._word.capitalize()) + 18, metrics.height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        draw_chip(painter, QRectF(self.rect()), self._word, colours_of(self))


class ChipDelegate(QStyledItemDelegate):
    """Draws a cell's text as a chip."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the cell's ground as always, then the chip in place of its text."""
        word = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        self.initStyleOption(option, index)
        option.text = ""
        widget: QWidget = option.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        rect = QRectF(option.rect)
        metrics = QFontMetrics(widget.font())
        width = metrics.horizontalAdvance(word) + 18
        height = metrics.height() + 4
        chip = QRectF(rect.left() + 6, rect.center().y() - height / 2 - 0.5, width, height)
        draw_chip(painter, chip, word.lower(), colours_of(widget))


def draw_chip(painter: QPainter, rect: QRectF, word: str, colours: Colours) -> None:
    """Draw `word` in `rect`; the colour repeats what the word says, it never says it alone."""
    colour = QColor(_chip_colour(word, colours))
    ground = QColor(colour)
    ground.setAlpha(36)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if word != "normal":
        painter.setBrush(ground)
        painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    painter.setPen(colour)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, word.capitalize())
    painter.restore()


def _chip_colour(word: str, colours: Colours) -> str:
    return {
        "new": colours.accent,
        "open": colours.good,
        "active": colours.good,
        "pending": colours.warning_text,
        "waiting": colours.warning_text,
        "high": colours.warning_text,
        "urgent": colours.danger,
    }.get(word, colours.muted)


class ChoiceBox(QComboBox):
    """A combo box in our style: a style sheet takes the arrow away, so it is drawn here."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, then its arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours_of(self).muted), 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        right, middle = self.width() - 11.0, self.height() / 2
        painter.drawPolyline(
            [QPointF(right - 7, middle - 2), QPointF(right - 3.5, middle + 1.8), QPointF(right, middle - 2)]
        )


def push_button(text: str, name: str, *, kind: str = "", tip: str = "", shortcut: str = "") -> QPushButton:
    """Return a button; its accessible name is its text, its tool tip names the shortcut."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setProperty("kind", kind)
    button.setAccessibleName(text.replace("&", ""))
    if shortcut:
        button.setShortcut(shortcut)
        tip = f"{tip or text.replace('&', '')} ({shortcut})"
    button.setToolTip(tip)
    return button


def named(widget: QWidget, name: str, accessible_name: str) -> None:
    """Give a control its stable object name and what a screen reader says."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible_name)


def card(*children: QWidget, spacing: int = 6, margin: int = 12) -> QFrame:
    """Return `children` stacked on a bordered ground."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(margin, margin, margin, margin)
    layout.setSpacing(spacing)
    for child in children:
        layout.addWidget(child)
    return frame


def row(*children: QWidget | None, spacing: int = 8) -> QHBoxLayout:
    """Return `children` side by side; None is a stretch."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    for child in children:
        if child is None:
            layout.addStretch(1)
        else:
            layout.addWidget(child)
    return layout


def centred(content: QWidget, width: int) -> QWidget:
    """Return a page with `content`, at most `width` wide, in its middle."""
    page = QWidget()
    content.setMaximumWidth(width)
    content.setMinimumWidth(min(width, 360))
    across = QHBoxLayout()
    across.addStretch(1)
    across.addWidget(content, 1000)
    across.addStretch(1)
    layout = QVBoxLayout(page)
    layout.addStretch(2)
    layout.addLayout(across)
    layout.addStretch(3)
    return page
