"""Beside the timeline: the proof of the chosen event, what was allowed, files, conversation, findings. GUI thread."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from protocol.audit.findings import Finding, Severity
from technician_app.controllers.review_page import SIDES, SessionPage
from technician_app.models.received_text import shown_line, shown_text
from technician_app.views.parts import PlainLabel, named, push_button
from technician_app.views.review_bars import ConsentBars
from technician_app.views.review_proof import ProofPanel

_PLACE = int(Qt.ItemDataRole.UserRole)
_LABELS = {
    Severity.CONTRADICTION: "✗ Wrong",
    Severity.MISSING: "! Missing",
    Severity.UNWITNESSED: "! Alone",
    Severity.NOTICE: "Note",
}


class ReviewDetails(QTabWidget):
    """Tabs about one session.

    Signals:
        event_wanted: lane and seq of an event a finding names.
        session_wanted: a session that belongs to this one.
        recording_wanted: the number of a recording.
    """

    event_wanted = Signal(str, int)
    session_wanted = Signal(str)
    recording_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        named(self, "reviewDetails", "Details")
        self.setMinimumWidth(330)
        self.setDocumentMode(True)
        self.tabBar().setProperty("kind", "narrow")
        self.tabBar().setDrawBase(False)
        self.proof = ProofPanel()
        self._bars = ConsentBars()
        self._allowed_none = PlainLabel("", name="reviewAllowedNone", kind="muted")
        self._related = QVBoxLayout()
        self._related.setSpacing(6)
        self._overview = self._make_overview()
        self._files = _list("reviewFiles", "Files")
        self._chat = QPlainTextEdit(readOnly=True, tabChangesFocus=True)
        named(self._chat, "reviewChat", "Conversation")
        self._chat.setFrameShape(QFrame.Shape.NoFrame)
        self._findings = _list("reviewFindings", "Findings")
        self._history = _list("reviewHistory", "Signatures, and what was done with this session")
        for page, title in (
            (self._overview, "Allowed"),
            (self.proof, "Proof"),
            (self._files, "Files"),
            (self._chat, "Chat"),
            (self._findings, "Findings"),
            (self._history, "History"),
        ):
            self.addTab(page, title)
        self._findings.itemActivated.connect(self._jump)
        self._findings.itemClicked.connect(self._jump)

    def show_overview(self) -> None:
        """Show what was allowed."""
        self.setCurrentWidget(self._overview)
        self.proof.show_proof(None, None)

    def show_history(self) -> None:
        """Show what was done with the session."""
        self.setCurrentWidget(self._history)

    def show_proof(self) -> None:
        """Show the proof of the chosen event."""
        self.setCurrentWidget(self.proof)

    def show_page(self, page: SessionPage) -> None:
        """Show everything about `page`."""
        self._bars.show_bars(page.bars, page.span_ms)
        self._bars.setVisible(bool(page.bars))
        self._allowed_none.show_or_hide("" if page.bars else _nothing(page, "Nothing was allowed in this session."))
        self._show_related(page)
        _fill(self._files, (_file_text(each) for each in page.files), _nothing(page, "No files were exchanged."))
        self._chat.setPlainText(shown_text("\n\n".join(page.chat), 200_000) or _no_chat(page))
        self._findings.clear()
        for found in page.findings:
            item = QListWidgetItem(f"{_LABELS[found.severity]}: {shown_text(found.text, 600)}{_where(found)}")
            item.setData(_PLACE, (found.lane, found.seq))
            self._findings.addItem(item)
        if not page.findings:
            self._findings.addItem(
                "Nothing is wrong, and nothing is missing." if page.evidence else "Not verified here."
            )
        signed = (f"Signed: {shown_line(each, 300)}" for each in page.signatures)
        done = (shown_line(each, 600) for each in page.history)
        _fill(self._history, [*signed, *done], "Nobody has signed it.")
        self._count("Files", self._files, len(page.files))
        self._count("Findings", self._findings, len(page.findings))
        self._count("History", self._history, len(page.signatures) + len(page.history))
        self._count("Chat", self._chat, len(page.chat))

    def _count(self, title: str, page: QWidget, count: int) -> None:
        self.setTabText(self.indexOf(page), f"{title} ({count})" if count else title)

    def _show_related(self, page: SessionPage) -> None:
        while (item := self._related.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number in page.recordings:
            button = push_button(f"Play recording {number + 1}", f"reviewPlay{number}")
            button.clicked.connect(lambda _checked, number=number: self.recording_wanted.emit(number))
            self._related.addWidget(button)
        related = [(each, "Open a colleague's session") for each in page.joined]
        related += [(page.joins, "Open the session this one joins")] if page.joins else []
        for session, words in related:
            button = push_button(f"{words} ({session[:8]})", f"reviewJoined{session[:8]}")
            button.clicked.connect(lambda _checked, session=session: self.session_wanted.emit(session))
            self._related.addWidget(button)

    def _make_overview(self) -> QScrollArea:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(12, 12, 12, 8)
        layout.setSpacing(10)
        layout.addWidget(self._bars)
        layout.addWidget(self._allowed_none)
        layout.addLayout(self._related)
        layout.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        named(area, "reviewAllowed", "What the customer allowed")
        area.setWidget(content)
        area.setFrameShape(QFrame.Shape.NoFrame)
        return area

    def _jump(self, item: QListWidgetItem) -> None:
        place = item.data(_PLACE)
        if place is not None and None not in place:
            self.event_wanted.emit(*place)


def _list(name: str, title: str) -> QListWidget:
    lines = QListWidget()
    named(lines, name, title)
    lines.setProperty("kind", "lines")
    lines.setFrameShape(QFrame.Shape.NoFrame)
    lines.setWordWrap(True)
    lines.setResizeMode(QListWidget.ResizeMode.Adjust)
    lines.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return lines


def _fill(lines: QListWidget, texts: Iterable[str], nothing: str) -> None:
    lines.clear()
    lines.addItems(list(texts) or [nothing])


def _nothing(page: SessionPage, words: str) -> str:
    """Return why there is nothing to see; `words` when there really was nothing."""
    if page.erased:
        return "What there was has been erased. Nobody can read it any more."
    if page.evidence is None:
        return "Your role does not see this."
    return "Details are locked. Unlock them with the review key." if page.locked else words


def _no_chat(page: SessionPage) -> str:
    if page.erased or page.evidence is None:
        return _nothing(page, "")
    if page.from_file:
        return "An export holds the hashes of messages, not what was written."
    return "No conversation was attached to the ticket. The record holds only the hash of each message."


def _file_text(each: tuple[str, ...]) -> str:
    name, size, side, outcome, sha256 = (shown_line(part) for part in each)
    return f"{name}\n{size}, {side}, {outcome}\nSHA-256 {sha256[:32]}\n{sha256[32:]}"


def _where(found: Finding) -> str:
    if found.lane is None or found.seq is None:
        return ""
    return f" (event {found.seq} of the {SIDES.get(found.lane, found.lane)})"
