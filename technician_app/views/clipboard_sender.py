"""The technician's clipboard and the customer's: sent by a button, received with a notice. GUI thread only."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from protocol.errors import EnvironmentFault
from protocol.transport.clipboard_exchange import NOTICE_CHARACTERS, needs_preview, pushable
from technician_app.controllers.session_state import ClipboardShown
from technician_app.models.received_text import shown_line, shown_text
from technician_app.views.parts import PlainLabel, named, push_button, row

NOTICE_MS = 20_000
MAX_SHOWN = 70_000
SECRET_FORMATS = (
    "x-kde-passwordManagerHint",
    "ExcludeClipboardContentFromMonitorProcessing",
    "Clipboard Viewer Ignore",
    "ConcealedType",
)
"""Password managers put one of these beside what nobody else should keep or send: Linux, Windows (two), macOS."""


class ClipboardSender(QObject):
    """Reads and writes this computer's clipboard. `allowed` says whether the customer lets text come to them now.

    Signals:
        send_wanted: the text to put on the customer's clipboard.
        ask_wanted: the customer has to be asked first.
        said: a sentence about the clipboard; "" when it is no longer of interest.
    """

    send_wanted = Signal(str)
    ask_wanted = Signal()
    said = Signal(str)

    def __init__(self, window: QWidget, allowed: Callable[[], bool]) -> None:
        super().__init__(window)
        self._window = window
        self._allowed = allowed
        self._shown = 0
        self.preview: ClipboardPreview | None = None
        self._quiet = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._quiet.timeout.connect(lambda: self.said.emit(""))

    def send(self) -> None:
        """Send what is on the clipboard; shown first when it has several lines or is long."""
        if not self._allowed():
            self._say("Asking your customer whether you may copy text to them. Send again when they allow it.")
            self.ask_wanted.emit()
            return
        try:
            text = pushable(_clipboard_text())
        except EnvironmentFault as error:
            self._say(error.user_text)
            return
        if not needs_preview(text):
            self.send_wanted.emit(text)
            return
        self.preview = ClipboardPreview(self._window, text)
        self.preview.confirmed.connect(lambda: self.send_wanted.emit(text))
        self.preview.finished.connect(self._forget_preview)
        self.preview.open()

    def render_clipboard(self, shown: ClipboardShown | None) -> None:
        """Take what came, once, and say what came or went."""
        if shown is None or shown.number <= self._shown:
            return
        self._shown = shown.number
        if shown.came:
            QGuiApplication.clipboard().setText(shown.text)
        where = "From the customer, now on your clipboard" if shown.came else "Now on the customer's clipboard"
        self._say(f"{where}: “{shown_line(shown.text, NOTICE_CHARACTERS)}” ({len(shown.text)} characters)")

    def _say(self, sentence: str) -> None:
        self.said.emit(sentence)
        self._quiet.start()

    def _forget_preview(self) -> None:
        self.preview = None


class ClipboardPreview(QDialog):
    """The whole text, and the question whether to send it. Use `open()`.

    Signals:
        confirmed: send it.
    """

    confirmed = Signal()

    def __init__(self, parent: QWidget, text: str) -> None:
        super().__init__(parent)
        self.setObjectName("clipboardPreview")
        self.setWindowTitle("Send this text?")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(620, 420)
        shown = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        named(shown, "clipboardPreviewText", "The text that would be sent")
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        shown.setPlainText(shown_text(text, MAX_SHOWN))
        lines = text.count("\n") + 1
        size = f"{len(text)} characters in {lines} lines." if lines > 1 else f"{len(text)} characters."
        send = push_button("Send to customer", "clipboardSend", kind="primary")
        cancel = push_button("Cancel", "clipboardCancel")
        send.setAutoDefault(False)
        cancel.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(PlainLabel("Your customer could paste this:"))
        layout.addWidget(shown, 1)
        layout.addWidget(PlainLabel(size, name="clipboardPreviewSize", kind="muted"))
        layout.addLayout(row(None, cancel, send))
        send.clicked.connect(self.accept)
        send.clicked.connect(self.confirmed)
        cancel.clicked.connect(self.reject)


def _clipboard_text() -> str:
    """Return the clipboard's text.

    Raises:
        EnvironmentFault: a password manager put it there (`clipboard_protected`).
    """
    data = QGuiApplication.clipboard().mimeData()
    if any(secret in name for name in data.formats() for secret in SECRET_FORMATS):
        raise EnvironmentFault(
            "a password manager owns the clipboard",
            code="clipboard_protected",
            user_text="Your clipboard holds something from a password manager. It was not sent.",
        )
    return data.text() if data.hasText() else ""
