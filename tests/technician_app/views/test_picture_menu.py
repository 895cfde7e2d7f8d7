from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton

from protocol.messages.picture import PicturePreset, PictureWanted
from technician_app.controllers.session_state import Phase, PictureFigures, SessionViewState
from technician_app.views.picture_menu import WORDS, PictureMenu
from technician_app.views.session_window import SessionWindow

STATE = SessionViewState(Phase.LIVE, "ab" * 16, "DS-2026-000001", "Printer", "https://relay.example/j/A", "A")


class Intents:
    def __init__(self):
        self.wanted = []

    def __getattr__(self, name):
        return self.wanted.append if name == "want_picture" else lambda *_: None


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, STATE, picture_preset=PicturePreset.SHARP)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def choose(child, window, preset):
    child(window, f"picture_{preset.value}", QAction).trigger()


def test_the_remembered_preset_is_ticked_and_said(window, child):
    button = child(window, "pictureButton", QPushButton)
    assert button.isVisible()
    assert button.accessibleName() == "Picture: Sharp"
    ticked = [action.data() for action in child(window, "pictureMenu", QMenu).actions() if action.isChecked()]
    assert ticked == [PicturePreset.SHARP]


def test_a_choice_goes_to_the_customer_and_is_kept_for_later(window, child, qtbot, intents):
    with qtbot.waitSignal(window.picture_preset_chosen) as kept:
        choose(child, window, PicturePreset.THRIFTY)
    assert kept.args == [PicturePreset.THRIFTY]
    assert intents.wanted == [PictureWanted(PicturePreset.THRIFTY, figures=False)]
    assert child(window, "pictureButton", QPushButton).accessibleName() == "Picture: Thrifty"
    choose(child, window, PicturePreset.THRIFTY)
    assert len(intents.wanted) == 1


def test_watching_the_figures_is_said_with_the_preset(window, child, intents):
    child(window, "figuresButton", QPushButton).click()
    choose(child, window, PicturePreset.BALANCED)
    child(window, "figuresButton", QPushButton).click()
    assert intents.wanted == [
        PictureWanted(PicturePreset.SHARP, figures=True),
        PictureWanted(PicturePreset.BALANCED, figures=True),
        PictureWanted(PicturePreset.BALANCED, figures=False),
    ]


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)")
def test_the_menu_works_with_the_keyboard_alone(qtbot):
    button = PictureMenu(PicturePreset.BALANCED)
    qtbot.addWidget(button)
    button.show()
    chosen = []
    button.preset_chosen.connect(chosen.append)
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    menu = button.menu()
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    QTest.keyClick(menu, Qt.Key.Key_T)
    assert chosen == [PicturePreset.THRIFTY]
    assert set(WORDS) == set(PicturePreset)


def test_the_status_line_says_why_the_picture_is_reduced(window, child):
    label = child(window, "statusReduced", QLabel)
    assert not label.isVisible()
    window.render(replace(STATE, picture=PictureFigures(reduced="line 0.8 Mbit/s, loss 3 %")))
    assert label.isVisible()
    assert label.text() == "Picture reduced: line 0.8 Mbit/s, loss 3 %"
    window.render(STATE)
    assert not label.isVisible()


def test_there_is_no_choice_outside_a_live_session(window, child):
    window.render(replace(STATE, phase=Phase.CONNECTING))
    assert not child(window, "pictureButton", QPushButton).isVisible()
