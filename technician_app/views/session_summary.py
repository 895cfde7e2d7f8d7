"""The page after a session: how it ended and what its record says."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from technician_app.controllers.session_state import SessionViewState
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, card, push_button, row

RECORD_SUFFIX = ".deskside-record"
EXPORT_SUFFIX = ".dsaudit"
_FILTERS = {
    f"Record (*{RECORD_SUFFIX})": RECORD_SUFFIX,
    f"Record with proofs and a report (*{EXPORT_SUFFIX})": EXPORT_SUFFIX,
}


class SessionSummary(QWidget):
    """Shows the end of a session.

    Signals:
        export_wanted: the path to write the record file to.
        close_wanted: the technician is done with this window.
    """

    export_wanted = Signal(str)
    close_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session = ""
        self._ticket = ""
        self._status = PlainLabel(name="summaryStatus")
        self._problem = PlainLabel(name="summaryProblem", kind="problem")
        self._ticket_line = PlainLabel(name="summaryTicket", kind="muted")
        self._record = PlainLabel(name="summaryRecord", kind="heading")
        self._attached = PlainLabel("The diagnostics report is attached to the ticket.", name="summaryDiagnostics")
        self._path = PlainLabel(name="summaryRecordPath", kind="muted").selectable()
        self._save = push_button("Save record…", "saveRecord", tip="Write the signed record to a file")
        self._close = push_button("Close", "closeSummary", kind="primary")
        self.file_dialog: QFileDialog | None = None
        about = "The signed list of everything that was asked, allowed and done. deskside-verify checks it."
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Session ended", kind="title"))
        layout.addWidget(self._ticket_line)
        layout.addWidget(self._status)
        layout.addWidget(self._problem)
        layout.addWidget(card(PlainLabel("Record", kind="muted"), self._record, PlainLabel(about), self._path))
        layout.addWidget(self._attached)
        layout.addLayout(row(None, self._save, self._close))
        self._save.clicked.connect(self._ask_path)
        self._close.clicked.connect(self.close_wanted)

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._session, self._ticket = state.session, state.ticket
        self._ticket_line.show_text(f"{shown_line(state.ticket, 40)}  {shown_line(state.subject)}")
        self._status.show_or_hide(state.status)
        self._problem.show_or_hide(state.problem if state.problem != state.status else "")
        self._record.show_text(state.record_status or "Nothing was recorded.")
        self._attached.setVisible(state.diagnostics_attached)
        self._path.show_or_hide(f"Saved as {state.record_path}" if state.record_path else "")
        self._save.setEnabled(bool(state.record_status))
        self._close.setFocus()

    def _ask_path(self) -> None:
        name = f"{shown_line(self._ticket, 40)}-{shown_line(self._session, 8).rstrip('…')}{RECORD_SUFFIX}"
        dialog = QFileDialog(self, "Save record", str(Path.home() / name.replace("/", "-")))
        dialog.setObjectName("saveRecordDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(_FILTERS))
        dialog.filterSelected.connect(self._change_suffix)
        dialog.setDefaultSuffix(RECORD_SUFFIX)
        dialog.fileSelected.connect(self.export_wanted)
        dialog.finished.connect(self._forget_dialog)
        self.file_dialog = dialog
        dialog.open()

    def _change_suffix(self, chosen: str) -> None:
        """Let the name that is offered follow the kind of file that was chosen."""
        if self.file_dialog is not None:
            self.file_dialog.setDefaultSuffix(_FILTERS[chosen])
            for name in self.file_dialog.selectedFiles():
                self.file_dialog.selectFile(str(Path(name).with_suffix(_FILTERS[chosen])))

    def _forget_dialog(self) -> None:
        if self.file_dialog is not None:
            self.file_dialog.deleteLater()
            self.file_dialog = None
