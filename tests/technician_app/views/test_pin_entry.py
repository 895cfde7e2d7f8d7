from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from technician_app.controllers.session_state import Phase, SessionViewState
from technician_app.views.pin_entry import PinEntry

STATE = SessionViewState(Phase.PIN_WANTED, "ab" * 16, "DS-2026-000001", "Printer", "https://x/j/K", "K7QF-2MXP-PBCC")


@pytest.fixture
def entry(qtbot):
    page = PinEntry()
    qtbot.addWidget(page)
    page.render_state(STATE)
    page.show()
    return page


def _parts(entry, child):
    return child(entry, "pinField", QLineEdit), child(entry, "pinSend", QPushButton), child(entry, "pinHint", QLabel)


def test_digits_are_grouped_while_they_are_typed(entry, child, qtbot):
    field, send, hint = _parts(entry, child)
    qtbot.keyClicks(field, "4930a-27")
    assert field.text() == "493 027"
    assert hint.text() == "3 more digits."
    assert not send.isEnabled()


def test_a_pin_is_sent_only_with_the_right_check_digit(entry, child, qtbot):
    field, send, hint = _parts(entry, child)
    qtbot.keyClicks(field, "493027157")
    assert not send.isEnabled()
    assert "wrong" in hint.text()
    with qtbot.assertNotEmitted(entry.pin_entered):
        field.returnPressed.emit()
    field.setCursorPosition(len(field.text()))
    field.backspace()
    with qtbot.waitSignal(entry.pin_entered) as blocker:
        qtbot.keyClicks(field, "6\r")
    assert blocker.args == ["493027156"]


def test_more_than_nine_digits_do_not_fit(entry, child, qtbot):
    field, _send, _hint = _parts(entry, child)
    qtbot.keyClicks(field, "493 027 156 99")
    assert field.text() == "493 027 156"


def test_a_digit_inserted_in_the_middle_keeps_the_cursor_behind_it(entry, child, qtbot):
    field, _send, _hint = _parts(entry, child)
    qtbot.keyClicks(field, "49027")
    field.setCursorPosition(2)
    qtbot.keyClicks(field, "3")
    assert field.text() == "493 027"
    assert field.cursorPosition() == 3


def test_while_checking_nothing_can_be_typed_and_afterwards_the_field_is_empty(entry, child, qtbot):
    field, send, _hint = _parts(entry, child)
    qtbot.keyClicks(field, "493027156")
    entry.render_state(replace(STATE, phase=Phase.CHECKING_PIN))
    assert not field.isEnabled()
    assert not send.isEnabled()
    entry.render_state(replace(STATE, problem="That PIN was wrong. Your customer sees a new one."))
    assert field.isEnabled()
    assert field.text() == ""
    assert child(entry, "pinProblem", QLabel).isVisible()


def test_a_new_state_while_typing_does_not_disturb(entry, child, qtbot):
    field, _send, _hint = _parts(entry, child)
    qtbot.keyClicks(field, "493")
    entry.render_state(replace(STATE, status="still waiting"))
    assert field.text() == "493"
