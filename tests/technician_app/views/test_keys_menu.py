"""The Keys menu, typing the clipboard (ClipboardTypist, TypingPreview) and view only, in a real offscreen window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from protocol.messages.input import AllReleased, KeyChanged, TextTyped
from technician_app.controllers.session_state import Frame
from technician_app.views.keys_menu import CHORDS, KeysMenu
from technician_app.views.remote_view import RemoteView


class Shown:
    def __init__(self, qtbot):
        self.sent, self.said = [], []
        frames = [Frame(80, 40, 320, bytes(320 * 40))]
        self.view = RemoteView(lambda: frames.pop() if frames else None)
        self.view.input_made.connect(self.sent.append)
        self.menu = KeysMenu(self.view, self.sent.append)
        self.menu.said.connect(self.said.append)
        qtbot.addWidget(self.view)
        qtbot.addWidget(self.menu)
        self.view.show()
        self.view.show_newest()
        self.view.set_granted(True)
        self.menu.show_control(True)

    def line(self, name: str) -> QAction:
        return self.menu.menu().findChild(QAction, name) or self.menu.findChild(QAction, name)

    def text(self) -> str:
        keys = {"Enter": "\n", "Tab": "\t"}
        typed = [one for one in self.sent if not isinstance(one, AllReleased)]
        return "".join(one.text if isinstance(one, TextTyped) else keys[one.code] * one.down for one in typed)


@pytest.fixture
def shown(qtbot):
    return Shown(qtbot)


def test_each_line_presses_its_keys_and_lets_go(shown):
    for name, (_text, codes) in CHORDS.items():
        shown.sent.clear()
        shown.line(f"keys_{name}").trigger()
        assert [message.code for message in shown.sent if message.down] == list(codes)
        assert {message.code for message in shown.sent if not message.down} == set(codes)


def test_without_control_nothing_can_be_pressed_and_the_line_says_why(shown):
    shown.menu.show_control(False)
    assert not shown.line("keys_alt_tab").isEnabled()
    assert "Ask the customer" in shown.line("keys_alt_tab").toolTip()
    assert not shown.line("type_clipboard").isEnabled()


def test_ctrl_alt_del_is_grey_with_the_reason_where_it_cannot_work(shown):
    shown.menu.show_control(True, "windows")
    assert not shown.line("keys_ctrl_alt_del").isEnabled()
    assert "Windows" in shown.line("keys_ctrl_alt_del").toolTip()
    assert shown.line("keys_alt_f4").isEnabled()


def test_every_line_has_a_letter_of_its_own(shown):
    texts = [action.text() for action in shown.menu.menu().actions() if action.text()]
    letters = [text[text.index("&") + 1].lower() for text in texts]
    assert len(set(letters)) == len(texts)


def test_view_only_lets_go_of_everything_and_is_said(shown):
    told = []
    shown.menu.view_only_changed.connect(told.append)
    shown.menu.toggle_view_only()
    assert shown.sent == [AllReleased()]
    assert not shown.line("keys_super").isEnabled()
    shown.menu.toggle_view_only()
    assert told == [True, False]
    assert shown.line("keys_super").isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_chords_reach_the_menu_while_the_picture_has_the_keyboard(shown, qtbot):
    chord = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(shown.view, Qt.Key.Key_V, chord)
    assert shown.menu.view_only
    qtbot.keyClick(shown.view, Qt.Key.Key_K, chord)
    qtbot.waitUntil(shown.menu.menu().isVisible)
    qtbot.keyClick(shown.menu.menu(), Qt.Key.Key_Escape)
    assert not shown.menu.menu().isVisible()


def test_a_short_clipboard_is_typed_at_once_in_portions(shown, qtbot):
    QGuiApplication.clipboard().setText("P@ss wörd €\n")
    shown.line("type_clipboard").trigger()
    qtbot.waitUntil(lambda: shown.text() == "P@ss wörd €")
    qtbot.waitUntil(lambda: shown.said[-1] == "")
    assert max(len(message.text) for message in shown.sent) <= 4


def test_several_lines_are_shown_first_and_nothing_is_typed_by_default(shown, qtbot, child):
    QGuiApplication.clipboard().setText("one\ntwo")
    shown.line("type_clipboard").trigger()
    preview = shown.menu.typist.preview
    assert child(preview, "typingPreviewText", QPlainTextEdit).toPlainText() == "one\ntwo"
    assert not child(preview, "typeItButton", QPushButton).isDefault()
    preview.reject()
    assert shown.text() == ""
    shown.line("type_clipboard").trigger()
    child(shown.menu.typist.preview, "typeItButton", QPushButton).click()
    qtbot.waitUntil(lambda: shown.text() == "one\ntwo")


def test_escape_stops_typing_and_goes_nowhere_itself(shown, qtbot):
    QGuiApplication.clipboard().setText("x" * 200)
    shown.line("type_clipboard").trigger()
    qtbot.waitUntil(lambda: bool(shown.sent))
    qtbot.keyClick(shown.view, Qt.Key.Key_A)
    qtbot.keyClick(shown.view, Qt.Key.Key_Escape)
    count = len(shown.sent)
    assert shown.said[-1].startswith("Typing stopped after")
    assert set(shown.text()) == {"x"}
    qtbot.wait(120)
    assert len(shown.sent) == count


def test_losing_control_stops_typing(shown, qtbot):
    QGuiApplication.clipboard().setText("y" * 200)
    shown.line("type_clipboard").trigger()
    qtbot.waitUntil(lambda: bool(shown.sent))
    shown.menu.show_control(False)
    assert shown.said[-1].startswith("Typing stopped")


def test_an_empty_or_endless_clipboard_is_refused_with_a_sentence(shown):
    QGuiApplication.clipboard().setText("\n")
    shown.line("type_clipboard").trigger()
    QGuiApplication.clipboard().setText("z" * 20_000)
    shown.line("type_clipboard").trigger()
    assert "no text" in shown.said[0]
    assert "20000" in shown.said[1]
    assert not any(isinstance(message, KeyChanged | TextTyped) for message in shown.sent)
