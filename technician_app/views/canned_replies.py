"""Sentences a technician keeps ready: a menu that inserts them, and a dialog that edits them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QMenu, QPlainTextEdit, QVBoxLayout, QWidget

from protocol.clean_text import clean_text
from technician_app.controllers.profile import MAX_REPLIES, MAX_REPLY_CHARACTERS
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named, push_button, row


class RepliesMenu(QMenu):
    """The replies, the first nine with a digit to press, and a line to edit them.

    Signals:
        chosen: the reply to insert.
        edit_wanted: the technician wants to change the list.
    """

    chosen = Signal(str)
    edit_wanted = Signal()

    def __init__(self, parent: QWidget, replies: tuple[str, ...]) -> None:
        super().__init__(parent)
        named(self, "repliesMenu", "Replies kept ready")
        self.replies: tuple[str, ...] = ()
        self.offer(replies)

    def offer(self, replies: tuple[str, ...]) -> None:
        """Offer `replies` from now on."""
        self.replies = replies
        self.clear()
        for number, reply in enumerate(replies, start=1):
            digit = f"&{number}  " if number <= 9 else "     "
            line = self.addAction(digit + shown_line(reply, 70).replace("&", "&&"))
            line.triggered.connect(lambda _checked=False, text=reply: self.chosen.emit(text))
        self.addSeparator()
        self.addAction("&Edit replies…", self.edit_wanted.emit).setObjectName("editReplies")


class RepliesDialog(QDialog):
    """Edits the list, one reply a line. Use `open()`.

    Signals:
        saved: the new replies, a tuple of str.
    """

    saved = Signal(object)

    def __init__(self, parent: QWidget, replies: tuple[str, ...]) -> None:
        super().__init__(parent)
        self.setObjectName("repliesDialog")
        self.setWindowTitle("Replies kept ready")
        self.resize(520, 380)
        self._text = QPlainTextEdit("\n".join(replies))
        named(self._text, "repliesText", "One reply a line")
        self._text.setTabChangesFocus(True)
        save = push_button("Save", "repliesSave", kind="primary")
        cancel = push_button("Cancel", "repliesCancel")
        about = f"One reply a line, at most {MAX_REPLIES}. They are kept on this computer."
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel(about, kind="muted"))
        layout.addWidget(self._text, 1)
        layout.addLayout(row(None, cancel, save))
        save.clicked.connect(self._save)
        cancel.clicked.connect(self.reject)

    def _save(self) -> None:
        lines = (clean_text(line).strip()[:MAX_REPLY_CHARACTERS] for line in self._text.toPlainText().split("\n"))
        self.saved.emit(tuple(line for line in lines if line)[:MAX_REPLIES])
        self.accept()
