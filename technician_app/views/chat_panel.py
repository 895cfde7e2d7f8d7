"""Writing with the customer, beside the picture: plain text both ways, marks, replies kept ready. GUI thread only."""

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QDockWidget, QMessageBox, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from protocol.chat import ChatLine
from protocol.messages.chat import MAX_CHAT_CHARACTERS
from protocol.web_links import Link
from technician_app.controllers.session_state import ChatShown
from technician_app.models.received_text import shown_line
from technician_app.views.canned_replies import RepliesDialog, RepliesMenu
from technician_app.views.chat_row import ChatRow
from technician_app.views.parts import PlainLabel, named, push_button, row

MAX_ROWS = 400
"""Of a longer conversation the oldest are not shown; the transcript has them all."""

ENTRY_HEIGHT = 74


class ChatEntry(QPlainTextEdit):
    """Enter sends, Shift+Enter begins a new line.

    Signals:
        sent: Enter was pressed.
    """

    sent = Signal()

    def __init__(self) -> None:
        super().__init__(tabChangesFocus=True, placeholderText="Write to your customer. Enter sends.")
        named(self, "chatEntry", "Write to your customer")
        self.setFixedHeight(ENTRY_HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter; everything else is ordinary writing."""
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.sent.emit()
        else:
            super().keyPressEvent(event)


class ChatPanel(QDockWidget):
    """Shows a ChatShown.

    Signals:
        text_written: a text for the customer.
        texts_read: everything is on the screen.
        transcript_wanted: attach the conversation to the ticket.
        replies_changed: the replies kept ready, a tuple of str.
    """

    text_written = Signal(str)
    texts_read = Signal()
    transcript_wanted = Signal()
    replies_changed = Signal(object)

    def __init__(self, replies: tuple[str, ...]) -> None:
        super().__init__("Chat")
        named(self, "chatPanel", "Chat")
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._chat = ChatShown()
        self._rows: dict[tuple[bool, int], ChatRow] = {}
        self.link_question: QMessageBox | None = None
        self.replies_dialog: RepliesDialog | None = None
        self._column = QVBoxLayout()
        self._area = self._make_area()
        self._said = PlainLabel(name="chatSaid", kind="muted")
        self._attach = push_button("To ticket", "chatAttach", tip="Attach this conversation to the ticket")
        self.replies = RepliesMenu(self, replies)
        self._replies = push_button("Replies", "chatReplies", tip="Insert a reply kept ready", shortcut="Ctrl+R")
        self._replies.setMenu(self.replies)
        self._send = push_button("Send", "chatSend", kind="primary", tip="Send (Enter)")
        self.entry = ChatEntry()
        self._lay_out()
        self._connect()

    def render_chat(self, chat: ChatShown | None, *, live: bool = True) -> None:
        """Show `chat`; without one there is nobody to write to. It can be attached in a `live` session."""
        self._chat = shown = chat or ChatShown(can_write=False)
        if chat is None:
            self._forget(set(self._rows))
        lines = shown.lines[-MAX_ROWS:]
        self._forget(set(self._rows) - {_key(line) for line in lines})
        for line in lines:
            self._show_line(line)
        off = "" if shown.can_write else "Writing is not possible now."
        self._said.show_or_hide(off or shown.said)
        self._send.setEnabled(shown.can_write)
        self._replies.setEnabled(shown.can_write)
        self._attach.setEnabled(live and shown.can_write and bool(lines))
        self.entry.setEnabled(shown.can_write)
        self._say_read()

    def changeEvent(self, event: QEvent) -> None:
        """What came while the window was not in front is read when it is."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._say_read()

    def showEvent(self, event: QShowEvent) -> None:
        """What came while the panel was closed is read now."""
        super().showEvent(event)
        self._say_read()

    def _say_read(self) -> None:
        if self._chat.unread and self.isVisible() and self.window().isActiveWindow():
            self.texts_read.emit()

    def _show_line(self, line: ChatLine) -> None:
        known = self._rows.get(_key(line))
        if known is not None:
            known.show_mark(line)
            return
        added = self._rows[_key(line)] = ChatRow(line)
        added.link_chosen.connect(self._ask_about)
        self._column.insertWidget(self._column.count() - 1, added)

    def _forget(self, keys: set[tuple[bool, int]]) -> None:
        for key in keys:
            gone = self._rows.pop(key)
            self._column.removeWidget(gone)
            gone.deleteLater()

    def _make_area(self) -> QScrollArea:
        inside = QWidget()
        inside.setLayout(self._column)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        named(area, "chatTexts", "What was written")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: bar.setValue(high))
        return area

    def _lay_out(self) -> None:
        content = QWidget()
        content.setMinimumWidth(320)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(self._area, 1)
        layout.addWidget(self._said)
        layout.addWidget(self.entry)
        layout.addLayout(row(self._replies, self._attach, None, self._send))
        self.setWidget(content)

    def _connect(self) -> None:
        self.entry.sent.connect(self._write)
        self._send.clicked.connect(self._write)
        self._attach.clicked.connect(self.transcript_wanted)
        self.replies.chosen.connect(self._insert)
        self.replies.edit_wanted.connect(self._edit_replies)

    def _write(self) -> None:
        text = self.entry.toPlainText()
        if not text.strip() or not self._chat.can_write:
            return
        if len(text) > MAX_CHAT_CHARACTERS:
            self._said.show_or_hide(
                f"This has {len(text)} characters; at most {MAX_CHAT_CHARACTERS} can be sent at once."
            )
            return
        self.entry.clear()
        self.text_written.emit(text)

    def _insert(self, reply: str) -> None:
        self.entry.insertPlainText(reply)
        self.entry.setFocus()

    def _edit_replies(self) -> None:
        dialog = self.replies_dialog = RepliesDialog(self, self.replies.replies)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.saved.connect(self.replies.offer)
        dialog.saved.connect(self.replies_changed)
        dialog.open()

    def _ask_about(self, link: Link) -> None:
        """Open an address only after all of it was shown, and the host as the network knows it."""
        box = self.link_question = QMessageBox(self)
        box.setObjectName("linkQuestion")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Open this page?")
        box.setText(f"The customer wrote an address that leads to:\n\n{shown_line(link.host, 260)}")
        box.setInformativeText(shown_line(link.url, 1000))
        opening = box.addButton("Open in browser", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("Do not open", QMessageBox.ButtonRole.RejectRole))
        opening.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(link.url, QUrl.ParsingMode.StrictMode)))
        box.finished.connect(self._forget_question)
        box.open()

    def _forget_question(self) -> None:
        self.link_question = None


def _key(line: ChatLine) -> tuple[bool, int]:
    return line.mine, line.id
