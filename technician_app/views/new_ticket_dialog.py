"""The dialog that makes a ticket."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from protocol.messages.relay_api import NewTicket, Priority
from technician_app.views.errors import message_for
from technician_app.views.parts import ChoiceBox, PlainLabel, named, push_button, row

MAX_DESCRIPTION = 4000


class NewTicketDialog(QDialog):
    """Asks for a new ticket; stays open until the relay has it. Use `open()`.

    Signals:
        create_wanted: a NewTicket.
    """

    create_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("newTicketDialog")
        self.setWindowTitle("New ticket")
        self.setMinimumWidth(520)
        self._subject = QLineEdit(maxLength=200, placeholderText="What is it about?")
        named(self._subject, "newTicketSubject", "Subject")
        self._customer = QLineEdit(maxLength=200, placeholderText="Who needs help?")
        named(self._customer, "newTicketCustomer", "Customer")
        self._description = QPlainTextEdit(tabChangesFocus=True)
        named(self._description, "newTicketDescription", "Description")
        self._priority = ChoiceBox()
        named(self._priority, "newTicketPriority", "Priority")
        for priority in Priority:
            self._priority.addItem(priority.value.capitalize(), priority.value)
        self._priority.setCurrentIndex(1)
        self._problem = PlainLabel(name="newTicketProblem", kind="problem")
        self._problem.hide()
        self._create = push_button("Create ticket", "newTicketCreate", kind="primary")
        self._create.setDefault(True)
        self._cancel = push_button("Cancel", "newTicketCancel")
        self._lay_out()
        for field in (self._subject, self._customer):
            field.textChanged.connect(self._update)
        self._description.textChanged.connect(self._update)
        self._create.clicked.connect(self._emit)
        self._cancel.clicked.connect(self.reject)
        self._update()

    def show_problem(self, error: Exception) -> None:
        """Say why the ticket was not made; what was typed stays."""
        self._problem.show_or_hide(message_for(error).text)
        self._create.setText("Create ticket")
        self._update()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow("&Subject", self._subject)
        form.addRow("&Customer", self._customer)
        form.addRow("&Description", self._description)
        form.addRow("&Priority", self._priority)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addLayout(row(None, self._cancel, self._create))

    def _update(self) -> None:
        too_long = len(self._description.toPlainText()) > MAX_DESCRIPTION
        if too_long:
            self._problem.show_or_hide(f"The description may have at most {MAX_DESCRIPTION} characters.")
        filled = bool(self._subject.text().strip() and self._customer.text().strip())
        self._create.setEnabled(filled and not too_long)

    def _emit(self) -> None:
        self._problem.hide()
        self._create.setEnabled(False)
        self._create.setText("Creating…")
        self.create_wanted.emit(
            NewTicket(
                subject=self._subject.text().strip(),
                customer=self._customer.text().strip(),
                description=self._description.toPlainText().strip(),
                priority=Priority(self._priority.currentData()),
            )
        )
