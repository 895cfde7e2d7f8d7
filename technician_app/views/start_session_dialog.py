"""The dialog that asks why a session is needed, before one is opened."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from protocol.messages.relay_api import NewSession
from technician_app.models.received_text import shown_line
from technician_app.views.errors import message_for
from technician_app.views.parts import PlainLabel, named, push_button, row


class StartSessionDialog(QDialog):
    """Asks for the reason the customer will read. Use `open()`.

    Signals:
        start_wanted: a NewSession.
    """

    start_wanted = Signal(object)

    def __init__(self, parent: QWidget, number: str, customer: str) -> None:
        super().__init__(parent)
        self.setObjectName("startSessionDialog")
        self.setWindowTitle(f"Start a session on {shown_line(number, 40)}")
        self.setMinimumWidth(480)
        self._reason = QLineEdit(maxLength=200, placeholderText="For example: look at the printer settings with you")
        named(self._reason, "startSessionReason", "Reason for the session")
        self._spoken = QCheckBox("Also make a &6-digit code to say on the phone (works for 15 minutes)")
        named(self._spoken, "startSessionSpoken", "Also make a 6-digit code to say on the phone")
        self._problem = PlainLabel(name="startSessionProblem", kind="problem")
        self._problem.hide()
        self._start = push_button("Start session", "startSessionConfirm", kind="primary")
        self._start.setDefault(True)
        cancel = push_button("Cancel", "startSessionCancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(PlainLabel("Why do you need to see the customer's screen?", kind="heading"))
        layout.addWidget(self._reason)
        layout.addWidget(PlainLabel(f"{shown_line(customer, 60)} reads this before allowing anything.", kind="muted"))
        layout.addWidget(self._spoken)
        layout.addWidget(self._problem)
        layout.addLayout(row(None, cancel, self._start))
        self._reason.textChanged.connect(self._update)
        self._start.clicked.connect(self._emit)
        cancel.clicked.connect(self.reject)
        self._update()

    def show_problem(self, error: Exception) -> None:
        """Say why no session was opened."""
        self._problem.show_or_hide(message_for(error).text)
        self._start.setText("Start session")
        self._update()

    def _update(self) -> None:
        self._start.setEnabled(bool(self._reason.text().strip()))

    def _emit(self) -> None:
        self._problem.hide()
        self._start.setEnabled(False)
        self._start.setText("Starting…")
        self.start_wanted.emit(NewSession(reason=self._reason.text().strip(), spoken=self._spoken.isChecked()))
