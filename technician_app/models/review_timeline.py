"""A session's events as a table of two lanes: the customer's on the left, the technician's on the right."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from protocol.audit.events import CUSTOMER
from technician_app.controllers.review_page import SIDES, Group, TimelineRow
from technician_app.models.received_text import shown_line, shown_tip

Index = QModelIndex | QPersistentModelIndex
CUSTOMER_LANE, CLOCK, TECHNICIAN_LANE = range(3)
ROW_ROLE = int(Qt.ItemDataRole.UserRole)
"""The row's TimelineRow."""

_TITLES = ("Customer", "UTC", "Technician")
_ROOT = QModelIndex()


class ReviewTimelineModel(QAbstractTableModel):
    """Rows of TimelineRow in their order; gaps are shown whatever the filter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[TimelineRow, ...] = ()
        self._rows: list[TimelineRow] = []
        self._group: Group | None = None
        self._text = ""

    def set_rows(self, rows: tuple[TimelineRow, ...]) -> None:
        """Show `rows`; the same again change nothing."""
        if rows != self._all:
            self._all = rows
            self._choose()

    def show_only(self, group: Group | None, text: str) -> None:
        """Show events of one group (None: every) that have `text` in them."""
        wanted = text.strip().casefold()
        if (group, wanted) != (self._group, self._text):
            self._group, self._text = group, wanted
            self._choose()

    @property
    def total(self) -> int:
        """How many rows there are without the filter."""
        return len(self._all)

    def entry(self, row: int) -> TimelineRow | None:
        """Return what stands at `row`, None when there is no such row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, lane: str, seq: int) -> int:
        """Return where an event is shown, -1 when it is not."""
        return next((at for at, each in enumerate(self._rows) if (each.lane, each.seq) == (lane, seq)), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of rows that are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a lane, at its side."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS[section]
        return _TITLES[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, tool tip, side or TimelineRow of a cell."""
        row = self.entry(index.row()) if index.isValid() else None
        if row is None:
            return None
        own = CUSTOMER_LANE if row.lane == CUSTOMER else TECHNICIAN_LANE
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == CLOCK:
                return row.clock
            return shown_line(row.text, 300) if index.column() == own else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _ALIGNMENTS[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == own:
            return shown_tip(row.text)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == own:
            return f"{row.clock}, {SIDES[row.lane]}: {shown_line(row.text, 300)}"
        return row if role == ROW_ROLE else None

    def _choose(self) -> None:
        self.beginResetModel()
        self._rows = [each for each in self._all if self._is_wanted(each)]
        self.endResetModel()

    def _is_wanted(self, row: TimelineRow) -> bool:
        if row.group is None:
            return True
        return self._group in (None, row.group) and self._text in row.text.casefold()


_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_ALIGNMENTS = (
    Qt.AlignmentFlag.AlignRight | _MIDDLE,
    Qt.AlignmentFlag.AlignHCenter | _MIDDLE,
    Qt.AlignmentFlag.AlignLeft | _MIDDLE,
)
