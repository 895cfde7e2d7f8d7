"""The diagnostics panel beside the picture: ask for a report, then search it."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDockWidget, QHeaderView, QLineEdit, QPlainTextEdit, QTreeView, QVBoxLayout, QWidget

from protocol.messages.diagnostics import Fact
from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.models.fact_tree import FACT_ROLE, FactFilter, FactTreeModel, detail_text
from technician_app.views.parts import PlainLabel, named, push_button, row


class DiagnosticsPanel(QDockWidget):
    """Shows the facts the customer sent.

    Signals:
        report_wanted: ask the customer for a report.
    """

    report_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Diagnostics")
        named(self, "diagnosticsPanel", "Diagnostics")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._model = FactTreeModel(self)
        self._filter = FactFilter(self._model, self)
        self._ask = push_button("Ask for a report", "requestDiagnostics", kind="primary")
        self._status = PlainLabel(name="diagnosticsStatus", kind="muted")
        self._search = QLineEdit(placeholderText="Search facts", clearButtonEnabled=True)
        named(self._search, "diagnosticsSearch", "Search facts")
        self._tree = QTreeView()
        named(self._tree, "diagnosticsTree", "Facts")
        self._tree.setModel(self._filter)
        self._tree.setUniformRowHeights(True)
        self._detail = QPlainTextEdit(
            readOnly=True, tabChangesFocus=True, placeholderText="Choose a fact to see it in full."
        )
        named(self._detail, "diagnosticsDetail", "The chosen fact in full")
        self._detail.setFixedHeight(120)
        self._tree.header().setStretchLastSection(True)
        self._tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self._had_facts = False
        content = QWidget()
        content.setMinimumWidth(400)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addLayout(row(self._search, self._ask))
        layout.addWidget(self._status)
        layout.addWidget(self._tree, 1)
        layout.addWidget(self._detail)
        self.setWidget(content)
        self._ask.clicked.connect(self.report_wanted)
        self._search.textChanged.connect(self._find)
        self._tree.selectionModel().currentChanged.connect(self._show_detail)
        self._filter.modelReset.connect(self._detail.clear)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self._tree, self._copy)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._model.set_facts(state.diagnostics)
        if bool(state.diagnostics) != self._had_facts:
            self._had_facts = bool(state.diagnostics)
            self._tree.expandAll()
        self._search.setEnabled(bool(state.diagnostics))
        self._ask.setEnabled(state.phase is Phase.LIVE and not state.diagnostics_pending)
        self._ask.setText("Ask again" if state.diagnostics else "Ask for a report")
        if state.diagnostics_pending:
            self._status.show_text("Waiting for the customer, who sees every fact and decides what to send.")
        elif state.diagnostics_attached:
            self._status.show_text(f"{len(state.diagnostics)} facts, attached to the ticket.")
        elif state.diagnostics:
            self._status.show_text(f"{len(state.diagnostics)} facts.")
        else:
            self._status.show_text("The customer sees every fact before anything is sent, and may leave some out.")

    def focus_search(self) -> None:
        """Put the cursor where the technician goes on: the search, or the button."""
        (self._search if self._search.isEnabled() else self._ask).setFocus()

    def _find(self, text: str) -> None:
        self._filter.search(text)
        self._tree.expandAll()

    def _show_detail(self, index: QModelIndex) -> None:
        fact = index.siblingAtColumn(0).data(FACT_ROLE)
        self._detail.setPlainText(detail_text(fact) if isinstance(fact, Fact) else "")

    def _copy(self) -> None:
        indexes = self._tree.selectionModel().selectedIndexes()
        QGuiApplication.clipboard().setText(": ".join(str(index.data()) for index in indexes))
