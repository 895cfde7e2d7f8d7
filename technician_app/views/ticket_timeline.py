"""What happened on a ticket: its notes, sessions and attachments, as lists of cards."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from protocol.messages.feedback_api import MOST_STARS
from protocol.messages.relay_api import Attachment, Note, SessionSummary, SurveyAnswer
from technician_app.models.moments import moment_long, moment_short, size_text
from technician_app.models.received_text import shown_line
from technician_app.views.parts import Chip, PlainLabel, card, named, push_button, row

MAX_CARDS = 300
"""The newest are shown; a ticket with more is read in the relay's export."""

MAX_RECORDINGS_SHOWN = 8

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


def session_cards(
    sessions: tuple[tuple[SessionSummary, int], ...],
    now: datetime,
    play: Callable[[str, int], object],
    answers: Mapping[str, SurveyAnswer] = MappingProxyType({}),
) -> Iterable[QWidget]:
    """Return a card for each of the newest sessions, newest first; each comes with how many recordings it has.

    A button for each recording calls `play` with the session and the recording's number. `answers` are what customers
    said afterwards, by session.
    """
    for session, recordings in sorted(sessions, key=lambda each: each[0].opened_at, reverse=True)[:MAX_CARDS]:
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
        parts = [head, PlainLabel(session.reason), PlainLabel(events, kind="eyebrow")]
        if recordings:
            parts.append(_recording_buttons(session.session, recordings, play))
        if session.session in answers:
            parts.append(PlainLabel(survey_words(answers[session.session]), name=f"survey{session.session[:8]}"))
        yield card(*parts, spacing=4, margin=10)


def survey_words(survey: SurveyAnswer) -> str:
    """Return what a customer answered, as one line of stars and their words."""
    stars = max(0, min(survey.stars, MOST_STARS))
    shown = "\N{BLACK STAR}" * stars + "\N{WHITE STAR}" * (MOST_STARS - stars)
    words = shown_line(survey.text, 300)
    return f"The customer said: {shown}" + (f"  {words}" if words else "")


def _recording_buttons(session: str, recordings: int, play: Callable[[str, int], object]) -> QWidget:
    buttons = []
    for number in range(min(recordings, MAX_RECORDINGS_SHOWN)):
        words = "Play recording" if recordings == 1 else f"Play recording {number + 1}"
        button = push_button(words, f"playRecording{session[:8]}_{number}", tip="See again what was done")
        button.clicked.connect(partial(_play, play, session, number))
        buttons.append(button)
    line = QWidget()
    line.setLayout(row(*buttons, None))
    return line


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


def _play(play: Callable[[str, int], object], session: str, number: int, _checked: bool = False) -> None:
    play(session, number)
