"""Chat, clipboard and files in a session window: buttons, panels and a notice. GUI thread only."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QPushButton

from protocol.consent import Standing
from protocol.messages.consent import Capability
from protocol.transport.files.status import FileStatus
from technician_app.controllers.session_state import Permission, Phase, SessionIntents, SessionViewState
from technician_app.views.chat_panel import ChatPanel
from technician_app.views.clipboard_sender import ClipboardSender
from technician_app.views.files_panel import FileDrop, FilesPanel
from technician_app.views.parts import PlainLabel, push_button


class ExchangeControls(QObject):
    """`buttons` and `notice` are for the window to place.

    Signals:
        replies_changed: the replies kept ready, a tuple of str.
    """

    replies_changed = Signal(object)

    def __init__(self, window: QMainWindow, intents: SessionIntents, replies: tuple[str, ...]) -> None:
        super().__init__(window)
        self._state: SessionViewState | None = None
        self._opened_by_itself = False
        self._files_before: tuple[FileStatus, ...] = ()
        self.chat_button = push_button("Chat", "chatButton", tip="Write with your customer", shortcut="Ctrl+T")
        self.chat_button.setCheckable(True)
        self.clipboard_button = push_button(
            "Send clipboard", "clipboardButton", tip="Put your clipboard's text on theirs", shortcut="Ctrl+Shift+V"
        )
        self.files_button = push_button("Files", "filesButton", tip="Send and get files", shortcut="Ctrl+Shift+F")
        self.files_button.setCheckable(True)
        self.notice = PlainLabel(name="clipboardNotice", kind="banner")
        self.notice.hide()
        self.chat = ChatPanel(replies)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.chat)
        self.chat.hide()
        self.files = FilesPanel()
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.files)
        self.files.hide()
        self._drop = FileDrop(window)
        self._connect_files(intents)
        self.clipboard = ClipboardSender(window, self._may_send)
        self.chat_button.toggled.connect(self._show_chat)
        self.chat.visibilityChanged.connect(lambda _shown: self.chat_button.setChecked(not self.chat.isHidden()))
        self.chat.text_written.connect(lambda text: intents.exchange.write_chat(text))
        self.chat.texts_read.connect(lambda: intents.exchange.read_chat())
        self.chat.transcript_wanted.connect(lambda: intents.exchange.attach_chat())
        self.chat.replies_changed.connect(self.replies_changed)
        self.clipboard_button.clicked.connect(self.clipboard.send)
        self.clipboard.send_wanted.connect(lambda text: intents.exchange.send_clipboard(text))
        self.clipboard.ask_wanted.connect(lambda: intents.ask_for((Capability.CLIPBOARD_TO_CUSTOMER,)))
        self.clipboard.said.connect(self.notice.show_or_hide)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """What belongs into the window's bar."""
        return self.chat_button, self.clipboard_button, self.files_button

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        self._state = state
        unread = state.chat.unread if state.chat is not None else 0
        self.chat_button.setVisible(state.chat is not None)
        self.chat_button.setText(f"Chat ({unread})" if unread else "Chat")
        self.chat_button.setAccessibleName(f"Chat, {unread} unread" if unread else "Chat")
        self.clipboard_button.setVisible(state.phase is Phase.LIVE and state.colleagues.in_charge)
        self._render_files(state)
        self.chat.render_chat(state.chat, live=state.phase is Phase.LIVE)
        self.clipboard.render_clipboard(state.clipboard)
        self._open_chat_while_waiting(state)

    def _open_chat_while_waiting(self, state: SessionViewState) -> None:
        """The customer may have questions before deciding; a chat nobody used gives way to the picture."""
        waiting = state.phase is Phase.WAITING_FOR_CONSENT
        if state.chat is None:
            self.chat_button.setChecked(False)
        elif waiting and not self._opened_by_itself:
            self._opened_by_itself = True
            self.chat_button.setChecked(True)
        elif self._opened_by_itself and not waiting:
            self._opened_by_itself = False
            if not state.chat.lines and not self.chat.entry.toPlainText():
                self.chat_button.setChecked(False)

    def _may_send(self) -> bool:
        permissions = self._state.permissions if self._state is not None else {}
        return permissions.get(Capability.CLIPBOARD_TO_CUSTOMER, Permission()).standing is Standing.GRANTED

    def _connect_files(self, intents: SessionIntents) -> None:
        self.files_button.toggled.connect(self.files.setVisible)
        self.files.visibilityChanged.connect(lambda _shown: self.files_button.setChecked(not self.files.isHidden()))
        self.files.files_chosen.connect(lambda paths: intents.exchange.files.send(paths))
        self.files.file_wanted.connect(lambda what: intents.exchange.files.ask_for(what))
        self.files.answered.connect(lambda transfer, yes: intents.exchange.files.answer(transfer, yes))
        self.files.held.connect(lambda transfer, paused: intents.exchange.files.pause(transfer, paused))
        self.files.cancelled.connect(lambda transfer: intents.exchange.files.cancel(transfer))
        self.files.folder_chosen.connect(lambda folder: intents.exchange.files.choose_folder(folder))
        self._drop.dropped.connect(lambda paths: intents.exchange.files.send(paths))
        self._drop.dropped.connect(lambda _paths: self.files_button.setChecked(True))

    def _render_files(self, state: SessionViewState) -> None:
        live = state.phase is Phase.LIVE and state.colleagues.in_charge
        self._drop.enabled = live
        self.files_button.setVisible(live)
        known = {file.transfer for file in self._files_before}
        self._files_before = state.files.files
        self.files.render_files(state.files)
        if not live:
            self.files_button.setChecked(False)
        elif any(not file.outgoing and file.transfer not in known for file in state.files.files):
            self.files_button.setChecked(True)  # the customer offers one

    def _show_chat(self, shown: bool) -> None:
        self.chat.setVisible(shown)
        if shown:
            self.chat.entry.setFocus()
