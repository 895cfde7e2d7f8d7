"""The open ticket: who and what, its state, what happened, and the button that starts a session."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QStackedLayout, QTabWidget, QVBoxLayout, QWidget

from protocol.messages.relay_api import Attachment, Ticket, TicketState
from technician_app.controllers.colleagues_invitations import InvitationsViewState
from technician_app.controllers.tickets import TicketViewState
from technician_app.models.moments import moment_long
from technician_app.models.received_text import shown_line
from technician_app.views.attachment_dialog import AttachmentDialog
from technician_app.views.invitation_rows import InvitationRows
from technician_app.views.parts import Chip, ChoiceBox, PlainLabel, card, named, push_button, row
from technician_app.views.start_session_dialog import StartSessionDialog
from technician_app.views.ticket_timeline import CardList, attachment_cards, note_cards, session_cards

SESSION_STATES = frozenset({TicketState.NEW, TicketState.OPEN, TicketState.PENDING})
"""A session needs a ticket in one of these."""

MAX_NOTE = 4000


class TicketPage(QWidget):
    """The right half of the main window.

    Signals:
        note_wanted: number, text.
        state_wanted: number, TicketState.
        session_wanted: number, NewSession, and the plan of permissions as a tuple of Capability.
        join_wanted: the session of an invitation.
        attachment_wanted: number, Attachment.
        recording_wanted: session id, which of its recordings.
    """

    note_wanted = Signal(str, str)
    state_wanted = Signal(str, object)
    session_wanted = Signal(str, object, object)
    join_wanted = Signal(str)
    attachment_wanted = Signal(str, object)
    recording_wanted = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._ticket: Ticket | None = None
        self._certified = False
        self.recordings_here: Callable[[str], int] = lambda session: 0
        """Returns how many recordings of a session are on this computer."""
        self.start_dialog: StartSessionDialog | None = None
        self._number = PlainLabel(name="ticketNumber", kind="eyebrow", wrap=False).selectable()
        self._subject = PlainLabel(name="ticketSubject", kind="title").selectable()
        self._customer = PlainLabel(name="ticketCustomer").selectable()
        self._priority = Chip("ticketPriority", "Priority")
        self._state = ChoiceBox()
        self._start = push_button("Start session", "startSessionButton", kind="primary", shortcut="Ctrl+Return")
        self._about = PlainLabel(name="ticketAbout", kind="eyebrow")
        self._description = PlainLabel(name="ticketDescription").selectable()
        self._problem = PlainLabel(name="ticketProblem", kind="problem")
        self._invitations = InvitationsViewState()
        self._invited = InvitationRows()
        self._notes = CardList("ticketNotes", "Notes", "No notes yet.")
        self._sessions = CardList("ticketSessions", "Sessions", "No session on this ticket yet.")
        self._attachments = CardList("ticketAttachments", "Attachments", "Nothing is attached.")
        self._note = QPlainTextEdit(tabChangesFocus=True, placeholderText="Write a note (Ctrl+Enter adds it)")
        self._add_note = push_button("Add note", "ticketAddNote")
        self._tabs = QTabWidget()
        self._empty = PlainLabel("Choose a ticket on the left, or make a new one.", name="ticketEmpty", kind="muted")
        self._content = QWidget()
        self._layers = QStackedLayout(self)
        self._lay_out()
        self._connect()
        self.render_ticket(TicketViewState())

    def render_ticket(self, state: TicketViewState) -> None:
        """Show `state`."""
        changed_ticket = self._ticket is None or self._ticket.number != state.number
        self._ticket = state.ticket
        if state.ticket is None:
            self._empty.show_text(self._empty_text(state))
            self._layers.setCurrentWidget(self._empty)
            return
        if changed_ticket:
            self._note.clear()
        self._problem.show_or_hide(state.problem)
        self._show(state.ticket)
        self._layers.setCurrentWidget(self._content)

    def render_invitations(self, state: InvitationsViewState) -> None:
        """Show the invitations to sessions on this ticket."""
        self._invitations = state
        self._show_invitations()

    def set_certified(self, certified: bool) -> None:
        """Say whether this device may open sessions."""
        self._certified = certified
        self._update_start()

    def note_added(self) -> None:
        """The relay has the note: make room for the next."""
        self._note.clear()
        self._add_note.setText("Add note")

    def note_failed(self) -> None:
        """The note was not added: keep it."""
        self._add_note.setText("Add note")
        self._update_note_button()

    def session_opened(self) -> None:
        """The session is open: its dialog is done."""
        if self.start_dialog is not None:
            self.start_dialog.accept()

    def session_failed(self, error: Exception) -> None:
        """No session was opened: the dialog says why."""
        if self.start_dialog is not None:
            self.start_dialog.show_problem(error)

    def show_attachment(self, attachment: Attachment, content: bytes) -> None:
        """Show an opened attachment."""
        dialog = AttachmentDialog(self, attachment, content)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Ctrl+Enter add the note being written."""
        if watched is self._note and event.type() in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
            assert isinstance(event, QKeyEvent)
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    self._emit_note()
                return True
        return super().eventFilter(watched, event)

    def _show(self, ticket: Ticket) -> None:
        now = datetime.now().astimezone()
        self._number.show_text(ticket.number)
        self._show_invitations()
        self._subject.show_text(shown_line(ticket.subject))
        self._customer.show_text(shown_line(ticket.customer))
        self._priority.show_word(ticket.priority.value)
        self._state.blockSignals(True)
        self._state.setCurrentIndex(self._state.findData(ticket.state.value))
        self._state.blockSignals(False)
        self._about.show_text(f"Opened {moment_long(ticket.created_at, now)} by {shown_line(ticket.created_by, 60)}")
        self._description.show_text(ticket.description or "No description.")
        self._notes.show_cards(ticket.notes, note_cards(ticket.notes, now))
        held = tuple((each, max(each.recordings, self.recordings_here(each.session))) for each in ticket.sessions)
        answers = {survey.session: survey for survey in ticket.surveys}
        self._sessions.show_cards(
            (*held, *ticket.surveys), session_cards(held, now, self.recording_wanted.emit, answers)
        )
        self._attachments.show_cards(
            ticket.attachments, attachment_cards(ticket.attachments, now, self._open_attachment)
        )
        for index, (title, count) in enumerate(
            (("Notes", ticket.notes), ("Sessions", ticket.sessions), ("Attachments", ticket.attachments))
        ):
            self._tabs.setTabText(index, f"{title} ({len(count)})" if count else title)
        self._update_start()

    def _show_invitations(self) -> None:
        number = self._ticket.number if self._ticket is not None else ""
        self._invited.show_rows(self._invitations.on(number), joining=self._invitations.joining)

    def _update_start(self) -> None:
        allowed = self._ticket is not None and self._ticket.state in SESSION_STATES
        self._start.setEnabled(allowed and self._certified)
        if not allowed:
            self._start.setToolTip("Reopen the ticket to start a session.")
        elif not self._certified:
            self._start.setToolTip("Your organisation has to certify this device first.")
        else:
            self._start.setToolTip("Start a session with the customer (Ctrl+Return)")

    def _empty_text(self, state: TicketViewState) -> str:
        if state.problem:
            return state.problem
        return "Loading…" if state.loading else "Choose a ticket on the left, or make a new one."

    def _lay_out(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        named(self._state, "ticketState", "Ticket state")
        named(self._note, "ticketNoteText", "New note")
        named(self._tabs, "ticketTabs", "What happened on this ticket")
        for state in TicketState:
            self._state.addItem(state.value.capitalize(), state.value)
        self._note.setFixedHeight(72)
        writing = QWidget()
        notes = QVBoxLayout(writing)
        notes.setContentsMargins(0, 0, 0, 0)
        notes.addWidget(self._notes, 1)
        notes.addLayout(row(self._note, self._add_note))
        for page, title in ((writing, "Notes"), (self._sessions, "Sessions"), (self._attachments, "Attachments")):
            self._tabs.addTab(page, title)
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(20, 14, 20, 12)
        layout.setSpacing(8)
        layout.addLayout(row(self._number, None, self._state, self._start))
        layout.addWidget(self._subject)
        layout.addLayout(row(self._customer, self._priority, None))
        layout.addWidget(self._problem)
        layout.addWidget(self._invited)
        layout.addWidget(card(self._description, self._about))
        layout.addWidget(self._tabs, 1)
        self._layers.addWidget(self._empty)
        self._layers.addWidget(self._content)

    def _connect(self) -> None:
        self._note.installEventFilter(self)
        self._note.textChanged.connect(self._update_note_button)
        self._add_note.clicked.connect(self._emit_note)
        self._state.activated.connect(self._emit_state)
        self._start.clicked.connect(self._ask_reason)
        self._invited.join_wanted.connect(self.join_wanted)
        self._update_note_button()

    def _update_note_button(self) -> None:
        text = self._note.toPlainText().strip()
        self._add_note.setEnabled(0 < len(text) <= MAX_NOTE)
        self._add_note.setToolTip("" if len(text) <= MAX_NOTE else f"At most {MAX_NOTE} characters")

    def _emit_note(self) -> None:
        if self._ticket is not None and self._add_note.isEnabled():
            self._add_note.setEnabled(False)
            self._add_note.setText("Adding…")
            self.note_wanted.emit(self._ticket.number, self._note.toPlainText().strip())

    def _emit_state(self) -> None:
        state = TicketState(self._state.currentData())
        if self._ticket is not None and state is not self._ticket.state:
            self.state_wanted.emit(self._ticket.number, state)

    def _ask_reason(self) -> None:
        if self._ticket is None:
            return
        number = self._ticket.number
        self.start_dialog = StartSessionDialog(self, number, self._ticket.customer)
        self.start_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.start_dialog.start_wanted.connect(lambda new, plan: self.session_wanted.emit(number, new, plan))
        self.start_dialog.finished.connect(self._forget_dialog)
        self.start_dialog.open()

    def _open_attachment(self, attachment: Attachment) -> None:
        if self._ticket is not None:
            self.attachment_wanted.emit(self._ticket.number, attachment)

    def _forget_dialog(self) -> None:
        self.start_dialog = None
