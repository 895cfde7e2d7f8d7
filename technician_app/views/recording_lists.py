"""Beside a recording: what happened in it, and what the two people wrote to each other. GUI thread."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QTabWidget

from protocol.recording.entries import MarkerKind
from protocol.recording.index import RecordingIndex
from technician_app.models.received_text import shown_text
from technician_app.recording.playback_state import clock_words
from technician_app.views.parts import named

_TIME = Qt.ItemDataRole.UserRole
_WORDS = {MarkerKind.PAUSED: "The customer paused sharing", MarkerKind.RESUMED: "Sharing went on"}


class RecordingLists(QTabWidget):
    """Two lists in the order of time; the newest line that has happened is the current one.

    Signals:
        wanted: a time in ms to go to.
    """

    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        named(self, "recordingLists", "What happened")
        self._index: RecordingIndex | None = None
        self.events = self._list("recordingEvents", "Events")
        self.chat = self._list("recordingChat", "Chat")
        self.setMinimumWidth(280)

    def show_index(self, index: RecordingIndex) -> None:
        """Show what is in `index`; the same again changes nothing."""
        if index is self._index:
            return
        self._index = index
        self.events.clear()
        self.chat.clear()
        for mark in index.marks:
            words = mark.marker.text or _WORDS.get(mark.marker.kind, "No longer painted over")
            self._add(self.events, mark.t_ms, words)
        for written in index.chat:
            who = "Customer" if written.chat.by_customer else "Technician"
            self._add(self.chat, written.t_ms, f"{who}: {written.chat.text}")
        self.setTabText(0, f"Events ({self.events.count()})")
        self.setTabText(1, f"Chat ({self.chat.count()})")

    def show_position(self, t_ms: int) -> None:
        """Mark the newest line that has happened by then."""
        for lines in (self.events, self.chat):
            past = [row for row in range(lines.count()) if lines.item(row).data(_TIME) <= t_ms]
            if not lines.hasFocus() and past and lines.currentRow() != past[-1]:
                lines.setCurrentRow(past[-1])

    def times(self) -> list[int]:
        """Return when the events were, in ms, oldest first."""
        return [self.events.item(row).data(_TIME) for row in range(self.events.count())]

    def _list(self, name: str, title: str) -> QListWidget:
        lines = QListWidget()
        named(lines, name, title)
        lines.setWordWrap(True)
        lines.setResizeMode(QListWidget.ResizeMode.Adjust)
        lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lines.itemActivated.connect(self._go_to)
        lines.itemClicked.connect(self._go_to)
        self.addTab(lines, title)
        return lines

    def _go_to(self, line: QListWidgetItem) -> None:
        self.wanted.emit(line.data(_TIME))

    @staticmethod
    def _add(lines: QListWidget, t_ms: int, words: str) -> None:
        line = QListWidgetItem(f"{clock_words(t_ms)}  {shown_text(words, 1000)}")
        line.setData(_TIME, t_ms)
        line.setSizeHint(QSize())
        lines.addItem(line)
