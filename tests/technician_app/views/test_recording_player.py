"""The player's window: what it shows of a recording, and everything by the keyboard."""

import os
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

from protocol.recording.entries import ChatText, Marker, MarkerKind
from protocol.recording.index import Mark, RecordingIndex, Stretch, Written
from technician_app.controllers.session_state import Frame
from technician_app.recording.playback_state import PlaybackState
from technician_app.views.recording_player import RecordingPlayer

INDEX = RecordingIndex(
    120_000,
    marks=(
        Mark(1_000, Marker(MarkerKind.EVENT, "Customer allowed control for 15 min", "C", 4)),
        Mark(40_000, Marker(MarkerKind.PAUSED)),
        Mark(82_000, Marker(MarkerKind.RESUMED)),
        Mark(100_000, Marker(MarkerKind.EVENT, "Technician <b>sent</b> a file", "T", 9)),
    ),
    chat=(Written(20_000, ChatText(True, "It is this\N{RIGHT-TO-LEFT OVERRIDE} one")),),
    busy=(Stretch(0, 40_000), Stretch(82_000, 110_000)),
    pauses=(Stretch(40_000, 82_000),),
)
OPEN = PlaybackState("ab" * 16, "DS-2026-000001", index=INDEX, position_ms=30_000)


class Intents:
    def __init__(self) -> None:
        self.wanted: list[tuple[str, tuple]] = []

    def __getattr__(self, name: str):
        return lambda *values: self.wanted.append((name, values))


@pytest.fixture
def player(qtbot):
    intents = Intents()
    frames = [Frame(64, 48, 256, bytes((200, 120, 40, 255)) * (64 * 48))]
    window = RecordingPlayer(intents, lambda: frames.pop() if frames else None, lambda: None)
    qtbot.addWidget(window)
    window.show()
    window.picture.show_newest()
    window.render_state(OPEN)
    qtbot.waitExposed(window)
    window.activateWindow()
    return window, intents


def test_what_happened_stands_beside_the_picture_and_leads_there(player, qtbot, child) -> None:
    window, intents = player
    lines = [window.lists.events.item(row).text() for row in range(window.lists.events.count())]
    assert lines[0] == "0:01  Customer allowed control for 15 min"
    assert lines[1] == "0:40  The customer paused sharing"
    assert "<b>" in lines[3]
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in window.lists.chat.item(0).text()
    window.lists.events.itemActivated.emit(window.lists.events.item(3))
    assert intents.wanted[-1] == ("seek", (100_000,))
    assert child(window, "recordingTime", QLabel).text() == "0:30 / 2:00"
    x = window.slider.place_of(60_000)
    qtbot.mouseClick(window.slider, Qt.MouseButton.LeftButton, pos=window.slider.rect().topLeft() + _at(x))
    name, (t_ms,) = intents.wanted[-1]
    assert name == "seek"
    assert abs(t_ms - 60_000) < 500


def _at(x: float):
    from PySide6.QtCore import QPoint

    return QPoint(round(x), 22)


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        ("Space", ("play", (True,))),
        ("Left", ("seek", (25_000,))),
        ("Right", ("seek", (35_000,))),
        ("Shift+Left", ("seek", (0,))),
        ("Shift+Right", ("seek", (60_000,))),
        ("N", ("seek", (40_000,))),
        ("P", ("seek", (1_000,))),
        ("Home", ("seek", (0,))),
        ("End", ("seek", (120_000,))),
        ("Ctrl+Up", ("choose_speed", (2.0,))),
        ("Ctrl+Down", ("choose_speed", (0.5,))),
    ],
)
def test_everything_can_be_done_by_the_keyboard(player, qtbot, keys: str, wanted: tuple) -> None:
    window, intents = player
    window.picture.setFocus()
    intents.wanted.clear()
    chord = QKeySequence(keys)[0]
    qtbot.keyClick(window.focusWidget() or window, chord.key(), chord.keyboardModifiers())
    assert intents.wanted == [wanted]


def test_a_stretch_is_marked_and_saved(player, qtbot, child) -> None:
    window, intents = player
    qtbot.keyClick(window.picture, Qt.Key.Key_I)
    window.render_state(replace(OPEN, position_ms=90_000))
    qtbot.keyClick(window.picture, Qt.Key.Key_O)
    qtbot.mouseClick(child(window, "recordingSave", QPushButton), Qt.MouseButton.LeftButton)
    dialog = child(window, "recordingSaveDialog")
    dialog.fileSelected.emit("film.webm")
    assert intents.wanted[-1] == ("save_video", (30_000, 90_000, "film.webm"))
    dialog.reject()
    window.render_state(replace(OPEN, saving=0.5))
    assert child(window, "recordingNotice", QLabel).text() == "Saving the video: 50%"
    assert not child(window, "recordingSave", QPushButton).isEnabled()


def test_cards_and_a_missing_end_are_said_in_words(player, child) -> None:
    window, intents = player
    window.render_state(replace(OPEN, position_ms=50_000, card="The customer paused sharing, 0:42", is_whole=False))
    assert "The end of this recording is missing" in child(window, "recordingNotice", QLabel).text()
    folder = os.environ.get("DESKSIDE_TEST_PICTURES")
    if folder:
        window.grab().save(f"{folder}/player_card.png")
        window.render_state(replace(OPEN, playing=True))
        window.grab().save(f"{folder}/player.png")
    window.render_state(PlaybackState(problem="This recording was sealed to another device."))
    assert not child(window, "recordingPlay", QPushButton).isEnabled()
    child(window, "recordingSkipIdle", QCheckBox).setChecked(True)
    assert ("skip_idle", (True,)) in intents.wanted
