"""A diagnostics report as a tree, groups above facts, and the filter that searches it."""

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from protocol.messages.diagnostics import Fact, FactStatus
from technician_app.models.received_text import shown_line, shown_text

Index = QModelIndex | QPersistentModelIndex
SEARCH_ROLE = int(Qt.ItemDataRole.UserRole)
FACT_ROLE = SEARCH_ROLE + 1
_TITLES = ("Fact", "Value")
_ROOT = QModelIndex()
_GROUP = 0
"""internalId of a group row; a fact row carries its group's row + 1."""

_WORDS = {
    FactStatus.DENIED: "not allowed",
    FactStatus.UNSUPPORTED: "not available on this system",
    FactStatus.TIMEOUT: "took too long",
    FactStatus.ERROR: "could not be read",
    FactStatus.WITHHELD: "withheld by the customer",
}


class FactTreeModel(QAbstractItemModel):
    """Two levels, two columns: the groups in order of first appearance, and their facts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts: tuple[Fact, ...] = ()
        self._groups: list[tuple[str, list[Fact]]] = []

    def set_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show `facts`; the same facts again change nothing."""
        if facts == self._facts:
            return
        self.beginResetModel()
        groups: dict[str, list[Fact]] = {}
        for fact in facts:
            groups.setdefault(fact.group, []).append(fact)
        self._facts = facts
        self._groups = list(groups.items())
        self.endResetModel()

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Return the index of a group (no parent) or of a fact (parent is its group)."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _GROUP)

    def parent(self, child: Index = _ROOT) -> QModelIndex:  # type: ignore[override]
        """Return the group of a fact; groups have none."""
        if not child.isValid() or child.internalId() == _GROUP:
            return QModelIndex()
        return self.createIndex(int(child.internalId()) - 1, 0, _GROUP)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return the number of groups, or of facts in a group."""
        if not parent.isValid():
            return len(self._groups)
        is_group = parent.internalId() == _GROUP and parent.column() == 0
        return len(self._groups[parent.row()][1]) if is_group else 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Return the number of columns."""
        return len(_TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the title of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole and 0 <= section < 2:
            return _TITLES[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, what searching looks at, or the Fact itself."""
        if not index.isValid():
            return None
        if index.internalId() == _GROUP:
            return self._group_data(index, role)
        fact = self._groups[int(index.internalId()) - 1][1][index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown_line(fact.label) if index.column() == 0 else value_text(fact)
        if role == SEARCH_ROLE:
            return f"{fact.group}\n{fact.label}\n{fact.id}\n{value_text(fact)}"
        return fact if role == FACT_ROLE else None

    def _group_data(self, index: Index, role: int) -> str | None:
        name, facts = self._groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown_line(name) if index.column() == 0 else f"{len(facts)} fact{'' if len(facts) == 1 else 's'}"
        return shown_line(name) if role == SEARCH_ROLE else None


class FactFilter(QSortFilterProxyModel):
    """Shows the facts in which every searched word occurs, and their groups; case does not matter."""

    def __init__(self, source: FactTreeModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self.setRecursiveFilteringEnabled(True)
        self.setSourceModel(source)

    def search(self, text: str) -> None:
        """Show what matches `text`; everything when it is blank."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self.endFilterChange(QSortFilterProxyModel.Direction.Rows)

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Say whether a row itself matches; Qt keeps the groups of matching facts."""
        source = self.sourceModel()
        found = str(source.data(source.index(source_row, 0, source_parent), SEARCH_ROLE)).casefold()
        return all(word in found for word in self._words)


def value_text(fact: Fact) -> str:
    """Return what the value column says: the value, or why there is none."""
    if fact.status is FactStatus.OK:
        return shown_text(fact.value)
    reason = f": {shown_line(fact.note)}" if fact.note else ""
    return f"({_WORDS[fact.status]}{reason})"


def detail_text(fact: Fact) -> str:
    """Return everything about one fact, in lines."""
    return f"{shown_line(fact.label)}\n{value_text(fact)}\n\n{fact.id}, read in {fact.took_ms} ms"
