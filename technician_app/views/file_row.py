"""One file in the session window's panel of files. GUI thread only."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout

from protocol.files.transfer import Stage
from protocol.transport.files.status import FileStatus
from protocol.transport.files.words import facts_words, progress_words
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named, push_button, row

_STEPS = 1000


class FileRow(QFrame):
    """Draws a FileStatus.

    Signals:
        answered: save the offered file (True) or not.
        held: hold the file (True) or let it go on.
        cancelled: give the file up.
    """

    answered = Signal(bool)
    held = Signal(bool)
    cancelled = Signal()

    def __init__(self, number: int) -> None:
        super().__init__()
        named(self, f"file{number}", "A file")
        self.setProperty("kind", "card")
        self._status: FileStatus | None = None
        self._title = PlainLabel(name=f"fileName{number}", kind="strong")
        self._facts = PlainLabel(name=f"fileFacts{number}", kind="muted")
        self._words = PlainLabel(name=f"fileProgress{number}")
        self._bar = QProgressBar(textVisible=False, maximum=_STEPS)
        named(self._bar, f"fileBar{number}", "How far it is")
        self._bar.setFixedHeight(8)
        self._save = push_button("Save", f"fileSave{number}", kind="primary")
        self._decline = push_button("Do not save", f"fileDecline{number}")
        self._hold = push_button("Pause", f"fileHold{number}")
        self._cancel = push_button("Cancel", f"fileCancel{number}")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(5)
        for part in (self._title, self._facts, self._words, self._bar):
            layout.addWidget(part)
        layout.addLayout(row(self._save, self._decline, self._hold, self._cancel, None))
        self._save.clicked.connect(lambda: self.answered.emit(True))
        self._decline.clicked.connect(lambda: self.answered.emit(False))
        self._hold.clicked.connect(self._toggle_hold)
        self._cancel.clicked.connect(self.cancelled)

    def render_status(self, status: FileStatus) -> None:
        """Show `status`."""
        self._status = status
        asks = status.stage is Stage.OFFERED and not status.outgoing
        way = "To the customer" if status.outgoing else "From the customer"
        self._title.show_text(f"{way}: {shown_line(status.name, 120)}")
        self._facts.show_text(shown_line(facts_words(status), 200))
        self._words.show_or_hide(shown_line(progress_words(status, "The customer"), 300))
        self._bar.setVisible(not status.over and status.stage is not Stage.OFFERED)
        self._bar.setValue(_STEPS * status.moved_bytes // status.size_bytes if status.size_bytes else _STEPS)
        for button in (self._save, self._decline):
            button.setVisible(asks)
        self._hold.setVisible(not status.over and status.stage is not Stage.OFFERED)
        self._cancel.setVisible(not status.over and not asks)
        self._hold.setText("Continue" if status.held_here else "Pause")

    def _toggle_hold(self) -> None:
        if self._status is not None:
            self.held.emit(not self._status.held_here)
