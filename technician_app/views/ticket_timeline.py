"""What happened on a ticket: its notes, sessions and attachments, as lists of cards."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from protocol.messages.relay_api import Attachment, Note, SessionSummary
from technician_app.models.moments import moment_long, moment_short, size_text
from technician_app.models.received_text import shown_line
from technician_app.views.parts import Chip, PlainLabel, card, named, push_button, row

MAX_CARDS = 300
"""The newest are shown; a ticket with more is read in the relay's export."""

_NOTE_KINDS = {"note": "Note", "state": "State", "session": "Session"}


class CardList(QScrollArea):
    """A scrolled column of cards that is rebuilt when its contents change."""

    def __init__(self, name: str, accessible_name: str, empty: str) -> None:
        super().__init__()
        named(self, name, accessible_name)
        self.setWidgetResizable(True)
        self._empty = empty
        self._shown: tuple[object, ...] | None = None

    def show_cards(self, source: tuple[object, ...], cards: Iterable[QWidget]) -> None:
        """Show `cards` unless `source`, the rows they are made of, is what is shown already."""
        if source == self._shown:
            return
        self._shown = source
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 10, 4, 10)
        layout.setSpacing(8)
        if not source:
            layout.addWidget(PlainLabel(self._empty, kind="muted"))
        for one in cards:
            layout.addWidget(one)
        layout.addStretch(1)
        self.setWidget(column)


def note_cards(notes: tuple[Note, ...], now: datetime) -> Iterable[QWidget]:
    """Return a card for each of the newest notes, newest first."""
    for note in sorted(notes, key=lambda note: note.id, reverse=True)[:MAX_CARDS]:
        kind = _NOTE_KINDS.get(note.kind, shown_line(note.kind, 20))
        when = PlainLabel(moment_short(note.at, now), kind="eyebrow", wrap=False)
        when.setToolTip(moment_long(note.at, now))
        author = PlainLabel(shown_line(note.author, 60), kind="heading", wrap=False)
        head = QWidget()
        head.setLayout(row(author, PlainLabel(kind, kind="eyebrow", wrap=False), None, when))
        yield card(head, PlainLabel(note.text, name=f"note{note.id}").selectable(), spacing=4, margin=10)


def session_cards(sessions: tuple[SessionSummary, ...], now: datetime) -> Iterable[QWidget]:
    """Return a card for each of the newest sessions, newest first."""
    for session in sorted(sessions, key=lambda session: session.opened_at, reverse=True)[:MAX_CARDS]:
        state = Chip(f"sessionState{session.session[:8]}", "Session state")
        state.show_word(shown_line(session.state, 20))
        head = QWidget()
        technician = PlainLabel(shown_line(session.technician, 60), kind="heading", wrap=False)
        opened = PlainLabel(moment_short(session.opened_at, now), kind="eyebrow", wrap=False)
        head.setLayout(row(technician, state, None, opened))
        ended = f", ended {moment_short(session.ended_at, now)}" if session.ended_at else ""
        events = (
            f"Record: {session.customer_events} signed events of the customer, "
            f"{session.technician_events} of the technician{ended}"
        )
        yield card(head, PlainLabel(session.reason), PlainLabel(events, kind="eyebrow"), spacing=4, margin=10)


def attachment_cards(
    attachments: tuple[Attachment, ...], now: datetime, open_one: Callable[[Attachment], None]
) -> Iterable[QWidget]:
    """Return a card for each of the newest attachments, newest first; its button calls `open_one`."""
    for attachment in sorted(attachments, key=lambda attachment: attachment.id, reverse=True)[:MAX_CARDS]:
        head = QWidget()
        name = PlainLabel(shown_line(attachment.name), kind="heading")
        when = PlainLabel(moment_short(attachment.at, now), kind="eyebrow", wrap=False)
        opens = push_button("Open", f"openAttachment{attachment.id}", tip="Open with this device's key")
        opens.setAccessibleName(f"Open {shown_line(attachment.name, 60)}")
        opens.clicked.connect(partial(_call, open_one, attachment))
        head.setLayout(row(name, None, when, opens))
        about = (
            f"{shown_line(attachment.kind, 40)}, {size_text(attachment.size_bytes)}, sealed to your organisation, "
            f"by {shown_line(attachment.author, 60)}"
        )
        digest = PlainLabel(f"SHA-256 {shown_line(attachment.sha256, 64)}", kind="eyebrow").selectable()
        yield card(head, PlainLabel(about), digest, spacing=4, margin=10)


def _call(open_one: Callable[[Attachment], None], attachment: Attachment, _checked: bool = False) -> None:
    open_one(attachment)
