"""The ticket list: search, state filter, the table and its pages."""

from dataclasses import replace

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLineEdit, QTableView, QVBoxLayout, QWidget

from protocol.messages.relay_api import TicketState
from technician_app.controllers.tickets import TicketListViewState, TicketQuery
from technician_app.models.ticket_table import CUSTOMER, NUMBER, PRIORITY, STATE, SUBJECT, UPDATED, TicketTableModel
from technician_app.views.parts import ChipDelegate, ChoiceBox, PlainLabel, named, push_button, row

SEARCH_DELAY_MS = 250
"""The relay is asked when typing pauses this long."""

LEAST_PX = 92
"""No column is narrower: in a narrow window the list scrolls, and subjects do not vanish."""


class TicketList(QWidget):
    """The left half of the main window.

    Signals:
        query_changed: a TicketQuery the technician wants to see.
        ticket_chosen: the number of a ticket to open.
        new_wanted, refresh_wanted: the buttons.
    """

    query_changed = Signal(object)
    ticket_chosen = Signal(str)
    new_wanted = Signal()
    refresh_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._query = TicketQuery()
        self._open_number = ""
        self.model = TicketTableModel(self)
        self._search = QLineEdit(placeholderText="Search tickets (Ctrl+F)", clearButtonEnabled=True)
        named(self._search, "ticketSearch", "Search tickets")
        self._state = _state_filter()
        self._new = push_button("New ticket", "newTicketButton", kind="primary", shortcut="Ctrl+N")
        self._refresh = push_button("Refresh", "refreshButton", tip="Read the list again", shortcut="F5")
        self._table = _table(self.model)
        self._empty = PlainLabel(name="ticketListEmpty", kind="muted")
        self._problem = PlainLabel(name="ticketListProblem", kind="problem")
        self._count = PlainLabel(name="ticketCount", kind="muted", wrap=False)
        self._back = push_button("Previous", "ticketPageBack", tip="Previous page")
        self._next = push_button("Next", "ticketPageNext", tip="Next page")
        self._typing = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._lay_out()
        self._connect()
        self.render_list(TicketListViewState())

    def render_list(self, state: TicketListViewState) -> None:
        """Show `state`."""
        self._query = state.query
        self.model.set_rows(state.rows)
        self._select_open()
        self._problem.show_or_hide(state.problem)
        searching = bool(state.query.text or state.query.state)
        self._empty.setVisible(not state.rows and not state.loading and not state.problem)
        self._empty.show_text("No ticket matches." if searching else "No tickets yet. Make one with New ticket.")
        word = "ticket" if state.total == 1 else "tickets"
        page = f", page {state.query.page} of {state.page_count}" if state.page_count > 1 else ""
        self._count.show_text("Loading…" if state.loading else f"{state.total} {word}{page}")
        for button in (self._back, self._next):
            button.setVisible(state.page_count > 1)
        self._back.setEnabled(state.query.page > 1)
        self._next.setEnabled(state.query.page < state.page_count)

    def show_open(self, number: str) -> None:
        """Mark `number` as the open ticket."""
        if number != self._open_number:
            self._open_number = number
            self._select_open()

    def reset(self) -> None:
        """Start over: somebody signed out."""
        self._typing.stop()
        self._search.blockSignals(True)
        self._search.clear()
        self._search.blockSignals(False)
        self._state.blockSignals(True)
        self._state.setCurrentIndex(0)
        self._state.blockSignals(False)
        self._open_number = ""

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def _connect(self) -> None:
        self._typing.timeout.connect(self._ask)
        self._search.textChanged.connect(lambda _text: self._typing.start())
        self._search.returnPressed.connect(self._ask)
        self._state.currentIndexChanged.connect(lambda _index: self._ask())
        self._new.clicked.connect(self.new_wanted)
        self._refresh.clicked.connect(self.refresh_wanted)
        self._back.clicked.connect(lambda: self._turn(-1))
        self._next.clicked.connect(lambda: self._turn(+1))
        self.model.sort_wanted.connect(lambda sort: self.query_changed.emit(replace(self._query, sort=sort, page=1)))
        self._table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._table.activated.connect(self._row_chosen)
        QShortcut(QKeySequence("Ctrl+F"), self, self.focus_search)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(row(self._search, self._state, self._refresh, self._new))
        layout.addWidget(self._problem)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._empty)
        layout.addLayout(row(self._count, None, self._back, self._next))

    def _ask(self) -> None:
        self._typing.stop()
        state = self._state.currentData()
        chosen = TicketState(state) if state else None
        self.query_changed.emit(replace(self._query, text=self._search.text().strip()[:200], state=chosen, page=1))

    def _turn(self, pages: int) -> None:
        self.query_changed.emit(replace(self._query, page=max(1, self._query.page + pages)))

    def _row_chosen(self, index: QModelIndex) -> None:
        summary = self.model.summary(index.row())
        if summary is not None and summary.number != self._open_number:
            self._open_number = summary.number
            self.ticket_chosen.emit(summary.number)

    def _select_open(self) -> None:
        selection = self._table.selectionModel()
        found = self.model.row_of(self._open_number)
        selection.blockSignals(True)
        if found < 0:
            self._table.clearSelection()
            self._table.setCurrentIndex(QModelIndex())
        elif found != self._table.currentIndex().row() or not selection.hasSelection():
            self._table.selectRow(found)
        selection.blockSignals(False)
        self._table.viewport().update()


def _state_filter() -> ChoiceBox:
    box = ChoiceBox()
    named(box, "ticketStateFilter", "Show tickets in state")
    box.addItem("All states", "")
    for state in TicketState:
        box.addItem(state.value.capitalize(), state.value)
    return box


def _table(model: TicketTableModel) -> QTableView:
    table = QTableView()
    named(table, "ticketTable", "Tickets")
    table.setModel(model)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setCornerButtonEnabled(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(32)
    chips = ChipDelegate(table)
    table.setItemDelegateForColumn(STATE, chips)
    table.setItemDelegateForColumn(PRIORITY, chips)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setMinimumSectionSize(LEAST_PX)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSortIndicator(UPDATED, Qt.SortOrder.DescendingOrder)
    for column, width in ((NUMBER, 140), (CUSTOMER, 128), (STATE, 86), (PRIORITY, 86), (UPDATED, 120)):
        header.resizeSection(column, width)
    header.setSectionResizeMode(SUBJECT, QHeaderView.ResizeMode.Stretch)
    table.setSortingEnabled(True)
    return table
