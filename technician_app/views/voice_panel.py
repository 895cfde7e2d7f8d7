"""Talking with the customer: a strip below the window's bar while voice is allowed. GUI thread only.

The microphone opens while the Talk button, or F9 anywhere in the window, is held. Whatever takes the window or the
strip away lets go of it.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QProgressBar, QVBoxLayout, QWidget

from protocol.transport.voice.sound_devices import DEFAULT_DEVICE
from protocol.transport.voice.status import VoiceStatus
from technician_app.models.received_text import shown_line
from technician_app.views.parts import ChoiceBox, PlainLabel, named, push_button, row
from technician_app.views.theme import restyle

TALK_KEY = Qt.Key.Key_F9
TALK_KEY_NAME = "F9"
STATE_WIDTH = 190
"""Room in pixels for who can be heard, so that the meter beside it stands still."""

QUIETEST_DB = -60.0
"""The left end of the meter."""


def microphone_words(voice: VoiceStatus) -> str:
    """Return in plain words who can be heard."""
    if voice.talking:
        return "Your microphone is ON"
    return "The customer is talking" if voice.heard_db > QUIETEST_DB else "Your microphone is off"


def meter_percent(level_db: float) -> int:
    """Return how much of the meter a level in dBFS fills, in percent."""
    return round(100 * min(1.0, max(0.0, 1.0 - level_db / QUIETEST_DB)))


class VoicePanel(QFrame):
    """Shows a VoiceStatus.

    Signals:
        talk_wanted: open (True) or close (False) the microphone.
        devices_chosen: the names of microphone and loudspeaker; empty is what the computer prefers.
    """

    talk_wanted = Signal(bool)
    devices_chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        named(self, "voicePanel", "Talking with the customer")
        self.setProperty("kind", "bar")
        self._allowed = False
        self._held = False
        self._talk = push_button("Hold to talk", "talkButton", kind="primary", tip=f"Or hold {TALK_KEY_NAME}")
        self._keep = push_button("Keep open", "keepOpenButton", tip="Leave your microphone open until you close it")
        self._keep.setCheckable(True)
        self._state = PlainLabel(name="microphoneState", wrap=False)
        self._meter = QProgressBar(textVisible=False, maximum=100)
        named(self._meter, "voiceMeter", "How loud it is")
        self._meter.setFixedSize(110, 8)
        self._state.setMinimumWidth(STATE_WIDTH)
        self._state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem = PlainLabel(name="voiceProblem", kind="problem")
        self._microphones = self._choice("microphoneChoice", "Microphone")
        self._speakers = self._choice("speakerChoice", "Loudspeaker")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 6, 12, 6)
        layout.addLayout(row(self._talk, self._keep, self._state, self._meter, None, self._microphones, self._speakers))
        layout.addWidget(self._problem)
        self._talk.pressed.connect(self._press)
        self._talk.released.connect(self._release)
        self._keep.toggled.connect(self._keep_open)
        self.hide()

    def render_voice(self, voice: VoiceStatus | None, *, room: bool = True) -> None:
        """Show `voice`, nothing when it is None; without `room` only that the microphone is open."""
        self._allowed = voice is not None
        if voice is not None:
            self._fill(voice)
        self.setVisible(voice is not None and (room or voice.talking or self._held))
        if voice is None:
            self.let_go()

    def let_go(self) -> None:
        """Close the microphone."""
        self._release()
        self._keep.setChecked(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the talk key from whatever has the keyboard in this window; let go when the window loses it."""
        if event.type() == QEvent.Type.WindowDeactivate and watched is self.window():
            self._release()
        if not self._allowed or not isinstance(event, QKeyEvent) or event.key() != TALK_KEY:
            return super().eventFilter(watched, event)
        if not isinstance(watched, QWidget) or watched.window() is not self.window():
            return super().eventFilter(watched, event)
        if not event.isAutoRepeat():
            if event.type() == QEvent.Type.KeyPress:
                self._press()
            elif event.type() == QEvent.Type.KeyRelease:
                self._release()
        return True

    def watch_keys(self) -> None:
        """Begin to look at the keys of the whole program."""
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def _fill(self, voice: VoiceStatus) -> None:
        if voice.problem and not voice.talking and not self._held:
            self._keep.setChecked(False)  # the microphone is closed: the button must not claim otherwise
        self._state.show_text(microphone_words(voice))
        restyle(self._state, "kind", "onair" if voice.talking else "")
        percent = meter_percent(voice.level_db if voice.talking else voice.heard_db)
        if percent != self._meter.value():
            self._meter.setValue(percent)
            self._meter.update()  # Qt thinks a styled bar of so few pixels needs none
        self._problem.show_or_hide(shown_line(voice.problem, 200))
        self._offer(self._microphones, voice.microphones, voice.microphone, "Microphone")
        self._offer(self._speakers, voice.speakers, voice.speaker, "Loudspeaker")

    def _choice(self, name: str, what: str) -> ChoiceBox:
        box = ChoiceBox()
        named(box, name, what)
        box.setToolTip(what)
        box.setMaximumWidth(190)
        box.activated.connect(self._choose)
        return box

    @staticmethod
    def _offer(box: ChoiceBox, names: tuple[str, ...], chosen: str, what: str) -> None:
        wanted = [DEFAULT_DEVICE, *names]
        if [box.itemData(index) for index in range(box.count())] != wanted:
            box.clear()
            for name in wanted:
                box.addItem(shown_line(name, 60) if name else f"Default {what.lower()}", name)
        box.setCurrentIndex(wanted.index(chosen) if chosen in wanted else 0)

    def _choose(self, _index: int) -> None:
        self.devices_chosen.emit(self._microphones.currentData(), self._speakers.currentData())

    def _press(self) -> None:
        if self._allowed and not self._held:
            self._held = True
            if not self._keep.isChecked():
                self.talk_wanted.emit(True)

    def _release(self) -> None:
        if self._held:
            self._held = False
            if not self._keep.isChecked():
                self.talk_wanted.emit(False)

    def _keep_open(self, kept: bool) -> None:
        self._keep.setText("Close microphone" if kept else "Keep open")
        if not self._held:
            self.talk_wanted.emit(kept)
