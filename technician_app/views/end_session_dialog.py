"""The dialog that ends a session, with a note for the ticket."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from technician_app.views.parts import PlainLabel, named, push_button, row

MAX_NOTE = 4000


class EndSessionDialog(QDialog):
    """Asks for a note and ends the session. Use `open()`.

    Signals:
        end_wanted: the note, possibly empty.
    """

    end_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("endSessionDialog")
        self.setWindowTitle("End session")
        self.setMinimumWidth(440)
        self._note = QPlainTextEdit(tabChangesFocus=True, placeholderText="What was done, what is left to do")
        named(self._note, "endSessionNote", "Note for the ticket")
        self._note.setFixedHeight(110)
        self._end = push_button("End session", "endSessionConfirm", kind="danger")
        keep = push_button("Keep working", "endSessionCancel")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Note for the ticket", kind="heading"))
        layout.addWidget(self._note)
        layout.addWidget(PlainLabel("May stay empty. Everybody on the ticket can read it.", kind="muted"))
        layout.addLayout(row(None, keep, self._end))
        self._end.setDefault(True)
        self._note.textChanged.connect(self._update)
        self._end.clicked.connect(self._emit)
        keep.clicked.connect(self.reject)

    def _update(self) -> None:
        length = len(self._note.toPlainText())
        self._end.setEnabled(length <= MAX_NOTE)
        self._end.setToolTip("" if length <= MAX_NOTE else f"The note may have at most {MAX_NOTE} characters.")

    def _emit(self) -> None:
        self.accept()
        self.end_wanted.emit(self._note.toPlainText().strip())
