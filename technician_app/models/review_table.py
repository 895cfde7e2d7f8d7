"""Found sessions as a Qt table over plain rows. A page of them is sorted here; the relay only knows newest first."""

from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from protocol.audit.export.local_time import duration
from protocol.messages.review_api import FoundSession
from technician_app.controllers.review_status import status_of
from technician_app.models.moments import moment_long, moment_short
from technician_app.models.received_text import shown_line, shown_tip

Index = QModelIndex | QPersistentModelIndex
OPENED, TICKET, SUBJECT, CUSTOMER, TECHNICIAN, LASTED, EVENTS, STATUS = range(8)
WORDS_ROLE = int(Qt.ItemDataRole.UserRole)
"""Of the status column: a tuple of Words."""

_TITLES = ("Began", "Ticket", "Subject", "Customer", "Technician", "Lasted", "Events", "Status")
_ROOT = QModelIndex()


class ReviewTableModel(QAbstractTableModel):
    """Rows of FoundSession in the order that was chosen last, newest first at the beginning."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[FoundSession] = []
        self._column, self._order = OPENED, Qt.SortOrder.DescendingOrder

    def set_rows(self, rows: tuple[FoundSession, ...]) -> None:
        """Show `rows`; the same again keep selection and scroll position."""
        if sorted(map(_identity, rows)) == sorted(map(_identity, self._rows)):
            newest = {row.session: row for row in rows}
            self._rows = [newest[row.session] for row in self._rows]
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_TITLES) - 1))
            return
        self.beginResetModel()
        self._rows = list(rows)
        self._sort()
        self.endResetModel()

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions in the order they are shown."""
        return tuple(row.session for row in self._rows)

    def session(self, row: int) -> str:
        """Return the session at `row`, empty when there is no such row."""
        return self._rows[row].session if 0 <= row < len(self._rows) else ""

    def row_of(self, session: str) -> int:
        """Return the row of a session, -1 when it is not on this page."""
        return next((row for row, found in enumerate(self._rows) if found.session == session), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of sessions on this page."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section] if 0 <= section < len(_TITLES) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, tool tip or status of a cell."""
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        found, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(found, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(found, column)
        if role == WORDS_ROLE and column == STATUS:
            return status_of(found)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort this page."""
        if not 0 <= column < len(_TITLES):
            return
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        sessions = [self.session(each.row()) for each in before]
        self._sort()
        after = [self.index(self.row_of(one), each.column()) for one, each in zip(sessions, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sort(self) -> None:
        column = self._column
        self._rows.sort(key=lambda found: found.session)
        self._rows.sort(key=lambda found: _sort_key(found, column), reverse=self._order is Qt.SortOrder.DescendingOrder)


def _identity(found: FoundSession) -> str:
    return found.session


def _lasted_ms(found: FoundSession) -> int:
    """Return how long it lasted, -1 when that is not known."""
    try:
        began, ended = datetime.fromisoformat(found.opened_at), datetime.fromisoformat(found.ended_at)
        return int((ended - began).total_seconds() * 1000)
    except (ValueError, TypeError, OverflowError):
        return -1


def _sort_key(found: FoundSession, column: int) -> tuple[int, str]:
    match column:
        case 5:
            return (_lasted_ms(found), "")
        case 6:
            return (found.customer_events + found.technician_events, "")
        case 0:
            return (0, found.opened_at)
        case _:
            return (0, _cell(found, column).casefold())


def _cell(found: FoundSession, column: int) -> str:
    lasted = _lasted_ms(found)
    cells = (
        moment_short(found.opened_at, datetime.now().astimezone()),
        found.ticket,
        found.subject,
        found.customer,
        found.technician,
        duration(lasted) if lasted >= 0 else "",
        str(found.customer_events + found.technician_events),
        ", ".join(each.text for each in status_of(found)),
    )
    return shown_line(cells[column])


def _tip(found: FoundSession, column: int) -> str | None:
    if column == OPENED:
        return moment_long(found.opened_at, datetime.now().astimezone())
    return shown_tip(_cell(found, column)) if column in (SUBJECT, CUSTOMER, TECHNICIAN, STATUS) else None
