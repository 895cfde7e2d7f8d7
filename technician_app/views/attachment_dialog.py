"""The dialog that shows an opened attachment: as plain text, or a screenshot as the picture it is."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from protocol.messages.relay_api import Attachment
from technician_app.models.received_text import shown_line, shown_text
from technician_app.views.parts import PlainLabel, named, push_button, row

MAX_SHOWN = 200_000
"""Characters; a longer attachment is cut, and says so by its last character."""

MAX_PIXELS = 33_177_600
_PNG = b"\x89PNG\r\n\x1a\n"


class AttachmentDialog(QDialog):
    """Shows what an attachment holds. Use `open()`."""

    def __init__(self, parent: QWidget, attachment: Attachment, content: bytes) -> None:
        super().__init__(parent)
        self.setObjectName("attachmentDialog")
        self.setWindowTitle(shown_line(attachment.name, 80))
        self.resize(720, 560)
        close = push_button("Close", "attachmentClose", kind="primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(shown_line(attachment.name), kind="heading"))
        layout.addWidget(_picture(content) or _text(content), 1)
        layout.addLayout(row(None, close))
        close.clicked.connect(self.accept)


def _text(content: bytes) -> QWidget:
    text = QPlainTextEdit(readOnly=True)
    named(text, "attachmentText", "Content of the attachment")
    text.setPlainText(shown_text(content.decode("utf-8", errors="replace"), MAX_SHOWN))
    return text


def _picture(content: bytes) -> QWidget | None:
    """Return the picture, pixel by pixel; None when it is none, or too large to be a screenshot."""
    if not content.startswith(_PNG):
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, b"PNG")
    size = reader.size()
    if size.width() * size.height() > MAX_PIXELS:
        return None
    image = reader.read()
    if image.isNull():
        return None
    shown = QLabel()
    shown.setPixmap(QPixmap.fromImage(image))
    named(shown, "attachmentPicture", "The screenshot")
    area = QScrollArea()
    named(area, "attachmentPictureArea", "The screenshot, to scroll")
    area.setWidget(shown)
    return area
