"""The ticket list as a Qt table over plain rows. The relay sorts and searches; the model only says what is wanted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from protocol.messages.relay_api import TicketSummary
from technician_app.models.moments import moment_long, moment_short
from technician_app.models.received_text import shown_line, shown_tip

Index = QModelIndex | QPersistentModelIndex
NUMBER, SUBJECT, CUSTOMER, STATE, PRIORITY, UPDATED = range(6)
SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole)
"""The row's TicketSummary."""

_TITLES = ("Number", "Subject", "Customer", "State", "Priority", "Updated")
_SORT_FIELDS = ("number", "subject", "customer", "state", "priority", "updated_at")
_ROOT = QModelIndex()


class TicketTableModel(QAbstractTableModel):
    """Rows of TicketSummary, in the order the relay gave.

    Signals:
        sort_wanted: a TicketSummary field, `-` before it for descending.
    """

    sort_wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[TicketSummary, ...] = ()
        self._invited: Mapping[str, str] = {}

    def set_invited(self, invited: Mapping[str, str]) -> None:
        """Mark tickets this technician is invited to a session on: by number, who invites."""
        if invited != self._invited:
            self._invited = dict(invited)
            if self._rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_TITLES) - 1))

    def set_rows(self, rows: tuple[TicketSummary, ...]) -> None:
        """Show `rows`. The same tickets in the same order keep selection and scroll position."""
        same = [row.number for row in rows] == [row.number for row in self._rows]
        if same:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_TITLES) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def summary(self, row: int) -> TicketSummary | None:
        """Return the ticket at `row`, None when there is no such row."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, number: str) -> int:
        """Return the row of ticket `number`, -1 when it is not on this page."""
        return next((row for row, summary in enumerate(self._rows) if summary.number == number), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of tickets on this page."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and 0 <= section < 6:
            return _TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, tool tip or TicketSummary of a cell."""
        summary = self.summary(index.row()) if index.isValid() else None
        if summary is None:
            return None
        invited_by = self._invited.get(summary.number, "")
        if role == Qt.ItemDataRole.DisplayRole:
            invited = "Invited: " if invited_by and index.column() == SUBJECT else ""
            return f"{invited}{_cell(summary, index.column())}"
        if role == Qt.ItemDataRole.FontRole and invited_by and index.column() == SUBJECT:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ToolTipRole:
            invited = f"{shown_tip(invited_by)} invites you to a session on this ticket" if invited_by else ""
            return invited or _tool_tip(summary, index.column())
        if role == SUMMARY_ROLE:
            return summary
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for another order; the rows change when the relay has answered."""
        if 0 <= column < len(_SORT_FIELDS):
            descending = "-" if order is Qt.SortOrder.DescendingOrder else ""
            self.sort_wanted.emit(descending + _SORT_FIELDS[column])


def _cell(summary: TicketSummary, column: int) -> str:
    cells = (
        summary.number,
        summary.subject,
        summary.customer,
        summary.state.value.capitalize(),
        summary.priority.value.capitalize(),
    )
    if column == UPDATED:
        return moment_short(summary.updated_at, datetime.now().astimezone())
    return shown_line(cells[column])


def _tool_tip(summary: TicketSummary, column: int) -> str | None:
    if column == UPDATED:
        return moment_long(summary.updated_at, datetime.now().astimezone())
    return shown_tip(summary.subject) if column == SUBJECT else None
