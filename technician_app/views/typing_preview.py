"""Shows a long text before it is typed at the customer's. GUI thread."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from technician_app.views.parts import PlainLabel, named


class TypingPreview(QDialog):
    """The whole text, read-only, and the question whether to type it.

    Signals:
        confirmed: the technician has read it and wants it typed.
    """

    confirmed = Signal()

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("typingPreview")
        self.setWindowTitle("Type the clipboard")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        lines = text.count("\n") + 1
        words = f"{len(text)} characters" + (
            f" in {lines} lines. Enter is pressed after each line but the last." if lines > 1 else "."
        )
        shown = QPlainTextEdit(text)
        named(shown, "typingPreviewText", "What will be typed")
        shown.setReadOnly(True)
        shown.setTabChangesFocus(True)
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        buttons = QDialogButtonBox()
        go = buttons.addButton("Type it", QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        go.setObjectName("typeItButton")
        go.setAutoDefault(False)
        cancel.setDefault(True)
        cancel.setFocus()
        buttons.accepted.connect(self.accept)
        buttons.accepted.connect(self.confirmed)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(PlainLabel("Your customer's computer will be typed this:", name="typingPreviewTitle"))
        layout.addWidget(shown, 1)
        layout.addWidget(PlainLabel(words, name="typingPreviewSize"))
        layout.addWidget(buttons)
        self.resize(560, 380)
