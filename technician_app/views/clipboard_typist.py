"""Types the technician's clipboard at the customer's, for places where nothing can be pasted. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QWidget

from protocol.messages.input import InputMessage
from technician_app.input.typed_text import MAX_CHARACTERS, PACE_MS, TypedText, cleaned, needs_preview
from technician_app.views.typing_preview import TypingPreview


class ClipboardTypist(QObject):
    """Reads the clipboard, shows it first where that is wise, and types it through `send` in small portions.

    While it types, keys pressed in `view` go nowhere and Esc stops it.

    Signals:
        said: what is happening, a sentence for the technician; "" when nothing is.
    """

    said = Signal(str)

    def __init__(self, view: QWidget, send: Callable[[InputMessage], None]) -> None:
        super().__init__(view)
        self._view = view
        self._send = send
        self._text: TypedText | None = None
        self.preview: TypingPreview | None = None
        self._timer = QTimer(self, interval=PACE_MS)
        self._timer.timeout.connect(self._type_on)

    def begin(self) -> None:
        """Type the clipboard, or show it first."""
        text = cleaned(QGuiApplication.clipboard().text())
        if not text:
            self.said.emit("There is no text in your clipboard.")
        elif len(text) > MAX_CHARACTERS:
            self.said.emit(f"Your clipboard has {len(text)} characters; at most {MAX_CHARACTERS} can be typed.")
        elif needs_preview(text):
            self._show(text)
        else:
            self._start(text)

    def stop(self) -> None:
        """Type no further. Harmless when nothing is typed."""
        if self.preview is not None:
            self.preview.reject()
        if self._text is not None:
            self._end(f"Typing stopped after {self._text.done} of {self._text.total} characters.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep keys away from the text that is being typed."""
        if self._text is None or event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self.stop()
        return True

    def _show(self, text: str) -> None:
        self.preview = TypingPreview(text, self._view.window())
        self.preview.confirmed.connect(lambda: self._start(text))
        self.preview.finished.connect(self._forget_preview)
        self.preview.open()

    def _forget_preview(self) -> None:
        self.preview = None
        self._view.setFocus()

    def _start(self, text: str) -> None:
        self._text = TypedText(text)
        self._view.installEventFilter(self)
        self._view.setFocus()
        self._timer.start()

    def _type_on(self) -> None:
        if self._text is None:
            return
        for message in self._text.next_portion():
            self._send(message)
        if self._text.finished:
            self._end("")
        else:
            self.said.emit(f"Typing your clipboard: {self._text.done} of {self._text.total} characters. Esc stops it.")

    def _end(self, sentence: str) -> None:
        self._timer.stop()
        self._text = None
        self._view.removeEventFilter(self)
        self.said.emit(sentence)
