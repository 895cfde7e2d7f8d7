"""Chat and clipboard in a session window: two buttons, a panel and a notice, joined to the intents. GUI thread only."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow, QPushButton

from protocol.consent import Standing
from protocol.messages.consent import Capability
from technician_app.controllers.session_state import Permission, Phase, SessionIntents, SessionViewState
from technician_app.views.chat_panel import ChatPanel
from technician_app.views.clipboard_sender import ClipboardSender
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
        self.chat_button = push_button("Chat", "chatButton", tip="Write with your customer", shortcut="Ctrl+T")
        self.chat_button.setCheckable(True)
        self.clipboard_button = push_button(
            "Send clipboard", "clipboardButton", tip="Put your clipboard's text on theirs", shortcut="Ctrl+Shift+V"
        )
        self.notice = PlainLabel(name="clipboardNotice", kind="banner")
        self.notice.hide()
        self.chat = ChatPanel(replies)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.chat)
        self.chat.hide()
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
        return self.chat_button, self.clipboard_button

    def render_state(self, state: SessionViewState) -> None:
        """Show `state`."""
        first = self._state is None or self._state.chat is None
        self._state = state
        unread = state.chat.unread if state.chat is not None else 0
        self.chat_button.setVisible(state.chat is not None)
        self.chat_button.setText(f"Chat ({unread})" if unread else "Chat")
        self.chat_button.setAccessibleName(f"Chat, {unread} unread" if unread else "Chat")
        self.clipboard_button.setVisible(state.phase is Phase.LIVE)
        self.chat.render_chat(state.chat, live=state.phase is Phase.LIVE)
        self.clipboard.render_clipboard(state.clipboard)
        if state.chat is None:
            self.chat_button.setChecked(False)
        elif first and state.phase is Phase.WAITING_FOR_CONSENT:
            # The customer may have questions before deciding, and there is no picture to give way to yet.
            self.chat_button.setChecked(True)

    def _may_send(self) -> bool:
        permissions = self._state.permissions if self._state is not None else {}
        return permissions.get(Capability.CLIPBOARD_TO_CUSTOMER, Permission()).standing is Standing.GRANTED

    def _show_chat(self, shown: bool) -> None:
        self.chat.setVisible(shown)
        if shown:
            self.chat.entry.setFocus()
