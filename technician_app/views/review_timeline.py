"""The two lanes of a session, with a filter by kind and by words. GUI thread."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from technician_app.controllers.review_page import Group, TimelineRow
from technician_app.models.review_timeline import CLOCK, ROW_ROLE, ReviewTimelineModel
from technician_app.views.parts import ChoiceBox, PlainLabel, named, row
from technician_app.views.theme import colours_of

_ROW_HEIGHT = 26


class ReviewTimeline(QWidget):
    """Filter and table.

    Signals:
        chosen_changed: the TimelineRow that is current, or None.
        session_wanted: the colleague's session of a row that was activated.
    """

    chosen_changed = Signal(object)
    session_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.model = ReviewTimelineModel(self)
        self._group = ChoiceBox()
        named(self._group, "reviewGroups", "Show events of kind")
        self._group.addItem("All kinds of events", "")
        for group in Group:
            self._group.addItem(group.value, group.value)
        self._text = QLineEdit(placeholderText="Filter by words (Ctrl+F)", clearButtonEnabled=True)
        named(self._text, "reviewTimelineFilter", "Show events with these words")
        self._count = PlainLabel("", name="reviewTimelineCount", kind="muted", wrap=False)
        self._table = _table(self.model)
        self.setFocusProxy(self._table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 10, 0)
        layout.setSpacing(8)
        line = row(self._group, self._text, self._count)
        line.setStretch(1, 1)
        layout.addLayout(line)
        layout.addWidget(self._table, 1)
        self._group.currentIndexChanged.connect(lambda _index: self._filter())
        self._text.textChanged.connect(lambda _text: self._filter())
        self._text.returnPressed.connect(self._table.setFocus)
        self._table.selectionModel().currentRowChanged.connect(lambda _now, _before: self._told())
        self._table.clicked.connect(lambda _index: self._told())
        self._table.activated.connect(self._activated)
        QShortcut(QKeySequence("Ctrl+F"), self, self._text.setFocus)

    @property
    def chosen(self) -> TimelineRow | None:
        """The current row."""
        index = self._table.currentIndex()
        return self.model.entry(index.row()) if index.isValid() else None

    def show_rows(self, rows: tuple[TimelineRow, ...]) -> None:
        """Show the events of a session."""
        self.model.set_rows(rows)
        self._tell_count()

    def choose(self, lane: str, seq: int) -> None:
        """Make an event the current one; the filter gives way."""
        at = self.model.row_of(lane, seq)
        if at < 0:
            self._text.clear()
            self._group.setCurrentIndex(0)
            at = self.model.row_of(lane, seq)
        if at >= 0:
            self._table.selectRow(at)
            self._table.scrollTo(self.model.index(at, CLOCK), QAbstractItemView.ScrollHint.PositionAtCenter)
            self._table.setFocus()

    def _filter(self) -> None:
        chosen = self.chosen
        group = self._group.currentData()
        self.model.show_only(Group(group) if group else None, self._text.text())
        self._tell_count()
        at = self.model.row_of(chosen.lane, chosen.seq) if chosen else -1
        if at >= 0:
            self._table.selectRow(at)

    def _tell_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        self._count.show_text(f"{total} events" if shown == total else f"{shown} of {total} events")

    def _told(self) -> None:
        self.chosen_changed.emit(self.chosen)

    def _activated(self, index: QModelIndex) -> None:
        entry = self.model.entry(index.row())
        if entry is not None and entry.session:
            self.session_wanted.emit(entry.session)


class _LaneDelegate(QStyledItemDelegate):
    """Draws gaps on a tinted ground and wrong events in red; words say the same."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        entry: TimelineRow | None = index.data(ROW_ROLE)
        widget: QWidget = option.widget
        if entry is not None and entry.group is None:
            painter.fillRect(option.rect, QColor(colours_of(widget).warning_back))
        super().paint(painter, option, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Choose the colour of the words."""
        super().initStyleOption(option, index)
        entry: TimelineRow | None = index.data(ROW_ROLE)
        colours = colours_of(option.widget)
        if entry is None:
            return
        colour = colours.muted if index.column() == CLOCK else colours.text
        if entry.group is None:
            colour = colours.warning_text
        elif entry.wrong:
            colour = colours.danger
            if option.text and index.column() != CLOCK:
                option.text = f"✗ {option.text}"
        option.palette.setColor(option.palette.ColorRole.Text, QColor(colour))
        option.palette.setColor(option.palette.ColorRole.HighlightedText, QColor(colour))


def _table(model: ReviewTimelineModel) -> QTableView:
    table = QTableView()
    named(table, "reviewTimeline", "Timeline")
    table.setModel(model)
    table.setItemDelegate(_LaneDelegate(table))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setCornerButtonEnabled(False)
    table.setTextElideMode(Qt.TextElideMode.ElideRight)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionsClickable(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(CLOCK, QHeaderView.ResizeMode.Fixed)
    header.resizeSection(CLOCK, 92)
    return table
