"""The window that plays a recording: the picture as it was, its time line, what happened beside it. GUI thread."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QMainWindow,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from technician_app.controllers.session_state import Frame, PictureChange, RemoteCursor
from technician_app.models.received_text import shown_line
from technician_app.recording.playback_state import SPEEDS, PlaybackIntents, PlaybackState, clock_words, hidden_at
from technician_app.views.parts import ChoiceBox, PlainLabel, named, push_button, row
from technician_app.views.recording_lists import RecordingLists
from technician_app.views.recording_slider import BIG_STEP_MS, STEP_MS, RecordingSlider
from technician_app.views.remote_view import RemoteView

MAX_MS = 1 << 32
"""Longer than any recording."""


class RecordingPlayer(QMainWindow):
    """Draws a PlaybackState and hands what is wanted to `intents`.

    Space plays and stops; the arrows go 5 s, with Shift 30 s, Home and End all the way; N and P go to the next and
    previous event; Ctrl+Up and Ctrl+Down change the speed; I and O mark a stretch, Ctrl+S saves it.

    Signals:
        closed: the window is gone for good.
    """

    closed = Signal()

    def __init__(
        self,
        intents: PlaybackIntents,
        take_frame: Callable[[], Frame | PictureChange | None],
        take_cursor: Callable[[], RemoteCursor | None],
    ) -> None:
        super().__init__()
        self.setObjectName("recordingPlayer")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1280, 800)
        self._intents = intents
        self._state = PlaybackState()
        self._marked: tuple[int | None, int | None] = (None, None)
        self.picture = RemoteView(take_frame, take_cursor)
        self.slider = RecordingSlider()
        self.lists = RecordingLists()
        self._notice = PlainLabel(name="recordingNotice", kind="banner")
        self._time = PlainLabel(name="recordingTime", wrap=False)
        self._play = push_button("Play", "recordingPlay", kind="primary", tip="Play or stop (Space)")
        self._back = push_button("−5 s", "recordingBack", tip="5 seconds back (Left)")
        self._forth = push_button("+5 s", "recordingForth", tip="5 seconds on (Right)")
        self._previous = push_button("Previous event", "recordingPrevious", tip="Previous event (P)")
        self._next = push_button("Next event", "recordingNext", tip="Next event (N)")
        self._speed = ChoiceBox()
        self._idle = QCheckBox("Skip idle stretches")
        self._begin = push_button("From here", "recordingBegin", tip="Begin of the stretch to save (I)")
        self._end = push_button("To here", "recordingEnd", tip="End of the stretch to save (O)")
        self._save = push_button("Save video…", "recordingSave", shortcut="Ctrl+S")
        self._lay_out()
        self._connect()
        self.render_state(self._state)

    @property
    def state(self) -> PlaybackState:
        """What is shown."""
        return self._state

    def render_state(self, state: PlaybackState) -> None:
        """Show `state`."""
        self._state = state
        opened = state.index is not None and not state.problem
        self.setWindowTitle(f"{shown_line(state.ticket, 40)} recording - Deskside")
        if state.index is not None:
            self.lists.show_index(state.index)
            self.lists.show_position(state.position_ms)
        self.slider.show_position(state.index, state.position_ms)
        self._time.show_text(f"{clock_words(state.position_ms)} / {clock_words(state.duration_ms)}")
        self._play.setText("Stop" if state.playing else "Play")
        self._play.setAccessibleName(self._play.text())
        self._speed.setCurrentIndex(SPEEDS.index(state.speed))
        self._idle.setChecked(state.skips_idle)
        for control in (self._play, self._back, self._forth, self._previous, self._next, self._begin, self._end):
            control.setEnabled(opened)
        self._save.setEnabled(opened and state.saving is None and self._stretch() is not None)
        self.picture.set_display_size(state.display_size)
        self.picture.set_dimmed(self._veil(state))
        self._notice.show_or_hide(_notice(state))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close for good."""
        event.accept()
        self.closed.emit()

    def _veil(self, state: PlaybackState) -> str:
        if state.problem:
            return state.problem
        if state.card:
            return state.card
        return "" if state.index is not None else "Opening the recording …"

    def _stretch(self) -> tuple[int, int] | None:
        begins_ms, ends_ms = self._marked
        begins_ms = 0 if begins_ms is None else begins_ms
        ends_ms = self._state.duration_ms if ends_ms is None else ends_ms
        return (begins_ms, ends_ms) if begins_ms < ends_ms else None

    def _lay_out(self) -> None:
        named(self._speed, "recordingSpeed", "Speed")
        named(self._idle, "recordingSkipIdle", "Skip idle stretches")
        for speed in SPEEDS:
            self._speed.addItem(f"{speed:g}×", speed)
        left = QWidget()
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._notice)
        layout.addWidget(self.picture, 1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.lists)
        split.setStretchFactor(0, 1)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(split, 1)
        whole.addWidget(self._controls())
        self.setCentralWidget(content)

    def _controls(self) -> QWidget:
        controls = QWidget()
        layout = QVBoxLayout(controls)
        layout.setContentsMargins(14, 6, 14, 10)
        layout.addWidget(self.slider)
        going = (self._play, self._back, self._forth, self._time, self._previous, self._next)
        layout.addLayout(row(*going, None, self._speed, self._idle, self._begin, self._end, self._save))
        return controls

    def _connect(self) -> None:
        self.picture.picture_painted.connect(self._intents.painted)
        self.slider.wanted.connect(self._intents.seek)
        self.lists.wanted.connect(self._intents.seek)
        self._play.clicked.connect(self._toggle)
        self._back.clicked.connect(partial(self._go, -STEP_MS))
        self._forth.clicked.connect(partial(self._go, STEP_MS))
        self._previous.clicked.connect(partial(self._go_to_event, -1))
        self._next.clicked.connect(partial(self._go_to_event, 1))
        self._speed.activated.connect(lambda chosen: self._intents.choose_speed(SPEEDS[chosen]))
        self._idle.toggled.connect(self._intents.skip_idle)
        self._begin.clicked.connect(lambda: self._mark(begin=True))
        self._end.clicked.connect(lambda: self._mark(begin=False))
        self._save.clicked.connect(self._choose_file)
        for keys, act in (
            ("Space", self._space),
            ("Home", partial(self._go, -MAX_MS)),
            ("End", partial(self._go, MAX_MS)),
            ("Left", partial(self._go, -STEP_MS)),
            ("Right", partial(self._go, STEP_MS)),
            ("Shift+Left", partial(self._go, -BIG_STEP_MS)),
            ("Shift+Right", partial(self._go, BIG_STEP_MS)),
            ("P", partial(self._go_to_event, -1)),
            ("N", partial(self._go_to_event, 1)),
            ("Ctrl+Up", partial(self._change_speed, 1)),
            ("Ctrl+Down", partial(self._change_speed, -1)),
            ("I", partial(self._mark, begin=True)),
            ("O", partial(self._mark, begin=False)),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _space(self) -> None:
        focused = self.focusWidget()
        if isinstance(focused, QAbstractButton):
            focused.click()
        elif isinstance(focused, QComboBox):
            focused.showPopup()
        else:
            self._toggle()

    def _toggle(self) -> None:
        self._intents.play(not self._state.playing)

    def _go(self, by_ms: int) -> None:
        self._intents.seek(max(0, min(self._state.duration_ms, self._state.position_ms + by_ms)))

    def _go_to_event(self, direction: int) -> None:
        # a little slack: going to an event must not count as having passed it
        now = self._state.position_ms
        times = self.lists.times()
        later = [t_ms for t_ms in times if t_ms > now + 50]
        earlier = [t_ms for t_ms in times if t_ms < now - 50]
        if direction > 0 and later:
            self._intents.seek(later[0])
        elif direction < 0 and earlier:
            self._intents.seek(earlier[-1])

    def _change_speed(self, step: int) -> None:
        at = SPEEDS.index(self._state.speed) + step
        if 0 <= at < len(SPEEDS):
            self._intents.choose_speed(SPEEDS[at])

    def _mark(self, *, begin: bool) -> None:
        begins_ms, ends_ms = self._marked
        now = self._state.position_ms
        self._marked = (now, ends_ms) if begin else (begins_ms, now)
        self.slider.show_stretch(*(self._stretch() or (None, None)))
        self.render_state(self._state)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "Save the stretch as video", f"{self._state.ticket or 'recording'}.webm")
        dialog.setObjectName("recordingSaveDialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("WebM video (*.webm)")
        dialog.setDefaultSuffix("webm")
        dialog.selectFile(f"{self._state.ticket or 'recording'}.webm")
        dialog.fileSelected.connect(self._save_to)
        dialog.open()

    def _save_to(self, path: str) -> None:
        stretch = self._stretch()
        if stretch is not None:
            self._intents.save_video(*stretch, path)


_UNFINISHED = (
    "The end of this recording is missing: the program or its computer stopped. Everything before it is shown."
)
_LOOKING = "Events and chat are still being looked up."


def _notice(state: PlaybackState) -> str:
    if state.saving is not None:
        return f"Saving the video: {state.saving:.0%}"
    if state.said:
        return state.said
    if state.fetched < 1:
        return f"The rest of the recording is being fetched from the relay: {state.fetched:.0%}"
    if state.index is not None and not state.is_whole:
        return _UNFINISHED if state.is_indexed else f"{_UNFINISHED} {_LOOKING}"
    return "" if state.index is None else shown_line(hidden_at(state.index, state.position_ms))
