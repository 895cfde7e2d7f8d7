from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPushButton

from protocol.consent import Standing
from protocol.messages.consent import Capability
from technician_app.controllers.session_state import Permission, Phase, SessionViewState
from technician_app.views.permission_plan_dialog import PermissionPlanDialog
from technician_app.views.session_window import SessionWindow

SEE, CONTROL, VOICE = Capability.SEE, Capability.CONTROL, Capability.VOICE
DIAGNOSTICS, CHAT = Capability.DIAGNOSTICS, Capability.CHAT
GRANTED, ASKED, DENIED = (Permission(standing) for standing in (Standing.GRANTED, Standing.ASKED, Standing.DENIED))
KNOWN = {SEE: GRANTED, CONTROL: DENIED, DIAGNOSTICS: DENIED, VOICE: DENIED, CHAT: GRANTED}
LIVE = SessionViewState(
    Phase.LIVE, "ab" * 16, "DS-2026-000001", "Printer", "https://relay.example/j/K", "K7QF", permissions=KNOWN
)


class Intents:
    """Keeps what the technician did, in order."""

    def __init__(self):
        self.done = []

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, *arguments))


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, LIVE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def asked_of(intents):
    return [call for call in intents.done if call[0] in ("ask_for", "give_back", "request_diagnostics")]


def test_the_menu_lists_what_can_be_asked_for_and_ticks_what_is_allowed(window):
    lines = [line for line in window.permissions_menu.actions() if line.objectName().startswith("ask_")]
    assert [line.objectName() for line in lines] == [f"ask_{capability.value}" for capability in KNOWN]
    assert [line.isChecked() for line in lines] == [True, False, False, False, True]


def test_a_line_asks_takes_the_question_back_and_gives_back(window, intents):
    menu = window.permissions_menu
    menu.line(VOICE).trigger()
    assert not menu.line(VOICE).isChecked(), "asked is not allowed"
    window.render(replace(LIVE, permissions=KNOWN | {VOICE: ASKED}))
    menu.line(VOICE).trigger()
    window.render(replace(LIVE, permissions=KNOWN | {VOICE: GRANTED}))
    menu.line(VOICE).trigger()
    assert asked_of(intents) == [("ask_for", (VOICE,)), ("give_back", VOICE), ("give_back", VOICE)]


def test_facts_are_asked_for_as_a_report(window, intents):
    window.permissions_menu.line(DIAGNOSTICS).trigger()
    assert asked_of(intents) == [("request_diagnostics",)]


def test_without_seeing_only_seeing_and_writing_can_be_asked_for(window):
    window.render(replace(LIVE, permissions=dict.fromkeys(KNOWN, DENIED)))
    menu = window.permissions_menu
    assert [capability for capability in KNOWN if menu.line(capability).isEnabled()] == [SEE, CHAT]


def test_a_screen_that_is_not_shared_any_more_does_not_look_live(window):
    live = window.remote.grab().toImage()
    window.render(replace(LIVE, permissions=KNOWN | {SEE: DENIED}))
    assert window.remote.grab().toImage() != live
    window.render(LIVE)
    assert window.remote.grab().toImage() == live


def test_the_minutes_left_are_said(window):
    menu = window.permissions_menu
    menu._clock = lambda: 100.0
    window.render(replace(LIVE, permissions=KNOWN | {CONTROL: Permission(Standing.GRANTED, until=161.0)}))
    assert menu.line(CONTROL).text() == "Use mouse and keyboard\tallowed, 2 min left"


def test_several_are_asked_for_in_one_question(window, intents, child, qtbot):
    window.permissions_menu.plan_wanted.emit()
    dialog = child(window, "permissionPlanDialog", PermissionPlanDialog)
    ask = child(dialog, "planAsk", QPushButton)
    assert not ask.isEnabled(), "nothing is ticked in advance"
    for capability in (VOICE, CONTROL):
        child(dialog, f"plan_{capability.value}", QCheckBox).setChecked(True)
    qtbot.mouseClick(ask, Qt.MouseButton.LeftButton)
    assert asked_of(intents) == [("ask_for", (CONTROL, VOICE))]
    assert dialog.findChild(QCheckBox, "plan_see") is None, "what is allowed already is not offered"


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_keyboard_reaches_every_line(window, intents, child, qtbot):
    button, menu = child(window, "permissionsButton", QPushButton), window.permissions_menu
    assert button.menu() is menu
    assert button.shortcut().toString() == "Ctrl+P"
    menu.popup(window.pos())
    for _ in range(2):
        qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert asked_of(intents) == [("ask_for", (CONTROL,))]
