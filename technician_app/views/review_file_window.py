"""An exported file that was checked: its verdict, and its sessions' pages, without any relay. GUI thread."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QListWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from protocol.audit.export.answer import fingerprint
from protocol.audit.findings import Severity, Verdict
from protocol.audit.timeline import moment
from technician_app.controllers.review import ReviewPageState
from technician_app.controllers.review_files import OpenedFile
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, named
from technician_app.views.review_page import ReviewPage
from technician_app.views.theme import restyle

_VERDICTS = {
    Verdict.VALID: ("good", "Valid: genuine, complete, and confirmed by independent witnesses."),
    Verdict.UNWITNESSED: ("heading", "Unwitnessed: genuine and complete, but not confirmed by enough witnesses."),
    Verdict.INCOMPLETE: ("heading", "Incomplete: nothing contradicts itself, but it is not everything."),
    Verdict.INVALID: ("problem", "Invalid: do not rely on this file."),
}


class ReviewFileWindow(QMainWindow):
    """Shows an OpenedFile.

    Signals:
        closed: the window is gone.
    """

    closed = Signal()

    def __init__(self, opened: OpenedFile) -> None:
        super().__init__()
        self.setObjectName("reviewFileWindow")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{shown_line(opened.name, 80)} - Deskside")
        self.resize(1180, 650)
        self._opened = opened
        self._sessions = QListWidget()
        named(self._sessions, "reviewFileSessions", "Sessions of this file")
        self._sessions.setProperty("kind", "lines")
        for page in opened.pages:
            subject = shown_line(page.subject) or "Details are withheld"
            self._sessions.addItem(f"{shown_line(page.title, 60)}   {subject}   {page.session[:12]}")
        self.page = ReviewPage("Sessions of this file")
        self._stack = QStackedWidget()
        framed = QWidget()
        frame = QVBoxLayout(framed)
        frame.setContentsMargins(16, 0, 16, 0)
        frame.addWidget(self._sessions)
        self._list_page = framed
        self._stack.addWidget(framed)
        self._stack.addWidget(self.page)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 12, 0, 12)
        layout.setSpacing(8)
        layout.addWidget(self._head())
        layout.addWidget(self._stack, 1)
        self.setCentralWidget(content)
        self._sessions.itemActivated.connect(lambda _item: self._open(self._sessions.currentRow()))
        self.page.back_wanted.connect(self._back)
        self.page.session_wanted.connect(self._open_session)
        self._sessions.setCurrentRow(0)
        if len(opened.pages) == 1:
            self._open(0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say that the window is gone."""
        super().closeEvent(event)
        self.closed.emit()

    def _head(self) -> QWidget:
        found = self._opened.verification
        kind, words = _VERDICTS[found.verdict]
        verdict = PlainLabel(words, name="reviewFileVerdict", kind=kind)
        restyle(verdict, "kind", kind)
        bad = next((each for each in found.findings if each.severity is Severity.CONTRADICTION), None)
        exported = ""
        if found.manifest is not None:
            signed = f"signed by {shown_line(found.signer)}" if found.signer else "signed by nobody"
            by = shown_line(found.manifest.exporter.name)
            exported = f"Exported {moment(found.manifest.created_ms)} by {by}, {signed}. "
        known = "It comes from an organisation this program knows."
        unknown = f"Compare this organisation's fingerprint over a way you trust: {fingerprint(found.root_id)}"
        head = QWidget()
        layout = QVBoxLayout(head)
        layout.setContentsMargins(16, 0, 16, 0)
        layout.setSpacing(4)
        layout.addWidget(verdict)
        if bad is not None:
            layout.addWidget(PlainLabel(shown_line(bad.text, 400), name="reviewFileBad", kind="problem"))
        layout.addWidget(PlainLabel(exported + (known if self._opened.trusted else unknown), kind="muted").selectable())
        return head

    def _open(self, number: int) -> None:
        if 0 <= number < len(self._opened.pages):
            page = self._opened.pages[number]
            self.page.render_page(ReviewPageState(page.session, page))
            self._stack.setCurrentWidget(self.page)

    def _open_session(self, session: str) -> None:
        sessions = [page.session for page in self._opened.pages]
        if session in sessions:
            self._open(sessions.index(session))

    def _back(self) -> None:
        if len(self._opened.pages) == 1:
            self.close()
            return
        self._stack.setCurrentWidget(self._list_page)
        self._sessions.setFocus()
