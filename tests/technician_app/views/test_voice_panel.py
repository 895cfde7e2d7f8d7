"""Talking from the technician's window: the microphone follows the button and F9, and the window says so."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QProgressBar, QPushButton

from protocol.messages.input import KeyChanged
from protocol.transport.voice.status import VoiceStatus
from technician_app.controllers.session_state import Control, Phase, SessionViewState
from technician_app.views.session_window import SessionWindow
from technician_app.views.voice_panel import TALK_KEY, meter_percent, microphone_words

READY = VoiceStatus(on=True, microphones=("Headset", "Webcam"), speakers=("Headset",))
TALKING = replace(READY, talking=True, level_db=-20.0)
LIVE = SessionViewState(
    phase=Phase.LIVE, session="ab" * 16, ticket="DS-2026-000001", subject="Printer", link="", route="", spoken_route=""
)


class Intents:
    """Keeps what was said about voice, in order."""

    def __init__(self):
        self.done = []

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, *arguments))

    def talks(self):
        return [arguments[0] for name, *arguments in self.done if name == "talk"]


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, LIVE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def test_there_is_no_voice_until_it_is_allowed(window, intents):
    assert not window.voice.isVisible()
    QTest.keyPress(window.remote, TALK_KEY)
    assert intents.talks() == []
    window.render(replace(LIVE, voice=READY))
    assert window.voice.isVisible()


def test_the_microphone_is_open_while_the_button_is_held(window, child, qtbot, intents):
    window.render(replace(LIVE, voice=READY))
    button = child(window, "talkButton", QPushButton)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert intents.talks() == [True]
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert intents.talks() == [True, False]


def test_the_key_talks_even_while_keys_go_to_the_customer(window, intents):
    window.render(replace(LIVE, voice=READY, control=Control.GRANTED))
    window.remote.setFocus()
    QTest.keyPress(window.remote, TALK_KEY)
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(
            window.remote, QKeyEvent(kind, TALK_KEY, Qt.KeyboardModifier.NoModifier, "", autorep=True)
        )
    assert intents.talks() == [True]
    QTest.keyRelease(window.remote, TALK_KEY)
    assert intents.talks() == [True, False]
    assert not any(isinstance(argument, KeyChanged) for _, *rest in intents.done for argument in rest)


def test_leaving_the_window_lets_go_of_the_key(window, intents):
    window.render(replace(LIVE, voice=READY))
    QTest.keyPress(window.remote, TALK_KEY)
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowDeactivate))
    assert intents.talks() == [True, False]


def test_it_can_be_kept_open_and_closed_again(window, child, qtbot, intents):
    window.render(replace(LIVE, voice=READY))
    keep = child(window, "keepOpenButton", QPushButton)
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    window.render(replace(LIVE, voice=TALKING))
    assert keep.text() == "Close microphone"
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert intents.talks() == [True, False]


def test_the_end_of_voice_closes_a_microphone_that_was_kept_open(window, child, qtbot, intents):
    window.render(replace(LIVE, voice=READY))
    qtbot.mouseClick(child(window, "keepOpenButton", QPushButton), Qt.MouseButton.LeftButton)
    window.render(LIVE)
    assert intents.talks() == [True, False]
    assert not window.voice.isVisible()


def test_a_microphone_that_is_gone_is_not_claimed_to_be_kept_open(window, child, qtbot):
    window.render(replace(LIVE, voice=READY))
    keep = child(window, "keepOpenButton", QPushButton)
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    window.render(replace(LIVE, voice=replace(READY, problem="The microphone does not work any more.")))
    assert not keep.isChecked()
    assert child(window, "voiceProblem", QLabel).text() == "The microphone does not work any more."


def test_the_strip_says_who_can_be_heard_and_how_loud(window, child):
    window.render(replace(LIVE, voice=TALKING))
    assert child(window, "microphoneState", QLabel).text() == "Your microphone is ON"
    assert child(window, "voiceMeter", QProgressBar).value() == 67
    assert microphone_words(READY) == "Your microphone is off"
    assert microphone_words(replace(READY, heard_db=-30.0)) == "The customer is talking"
    assert [meter_percent(level) for level in (-96, -60, -30, 0)] == [0, 0, 50, 100]


def test_devices_are_chosen_by_name(window, child, qtbot, intents):
    window.render(replace(LIVE, voice=READY))
    microphones = child(window, "microphoneChoice", QComboBox)
    assert [microphones.itemData(index) for index in range(microphones.count())] == ["", "Headset", "Webcam"]
    microphones.setCurrentIndex(2)
    microphones.activated.emit(2)
    assert ("choose_sound", "Webcam", "") in intents.done
    window.render(replace(LIVE, voice=replace(READY, microphone="Webcam")))
    assert microphones.currentData() == "Webcam"


def test_in_full_screen_only_an_open_microphone_is_shown(window, qtbot):
    window.render(replace(LIVE, voice=READY))
    window._full.setChecked(True)
    window.render(replace(LIVE, voice=READY))
    assert window.voice.isHidden()
    window.render(replace(LIVE, voice=TALKING))
    assert not window.voice.isHidden()
    window._full.setChecked(False)
