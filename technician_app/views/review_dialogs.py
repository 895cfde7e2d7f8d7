"""Dialogs of review: the passphrase of the review key, and an electronic signature. GUI thread."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from protocol.audit.signatures import Meaning
from technician_app.controllers.review_page import MEANINGS
from technician_app.models.received_text import shown_line
from technician_app.views.errors import message_for
from technician_app.views.parts import ChoiceBox, PlainLabel, named, push_button, row


class AskingDialog(QDialog):
    """A form with a problem line, a way back and one main button. Use `open()`."""

    def __init__(self, parent: QWidget, name: str, title: str, explained: str, confirm: str) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setMinimumWidth(480)
        self._confirm_words = confirm
        self.form = QFormLayout()
        self.form.setVerticalSpacing(10)
        self.form.setHorizontalSpacing(14)
        self.problem = PlainLabel("", name=f"{name}Problem", kind="problem")
        self.confirm = push_button(confirm, f"{name}Confirm", kind="primary")
        cancel = push_button("Cancel", f"{name}Cancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(PlainLabel(title, kind="heading"))
        layout.addWidget(PlainLabel(explained, kind="muted"))
        layout.addLayout(self.form)
        layout.addWidget(self.problem)
        layout.addLayout(row(None, cancel, self.confirm))
        self.problem.hide()
        self.confirm.setDefault(True)
        cancel.clicked.connect(self.reject)

    def show_busy(self, busy: bool) -> None:
        """Wait for an answer, or ask again."""
        self.confirm.setEnabled(not busy)
        self.confirm.setText("One moment…" if busy else self._confirm_words)

    def show_problem(self, error: Exception) -> None:
        """Say why it was refused; the form stays as it is."""
        self.show_busy(False)
        self.problem.show_or_hide(message_for(error).text)


class UnlockDialog(AskingDialog):
    """Asks for the review key file and its passphrase.

    Signals:
        unlock_wanted: path, passphrase.
    """

    unlock_wanted = Signal(Path, str)

    def __init__(self, parent: QWidget, path: str) -> None:
        super().__init__(
            parent,
            "reviewUnlock",
            "Open details with the review key",
            "The key stays in this program's memory until you lock it or quit. It is never sent anywhere.",
            "Unlock",
        )
        self._path = QLineEdit(path)
        named(self._path, "reviewUnlockPath", "Review key file")
        choose = push_button("Choose…", "reviewUnlockChoose")
        choose.setAutoDefault(False)
        self._passphrase = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        named(self._passphrase, "reviewUnlockPassphrase", "Passphrase of the review key")
        self.form.addRow("Key file", row(self._path, choose))
        self.form.addRow("&Passphrase", self._passphrase)
        choose.clicked.connect(self._choose)
        self.confirm.clicked.connect(self._emit)
        for field in (self._path, self._passphrase):
            field.textChanged.connect(self._update)
        self._update()
        (self._passphrase if path else self._path).setFocus()

    def _update(self) -> None:
        self.confirm.setEnabled(bool(self._path.text().strip() and self._passphrase.text()))

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose the review key file", self._path.text())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._path.setText)
        dialog.open()

    def _emit(self) -> None:
        self.show_busy(True)
        self.unlock_wanted.emit(Path(self._path.text().strip()), self._passphrase.text())
        self._passphrase.clear()
        self._passphrase.setFocus()


class SignDialog(AskingDialog):
    """Asks what the signature means and for the password again.

    Signals:
        sign_wanted: Meaning, password.
    """

    sign_wanted = Signal(Meaning, str)

    def __init__(self, parent: QWidget, title: str, name: str, own: bool) -> None:
        super().__init__(
            parent,
            "reviewSign",
            f"Sign the record of {shown_line(title, 60)}",
            "Your signature is bound to exactly this record, with your name and the time. It cannot be taken back.",
            "Sign",
        )
        self._meaning = ChoiceBox()
        named(self._meaning, "reviewSignMeaning", "What your signature means")
        meanings = (Meaning.PERFORMED, Meaning.RESPONSIBLE) if own else (
            Meaning.REVIEWED, Meaning.APPROVED, Meaning.RESPONSIBLE,
        )  # fmt: skip
        for meaning in meanings:
            self._meaning.addItem(MEANINGS[meaning.value], meaning.value)
        self._password = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        named(self._password, "reviewSignPassword", "Your password, again")
        self.form.addRow("&Meaning", self._meaning)
        self.form.addRow("Printed name", PlainLabel(shown_line(name), name="reviewSignName", kind="heading"))
        self.form.addRow("&Password", self._password)
        self.confirm.clicked.connect(self._emit)
        self._password.textChanged.connect(lambda text: self.confirm.setEnabled(bool(text)))
        self.confirm.setEnabled(False)
        self._meaning.setFocus()

    def _emit(self) -> None:
        self.show_busy(True)
        self.sign_wanted.emit(Meaning(self._meaning.currentData()), self._password.text())
        self._password.clear()
        self._password.setFocus()
