"""Searching sessions: what is looked for, the results, and what is done with those that are chosen. GUI thread."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QGridLayout, QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

from protocol.audit.events import EventType
from technician_app.controllers.review import ReviewListState, ReviewToolsState
from technician_app.controllers.review_api import ReviewQuery
from technician_app.models.review_table import (
    CUSTOMER,
    EVENTS,
    LASTED,
    OPENED,
    STATUS,
    SUBJECT,
    TECHNICIAN,
    TICKET,
    ReviewTableModel,
)
from technician_app.views.parts import ChoiceBox, PlainLabel, named, push_button, row
from technician_app.views.review_chips import WordsDelegate

_MAX_TERM = 200


class ReviewList(QWidget):
    """The page of results.

    Signals:
        query_changed: a ReviewQuery.
        turn_wanted: -1 or 1.
        session_chosen: a session to open.
        policy_wanted, export_wanted: the chosen sessions, all of this page when fewer than two are.
        file_wanted, unlock_wanted, lock_wanted: the buttons.
    """

    query_changed = Signal(object)
    turn_wanted = Signal(int)
    session_chosen = Signal(str)
    policy_wanted = Signal(object)
    export_wanted = Signal(object)
    file_wanted = Signal()
    unlock_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = ReviewTableModel(self)
        self._tools = ReviewToolsState()
        self._fields = {
            "ticket": _field("reviewTicket", "Ticket", "Ticket (Ctrl+F)"),
            "technician": _field("reviewTechnician", "Technician", "Technician"),
            "customer": _field("reviewCustomer", "Customer", "Customer"),
            "opened_from": _field("reviewFrom", "First day", "From 2026-03-01"),
            "opened_to": _field("reviewTo", "Last day", "To 2026-03-31"),
        }
        self._kind = _kinds()
        self._search = push_button("Search", "reviewSearch", kind="primary", shortcut="F5")
        self._clear = push_button("Clear", "reviewClear", tip="Look for every session")
        self._policy = push_button("Check policy", "reviewPolicyButton", shortcut="Ctrl+P")
        self._export = push_button("Export…", "reviewExport", shortcut="Ctrl+E")
        self._file = push_button("Check an exported file…", "reviewFile", shortcut="Ctrl+O")
        self._unlock = push_button("Unlock details…", "reviewUnlockButton", shortcut="Ctrl+L")
        self._problem = PlainLabel("", name="reviewProblem", kind="problem")
        self._chosen = PlainLabel("", name="reviewChosen", kind="muted", wrap=False).shrinkable()
        self._empty = PlainLabel("", name="reviewEmpty", kind="muted")
        self._count = PlainLabel("", name="reviewCount", kind="muted", wrap=False)
        self._newer = push_button("Newer", "reviewNewer", tip="Newer sessions", shortcut="Alt+PgUp")
        self._older = push_button("Older", "reviewOlder", tip="Older sessions", shortcut="Alt+PgDown")
        self._table = _table(self.model)
        self._lay_out()
        self._connect()
        self.render_list(ReviewListState())
        self.render_tools(self._tools)

    def render_list(self, state: ReviewListState) -> None:
        """Show `state`."""
        self.model.set_rows(state.rows)
        self._problem.show_or_hide(state.problem)
        self._empty.setVisible(not state.rows and not state.loading and not state.problem)
        self._empty.show_text("No session yet." if state.query.is_empty else "No session matches.")
        count = len(state.rows)
        which = f"Sessions {state.first} to {state.first + count - 1}" if count else "0 sessions"
        if state.page == 1 and not state.more:
            which = f"{count} session{'' if count == 1 else 's'}"
        self._count.show_text("Loading…" if state.loading else which + (", older ones follow" if state.more else ""))
        self._newer.setVisible(state.page > 1 or state.more)
        self._older.setVisible(state.page > 1 or state.more)
        self._newer.setEnabled(state.page > 1 and not state.loading)
        self._older.setEnabled(state.more and not state.loading)
        if state.rows and not self._table.currentIndex().isValid():
            self._table.setCurrentIndex(self.model.index(0, 0))
            self._table.clearSelection()
        self._tell_chosen()

    def render_tools(self, state: ReviewToolsState) -> None:
        """Show what can be done."""
        self._tools = state
        self._unlock.setText("Lock details" if state.unlocked else "Unlock details…")
        self._unlock.setShortcut("Ctrl+L")
        for button in (self._unlock, self._policy, self._export):
            button.setVisible(state.reads_records)
        self._tell_chosen()

    def reset(self) -> None:
        """Look for nothing: somebody signed out."""
        for field in self._fields.values():
            field.clear()
        self._kind.setCurrentIndex(0)

    def focus_search(self) -> None:
        """Put the cursor into the first field."""
        self._fields["ticket"].setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._fields["ticket"].selectAll()

    def focus_results(self, session: str = "") -> None:
        """Go back to the table, to a session when it is there."""
        at = self.model.row_of(session)
        if at >= 0:
            self._table.selectRow(at)
        self._table.setFocus()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The sessions that are marked; all of this page when fewer than two are."""
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        return tuple(self.model.session(each) for each in rows) if len(rows) > 1 else self.model.sessions

    def _tell_chosen(self) -> None:
        count, marked = len(self.chosen), len(self._table.selectionModel().selectedRows()) > 1
        which = f"{count} marked sessions" if marked else f"all {count} sessions shown"
        told = count and self._tools.reads_records
        self._chosen.show_text(f"Policy and export: {which}. Mark some with Shift or Ctrl." if told else "")
        for button in (self._policy, self._export):
            button.setEnabled(bool(count) and not self._tools.busy)

    def _ask(self) -> None:
        typed = {name: field.text().strip() for name, field in self._fields.items()}
        self.query_changed.emit(ReviewQuery(**typed, kind=self._kind.currentData()))

    def _clear_fields(self) -> None:
        self.reset()
        self._ask()

    def _connect(self) -> None:
        for field in self._fields.values():
            field.returnPressed.connect(self._ask)
        self._kind.activated.connect(lambda _index: self._ask())
        self._search.clicked.connect(self._ask)
        self._clear.clicked.connect(self._clear_fields)
        self._newer.clicked.connect(lambda: self.turn_wanted.emit(-1))
        self._older.clicked.connect(lambda: self.turn_wanted.emit(1))
        self._policy.clicked.connect(lambda: self.policy_wanted.emit(self.chosen))
        self._export.clicked.connect(lambda: self.export_wanted.emit(self.chosen))
        self._file.clicked.connect(self.file_wanted)
        self._unlock.clicked.connect(lambda: (self.lock_wanted if self._tools.unlocked else self.unlock_wanted).emit())
        self._table.activated.connect(self._open)
        self._table.selectionModel().selectionChanged.connect(lambda _now, _before: self._tell_chosen())
        QShortcut(QKeySequence("Ctrl+F"), self, self.focus_search)

    def _open(self, index: QModelIndex) -> None:
        session = self.model.session(index.row())
        if session:
            self.session_chosen.emit(session)

    def _lay_out(self) -> None:
        terms = QGridLayout()
        terms.setHorizontalSpacing(8)
        for column, field in enumerate((*self._fields.values(), self._kind)):
            terms.addWidget(field, 0, column)
            terms.setColumnStretch(column, 2 if column in (1, 2) else 1)
        terms.addWidget(self._search, 0, 6)
        terms.addWidget(self._clear, 0, 7)
        tools = row(self._chosen, self._unlock, self._file, self._policy, self._export)
        tools.setStretch(0, 1)
        told = PlainLabel("As the relay states it; a session is verified here when you open it (Return).", kind="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 8)
        layout.setSpacing(8)
        layout.addLayout(terms)
        layout.addLayout(tools)
        layout.addWidget(self._problem)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._empty)
        foot = row(self._count, told, self._newer, self._older, spacing=14)
        foot.setStretch(1, 1)
        layout.addLayout(foot)


def _field(name: str, what: str, placeholder: str) -> QLineEdit:
    field = QLineEdit(placeholderText=placeholder, clearButtonEnabled=True, maxLength=_MAX_TERM)
    named(field, name, what)
    field.setMinimumWidth(90)
    return field


def _kinds() -> ChoiceBox:
    box = ChoiceBox()
    named(box, "reviewKind", "With an event of this kind")
    box.addItem("Any event", "")
    for kind in EventType:
        words = kind.value.replace(".", " ").replace("_", " ").replace("diag ", "diagnostics ")
        box.addItem(words.capitalize(), kind.value)
    box.setMaxVisibleItems(16)
    box.setMinimumWidth(120)
    return box


def _table(model: ReviewTableModel) -> QTableView:
    table = QTableView()
    named(table, "reviewTable", "Sessions")
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setCornerButtonEnabled(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(32)
    table.setItemDelegateForColumn(STATUS, WordsDelegate(table))
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    widths = {OPENED: 104, TICKET: 150, CUSTOMER: 130, TECHNICIAN: 124, LASTED: 84, EVENTS: 62, STATUS: 356}
    for column, width in widths.items():
        header.resizeSection(column, width)
    header.setSectionResizeMode(SUBJECT, QHeaderView.ResizeMode.Stretch)
    header.setMinimumSectionSize(56)
    table.setSortingEnabled(True)
    header.setSortIndicator(OPENED, Qt.SortOrder.DescendingOrder)
    return table
