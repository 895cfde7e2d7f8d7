from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QWidget,
)

from protocol.errors import PeerError
from protocol.messages.relay_api import NewSession, NewTicket, Note, Priority, Ticket, TicketState, TicketSummary
from technician_app.controllers.account import AccountStep, AccountViewState
from technician_app.controllers.plan import ASKED_AT_FIRST
from technician_app.controllers.tickets import TicketListViewState, TicketQuery, TicketViewState
from technician_app.views.main_window import MainWindow

READY = AccountViewState(
    AccountStep.READY,
    relay_url="https://r",
    name="sam",
    display_name="Sam",
    organisation="Northwind",
    fingerprint="ab 12",
)
TICKET = Ticket(
    number="DS-2026-000002",
    subject="Printer",
    customer="Maria",
    description="Blank <b>pages</b>",
    state=TicketState.OPEN,
    priority=Priority.HIGH,
    created_at="2026-11-20T10:00:00Z",
    updated_at="2026-11-20T10:00:00Z",
    created_by="Sam",
    notes=(Note(1, "2026-11-20T10:00:00Z", "Sam", "note", "first <i>note</i>\u202e"),),
    attachments=(),
    sessions=(),
)
ROWS = tuple(
    TicketSummary(
        number=f"DS-2026-{number:06d}",
        subject=f"Subject {number}",
        customer="Maria",
        state=TicketState.OPEN,
        priority=Priority.NORMAL,
        created_at="2026-11-20T10:00:00Z",
        updated_at="2026-11-20T10:00:00Z",
    )
    for number in range(1, 6)
)


@pytest.fixture
def window(qtbot):
    shown = MainWindow()
    qtbot.addWidget(shown)
    shown.show()
    return shown


@pytest.fixture
def working(window):
    window.render_account(READY)
    window.render_list(TicketListViewState(TicketQuery(), ROWS, 120, 3))
    window.render_ticket(TicketViewState(TICKET.number, TICKET))
    return window


def press(qtbot, child, window, name):
    button = child(window, name, QPushButton)
    assert button.isVisible(), name
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_signing_in_needs_all_three_fields_and_forgets_the_password(window, child, qtbot):
    button = child(window, "signInButton", QPushButton)
    qtbot.keyClicks(child(window, "signInRelay", QLineEdit), "https://relay.example")
    qtbot.keyClicks(child(window, "signInName", QLineEdit), "sam")
    assert not button.isEnabled()
    password = child(window, "signInPassword", QLineEdit)
    with qtbot.waitSignal(window.sign_in.sign_in_wanted) as blocker:
        qtbot.keyClicks(password, "s3cret\r")
    assert blocker.args == ["https://relay.example", "sam", "s3cret"]
    window.render_account(AccountViewState(AccountStep.SIGNING_IN))
    assert not password.isEnabled()
    window.render_account(AccountViewState(AccountStep.SIGNED_OUT, problem="Wrong password."))
    assert password.text() == ""
    assert child(window, "signInProblem", QLabel).text() == "Wrong password."


def test_what_is_not_the_relay_stands_in_red_and_there_is_no_way_on_at_its_address(window, child, qtbot):
    button, relay = child(window, "signInButton", QPushButton), child(window, "signInRelay", QLineEdit)
    for name, text in (("signInRelay", "https://relay.example"), ("signInName", "sam")):
        qtbot.keyClicks(child(window, name, QLineEdit), text)
    window.render_account(AccountViewState(AccountStep.SIGNED_OUT, problem="Ask.", alarm="Not the relay"))
    alarm = child(window, "signInAlarm", QLabel)
    assert (alarm.text(), alarm.property("kind"), alarm.isVisible()) == ("Not the relay", "alarm", True)
    qtbot.keyClicks(child(window, "signInPassword", QLineEdit), "s3cret")
    assert not button.isEnabled()
    qtbot.keyClicks(relay, ".org")
    assert button.isEnabled()
    window.render_account(AccountViewState(AccountStep.SIGNING_IN))
    assert not alarm.isVisible()


def test_an_uncertified_device_is_told_its_fingerprint_and_starts_no_session(working, child, qtbot):
    working.render_account(replace(READY, step=AccountStep.WAITING_FOR_CERTIFICATE))
    assert "ab 12" in child(working, "certificateNotice", QLabel).text()
    press(qtbot, child, working, "copyFingerprint")
    assert QGuiApplication.clipboard().text() == "ab 12"
    assert not child(working, "startSessionButton", QPushButton).isEnabled()
    with qtbot.waitSignal(working.certificate_check_wanted):
        press(qtbot, child, working, "checkCertificate")
    working.render_account(READY)
    assert not child(working, "certificateBanner").isVisible()
    assert child(working, "startSessionButton", QPushButton).isEnabled()


def test_typing_searches_after_a_pause_and_enter_at_once(working, child, qtbot):
    search = child(working, "ticketSearch", QLineEdit)
    with qtbot.waitSignal(working.tickets.query_changed) as blocker:
        qtbot.keyClicks(search, "printer")
    assert blocker.args == [TicketQuery(text="printer")]
    with qtbot.waitSignal(working.tickets.query_changed, timeout=200) as blocker:
        qtbot.keyClicks(search, "s\r")
    assert blocker.args[0].text == "printers"


def test_filter_sort_and_pages_ask_the_relay(working, child, qtbot):
    states = child(working, "ticketStateFilter", QComboBox)
    with qtbot.waitSignal(working.tickets.query_changed) as blocker:
        states.setCurrentIndex(states.findData("open"))
    assert blocker.args[0] == TicketQuery(state=TicketState.OPEN)
    with qtbot.waitSignal(working.tickets.query_changed) as blocker:
        child(working, "ticketTable", QTableView).sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert blocker.args[0].sort == "subject"
    with qtbot.waitSignal(working.tickets.query_changed) as blocker:
        press(qtbot, child, working, "ticketPageNext")
    assert blocker.args[0].page == 2


def test_choosing_a_row_opens_its_ticket_and_the_list_may_change_without_opening_another(working, child, qtbot):
    table = child(working, "ticketTable", QTableView)
    assert table.currentIndex().row() == 1
    with qtbot.waitSignal(working.tickets.ticket_chosen) as blocker:
        table.setFocus()
        qtbot.keyClick(table, Qt.Key.Key_Down)
    assert blocker.args == ["DS-2026-000003"]
    with qtbot.assertNotEmitted(working.tickets.ticket_chosen):
        working.render_list(TicketListViewState(TicketQuery(), ROWS[::-1], 120, 3))
    assert table.currentIndex().row() == 2
    with qtbot.assertNotEmitted(working.tickets.ticket_chosen):
        working.render_list(TicketListViewState(TicketQuery(), ROWS[:1], 1, 1))
    assert not table.selectionModel().hasSelection()


def test_a_ticket_is_made_and_its_dialog_waits_for_the_relay(working, child, qtbot):
    press(qtbot, child, working, "newTicketButton")
    dialog = working.new_ticket_dialog
    assert not child(dialog, "newTicketCreate", QPushButton).isEnabled()
    qtbot.keyClicks(child(dialog, "newTicketSubject", QLineEdit), "No sound")
    qtbot.keyClicks(child(dialog, "newTicketCustomer", QLineEdit), "Tom")
    with qtbot.waitSignal(working.create_wanted) as blocker:
        press(qtbot, child, dialog, "newTicketCreate")
    assert blocker.args == [NewTicket(subject="No sound", customer="Tom")]
    assert dialog.isVisible()
    working.ticket_failed(PeerError(code="x", user_text="Not now."))
    assert child(dialog, "newTicketProblem", QLabel).text() == "Not now."
    assert child(dialog, "newTicketSubject", QLineEdit).text() == "No sound"
    working.ticket_created()
    assert working.new_ticket_dialog is None


def test_a_note_stays_until_the_relay_has_it(working, child, qtbot):
    note = child(working, "ticketNoteText", QPlainTextEdit)
    qtbot.keyClicks(note, "Called back")
    with qtbot.waitSignal(working.ticket_page.note_wanted) as blocker:
        qtbot.keyClick(note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert blocker.args == [TICKET.number, "Called back"]
    working.ticket_page.note_failed()
    assert note.toPlainText() == "Called back"
    working.ticket_page.note_added()
    assert note.toPlainText() == ""


def test_writing_a_note_survives_the_same_ticket_being_shown_again(working, child, qtbot):
    note = child(working, "ticketNoteText", QPlainTextEdit)
    qtbot.keyClicks(note, "half a sent")
    working.render_ticket(TicketViewState(TICKET.number, replace_ticket(subject="Printer again")))
    assert note.toPlainText() == "half a sent"
    working.render_ticket(TicketViewState("DS-2026-000003", replace_ticket(number="DS-2026-000003")))
    assert note.toPlainText() == ""


def replace_ticket(**changes) -> Ticket:
    import msgspec

    return msgspec.structs.replace(TICKET, **changes)


def test_the_state_is_changed_by_the_technician_only(working, child, qtbot):
    box = child(working, "ticketState", QComboBox)
    with qtbot.assertNotEmitted(working.ticket_page.state_wanted):
        working.render_ticket(TicketViewState(TICKET.number, replace_ticket(state=TicketState.PENDING)))
    assert box.currentData() == "pending"
    with qtbot.waitSignal(working.ticket_page.state_wanted) as blocker:
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert blocker.args == [TICKET.number, TicketState.SOLVED]


def test_a_session_starts_with_a_reason(working, child, qtbot):
    press(qtbot, child, working, "startSessionButton")
    dialog = working.ticket_page.start_dialog
    assert not child(dialog, "startSessionConfirm", QPushButton).isEnabled()
    qtbot.keyClicks(child(dialog, "startSessionReason", QLineEdit), "Look together")
    child(dialog, "startSessionSpoken", QCheckBox).setChecked(True)
    with qtbot.waitSignal(working.ticket_page.session_wanted) as blocker:
        press(qtbot, child, dialog, "startSessionConfirm")
    assert blocker.args == [TICKET.number, NewSession(reason="Look together", spoken=True), ASKED_AT_FIRST]
    working.ticket_page.session_failed(PeerError(code="ticket_closed", user_text="This ticket is closed."))
    assert child(dialog, "startSessionProblem", QLabel).text() == "This ticket is closed."
    working.ticket_page.session_opened()
    assert working.ticket_page.start_dialog is None


@pytest.mark.parametrize("state", [TicketState.SOLVED, TicketState.CLOSED])
def test_a_finished_ticket_starts_no_session(working, child, state):
    working.render_ticket(TicketViewState(TICKET.number, replace_ticket(state=state)))
    assert not child(working, "startSessionButton", QPushButton).isEnabled()


def test_received_text_on_a_ticket_is_plain(working, child):
    assert child(working, "ticketDescription", QLabel).text() == "Blank <b>pages</b>"
    assert child(working, "note1", QLabel).text() == "first <i>note</i>⟨U+202E⟩"
    for label in working.findChildren(QLabel):
        if "<" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText


def test_shortcuts_work_from_anywhere_in_the_window(working, child, qtbot):
    working.activateWindow()
    qtbot.waitUntil(working.isActiveWindow)
    child(working, "ticketTable", QTableView).setFocus()
    qtbot.keyClick(working, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert child(working, "ticketSearch", QLineEdit).hasFocus()
    with qtbot.waitSignal(working.tickets.refresh_wanted):
        qtbot.keyClick(working, Qt.Key.Key_F5)
    qtbot.keyClick(working, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: working.new_ticket_dialog is not None)
    working.new_ticket_dialog.reject()


def test_closing_asks_only_when_sessions_run(working, child, qtbot):
    working.set_running_sessions(2)
    with qtbot.assertNotEmitted(working.quit_wanted):
        QApplication.sendEvent(working, QCloseEvent())
    question = child(working, "quitQuestion", QWidget)
    with qtbot.waitSignal(working.quit_wanted):
        press(qtbot, child, question, "quitConfirm")
    working.set_running_sessions(0)
    with qtbot.waitSignal(working.quit_wanted):
        QApplication.sendEvent(working, QCloseEvent())


def test_signing_out_clears_what_was_searched(working, child, qtbot):
    qtbot.keyClicks(child(working, "ticketSearch", QLineEdit), "printer")
    with qtbot.assertNotEmitted(working.tickets.query_changed, wait=400):
        working.render_account(AccountViewState(AccountStep.SIGNED_OUT))
    assert child(working, "ticketSearch", QLineEdit).text() == ""


def test_every_control_has_a_name_for_people_and_programs(working):
    for kind in (QPushButton, QLineEdit, QPlainTextEdit, QComboBox, QTableView):
        for widget in working.findChildren(kind):
            assert widget.objectName(), widget
            assert widget.accessibleName() or widget.objectName().startswith("qt_"), widget.objectName()
