"""What proves the chosen event, to read and to copy. GUI thread."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from technician_app.controllers.review_evidence import EventProof
from technician_app.controllers.review_page import SIDES, TimelineRow
from technician_app.models.received_text import shown_text
from technician_app.views.parts import PlainLabel, named, push_button, row
from technician_app.views.theme import restyle


class ProofPanel(QWidget):
    """One event: what happened, whether it is proven, and with what.

    Signals:
        session_wanted: the colleague's session this event is about.
    """

    session_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._session = ""
        self._copied = ""
        self._what = PlainLabel("", name="reviewProofEvent", kind="heading").selectable()
        self._summary = PlainLabel("", name="reviewProofSummary").selectable()
        self._rows = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        named(self._rows, "reviewProofRows", "Proof of the event")
        self._rows.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._rows.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._copy = push_button("Copy proof", "reviewProofCopy", shortcut="Ctrl+Shift+C")
        self._colleague = push_button("Open the colleague's session", "reviewProofSession", shortcut="Ctrl+J")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self._what)
        layout.addWidget(self._summary)
        layout.addWidget(self._rows, 1000)
        layout.addLayout(row(self._colleague, None, self._copy))
        layout.addStretch(1)
        self._copy.clicked.connect(self._copy_rows)
        self._colleague.clicked.connect(lambda: self.session_wanted.emit(self._session))
        self.show_proof(None, None)

    def show_proof(self, entry: TimelineRow | None, proof: EventProof | None) -> None:
        """Show an event and its proof; None: nothing is chosen, or it is missing."""
        self._session = entry.session if entry else ""
        self._copied = proof.as_text if proof else ""
        who = f"{SIDES[entry.lane].capitalize()}, {entry.clock} UTC: {entry.text}" if entry else "No event is chosen."
        self._what.show_text(who)
        nothing = "There is nothing to prove: the event is not here." if entry else "Choose one in the timeline."
        self._summary.show_text(proof.summary if proof else nothing)
        restyle(self._summary, "kind", _kind(proof))
        lines = "\n".join(f"{name}\n    {value}" for name, value in proof.rows) if proof else ""
        self._rows.setPlainText(shown_text(lines, 20_000))
        self._rows.setVisible(proof is not None)
        self._copy.setVisible(proof is not None)
        self._copy.setText("Copy proof")
        self._colleague.setVisible(bool(self._session))

    def _copy_rows(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)
        self._copy.setText("Copied")


def _kind(proof: EventProof | None) -> str:
    if proof is None:
        return "muted"
    if not proof.holds:
        return "problem"
    return "good" if proof.in_log else ""
