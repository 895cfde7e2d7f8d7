"""Dialogs for who cares for records without reading them: a legal hold, and erasing for good. GUI thread."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named
from technician_app.views.review_dialogs import AskingDialog

_MOST_CHARACTERS = 1000


class HoldDialog(AskingDialog):
    """Asks why a legal hold is set, or why the one there is shall be lifted.

    Signals:
        hold_wanted: whether it shall be held, and the reason.
    """

    hold_wanted = Signal(bool, str)

    def __init__(self, parent: QWidget, title: str, *, held: bool) -> None:
        super().__init__(
            parent,
            "reviewHoldDialog",
            f"{'Lift' if held else 'Set'} a legal hold: {shown_line(title, 60)}",
            "From then on this session is erased like any other, on request or when its time is over."
            if held
            else "As long as it stands nothing of this session can be erased, neither on request nor by retention.",
            "Lift the hold" if held else "Set the hold",
        )
        self._held = held
        self._reason = _line("reviewHoldReason", "Reason", "Case 12/2026, letter of 3 May")
        self.form.addRow("&Reason", self._reason)
        self.form.addRow("", _recorded())
        self.confirm.clicked.connect(self._emit)
        self._reason.textChanged.connect(self._update)
        self._update()
        self._reason.setFocus()

    def _update(self) -> None:
        self.confirm.setEnabled(bool(self._reason.text().strip()))

    def _emit(self) -> None:
        self.show_busy(True)
        self.hold_wanted.emit(not self._held, self._reason.text().strip())


class EraseDialog(AskingDialog):
    """Asks under which basis a session is erased, and for its ticket's number: a click alone erases nothing.

    Signals:
        erase_wanted: the basis.
    """

    erase_wanted = Signal(str)

    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(
            parent,
            "reviewEraseDialog",
            f"Erase a session of {shown_line(title, 60)}",
            "What was said and done, its keys, recordings, attachments and what the customer wrote afterwards are "
            "deleted for good, also of colleagues who joined. The signed events stay: they prove that there was a "
            "session, and not what happened in it. This cannot be undone.",
            "Erase for good",
        )
        self._title = title
        self._basis = _line("reviewEraseBasis", "Basis", "GDPR Art. 17, request of 3 May")
        self._typed = _line("reviewEraseTyped", "The ticket's number, typed again", "")
        self.form.addRow("&Basis", self._basis)
        self.form.addRow(f"Type {shown_line(title, 40)}", self._typed)
        self.form.addRow("", _recorded())
        self.confirm.setProperty("kind", "danger")
        self.confirm.setDefault(False)
        self.confirm.setAutoDefault(False)
        self.confirm.clicked.connect(self._emit)
        for field in (self._basis, self._typed):
            field.textChanged.connect(self._update)
        self._update()
        self._basis.setFocus()

    def _update(self) -> None:
        self.confirm.setEnabled(bool(self._basis.text().strip()) and self._typed.text().strip() == self._title)

    def _emit(self) -> None:
        self.show_busy(True)
        self.erase_wanted.emit(self._basis.text().strip())


def _line(name: str, what: str, example: str) -> QLineEdit:
    field = QLineEdit(placeholderText=example, maxLength=_MOST_CHARACTERS)
    named(field, name, what)
    return field


def _recorded() -> PlainLabel:
    return PlainLabel("Your name, the time and these words are recorded in the organisation's log.", kind="muted")
