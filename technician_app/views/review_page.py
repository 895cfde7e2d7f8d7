"""The page of one session: who and when, how far it can be trusted, the timeline and what proves it. GUI thread."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from technician_app.controllers.review import ReviewPageState, ReviewToolsState
from technician_app.controllers.review_evidence import proof_of
from technician_app.controllers.review_page import SessionPage, TimelineRow
from technician_app.models.received_text import shown_line
from technician_app.views.parts import PlainLabel, push_button, row
from technician_app.views.review_chips import WordsRow
from technician_app.views.review_details import ReviewDetails
from technician_app.views.review_facts import FactsGrid
from technician_app.views.review_timeline import ReviewTimeline


class ReviewPage(QWidget):
    """Shows a ReviewPageState; without tools (a file's page) nothing can be asked of a relay.

    Signals:
        back_wanted, sign_wanted, export_wanted, unlock_wanted, lock_wanted, hold_wanted, erase_wanted: the buttons.
        session_wanted: a colleague's session to open.
        recording_wanted: session, number of the recording.
    """

    back_wanted = Signal()
    sign_wanted = Signal()
    export_wanted = Signal()
    unlock_wanted = Signal()
    lock_wanted = Signal()
    hold_wanted = Signal()
    erase_wanted = Signal()
    session_wanted = Signal(str)
    recording_wanted = Signal(str, int)

    def __init__(self, back: str = "Results") -> None:
        super().__init__()
        self.setObjectName("reviewPage")
        self.state = ReviewPageState()
        self._tools = ReviewToolsState()
        self._shown: SessionPage | None = None
        self._back = push_button(f"‹ {back}", "reviewBack", tip=f"Back to the {back.lower()} (Esc)")
        self._title = PlainLabel("", name="reviewTitle", kind="title", wrap=False)
        self._subject = PlainLabel("", name="reviewSubject", kind="muted", wrap=False).shrinkable()
        self._play = push_button("Play recording", "reviewPlay", shortcut="Ctrl+R")
        self._sign = push_button("Sign…", "reviewSignButton", shortcut="Ctrl+G")
        self._export = push_button("Export…", "reviewExportOne", shortcut="Ctrl+E")
        self._unlock = push_button("Unlock details…", "reviewUnlockOne", shortcut="Ctrl+L")
        self._hold = push_button("Legal hold…", "reviewHold", shortcut="Ctrl+H")
        self._erase = push_button("Erase…", "reviewErase", kind="danger")
        self._words = WordsRow("reviewStatus", "How far this record can be relied on")
        self._facts = FactsGrid()
        self._noticed = PlainLabel("Your looking at this session is recorded.", name="reviewNoticed", kind="muted")
        self._doing = PlainLabel("", name="reviewDoing", kind="muted")
        self.timeline = ReviewTimeline()
        self.details = ReviewDetails()
        self._lay_out()
        self._connect()
        self.render_page(ReviewPageState())
        self.render_tools(ReviewToolsState())

    def render_page(self, state: ReviewPageState) -> None:
        """Show `state`."""
        self.state = state
        page = state.page
        self._doing.show_or_hide(state.problem or (f"{state.doing}…" if state.doing else ""))
        self._layers.setCurrentIndex(0 if page is None else 1)
        if page is None:
            self._shown = None
            self._noticed.hide()
            self._title.show_text("Session")
            self._subject.show_text("")
            self._buttons()
            return
        if page is not self._shown:
            self._show(page)
        if state.place is not None and not state.doing:
            self.timeline.choose(*state.place)

    def render_tools(self, state: ReviewToolsState) -> None:
        """Show what can be done."""
        self._tools = state
        self._buttons()

    def _show(self, page: SessionPage) -> None:
        same = self._shown is not None and self._shown.session == page.session
        chosen = self.timeline.chosen if same else None
        self._shown = page
        self._title.show_text(shown_line(page.title, 60))
        self._subject.show_text(shown_line(page.subject))
        self._words.show_words(page.status)
        self._facts.show_facts(page.facts)
        self._noticed.setVisible(page.recorded)
        self.details.show_page(page)
        self.timeline.show_rows(page.rows)
        if chosen is not None:
            self.timeline.choose(chosen.lane, chosen.seq)
        elif not same:
            self._open_first(page)
        self._buttons()

    def _open_first(self, page: SessionPage) -> None:
        """Begin with the timeline; who may not read it begins with what was done with the session."""
        reads = page.evidence is not None
        self.timeline.setVisible(reads)
        if reads:
            self.details.show_overview()
            self.timeline.setFocus()
        else:
            self.details.show_history()
            self.details.setFocus()

    def _buttons(self) -> None:
        page = self._shown
        record = page is not None and page.evidence is not None and not page.from_file
        self._sign.setVisible(record and self._tools.may_sign)
        self._export.setVisible(record)
        self._export.setEnabled(not self._tools.busy)
        self._unlock.setVisible(record and (self._tools.unlocked or bool(page and page.locked)))
        self._unlock.setText("Lock details" if self._tools.unlocked else "Unlock details…")
        self._unlock.setShortcut("Ctrl+L")
        self._play.setVisible(bool(page and page.recordings))
        cares = page is not None and self._tools.cares and not page.from_file
        self._hold.setVisible(cares)
        self._hold.setText("Lift the legal hold…" if page is not None and page.on_hold else "Legal hold…")
        self._hold.setAccessibleName(self._hold.text())
        self._hold.setShortcut("Ctrl+H")
        self._erase.setVisible(cares and page is not None and not page.erased)
        self._erase.setEnabled(page is not None and not page.on_hold)
        self._erase.setToolTip("A legal hold keeps this session." if page is not None and page.on_hold else "")

    def _event_chosen(self, entry: TimelineRow | None) -> None:
        page = self._shown
        proof = None
        if page is not None and page.evidence is not None and entry is not None and entry.group is not None:
            proof = proof_of(page.evidence, entry.lane, entry.seq)
        self.details.proof.show_proof(entry, proof)
        if entry is not None:
            self.details.show_proof()

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setObjectName("reviewSplitter")
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.timeline)
        self._splitter.addWidget(self.details)
        self._splitter.setStretchFactor(0, 5)
        self._splitter.setStretchFactor(1, 3)
        self._splitter.setSizes([740, 500])
        whole = QWidget()
        content = QVBoxLayout(whole)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(8)
        content.addWidget(self._words)
        content.addWidget(self._facts)
        content.addWidget(self._splitter, 1)
        waiting = QWidget()
        QVBoxLayout(waiting).addStretch(1)
        layers = QWidget()
        self._layers = QStackedLayout(layers)
        self._layers.addWidget(waiting)
        self._layers.addWidget(whole)
        head = row(
            self._back,
            self._title,
            self._subject,
            self._unlock,
            self._play,
            self._hold,
            self._erase,
            self._sign,
            self._export,
            spacing=10,
        )
        head.setStretch(2, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 8)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addLayout(row(self._noticed, self._doing, spacing=16))
        layout.addWidget(layers, 1)

    def _connect(self) -> None:
        self._back.clicked.connect(self.back_wanted)
        QShortcut(QKeySequence("Esc"), self, self.back_wanted.emit)
        self._sign.clicked.connect(self.sign_wanted)
        self._export.clicked.connect(self.export_wanted)
        self._play.clicked.connect(self._play_first)
        self._hold.clicked.connect(self.hold_wanted)
        self._erase.clicked.connect(self.erase_wanted)
        self._unlock.clicked.connect(lambda: (self.lock_wanted if self._tools.unlocked else self.unlock_wanted).emit())
        self.timeline.chosen_changed.connect(self._event_chosen)
        self.timeline.session_wanted.connect(self.session_wanted)
        self.details.proof.session_wanted.connect(self.session_wanted)
        self.details.session_wanted.connect(self.session_wanted)
        self.details.event_wanted.connect(self.timeline.choose)
        self.details.recording_wanted.connect(self._play_number)

    def _play_first(self) -> None:
        if self._shown is not None and self._shown.recordings:
            self._play_number(self._shown.recordings[0])

    def _play_number(self, number: int) -> None:
        if self._shown is not None:
            self.recording_wanted.emit(self._shown.session, number)
