"""The dialog that shows an opened attachment as plain text."""

from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from protocol.messages.relay_api import Attachment
from technician_app.models.received_text import shown_line, shown_text
from technician_app.views.parts import PlainLabel, named, push_button, row

MAX_SHOWN = 200_000
"""Characters; a longer attachment is cut, and says so by its last character."""


class AttachmentDialog(QDialog):
    """Shows what an attachment holds. Use `open()`."""

    def __init__(self, parent: QWidget, attachment: Attachment, content: bytes) -> None:
        super().__init__(parent)
        self.setObjectName("attachmentDialog")
        self.setWindowTitle(shown_line(attachment.name, 80))
        self.resize(720, 560)
        text = QPlainTextEdit(readOnly=True)
        named(text, "attachmentText", "Content of the attachment")
        text.setPlainText(shown_text(content.decode("utf-8", errors="replace"), MAX_SHOWN))
        close = push_button("Close", "attachmentClose", kind="primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(shown_line(attachment.name), kind="heading"))
        layout.addWidget(text, 1)
        layout.addLayout(row(None, close))
        close.clicked.connect(self.accept)
