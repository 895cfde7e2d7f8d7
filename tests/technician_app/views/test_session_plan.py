"""The plan in the start dialog, the time that is left, asking again when it is over, invitations on tickets."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPushButton, QWidget

from protocol.consent import Standing
from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.colleague_api import ColleagueInvitation
from protocol.messages.consent import Capability
from protocol.messages.relay_api import NewSession, Priority, Ticket, TicketState, TicketSummary
from technician_app.controllers.colleagues_invitations import InvitationsViewState
from technician_app.controllers.plan import ASKED_AT_FIRST, CHOICES
from technician_app.controllers.session_state import Permission, Phase, SessionViewState
from technician_app.controllers.tickets import TicketListViewState, TicketQuery, TicketViewState
from technician_app.views.ask_again import AskAgain
from technician_app.views.main_window import MainWindow
from technician_app.views.start_session_dialog import StartSessionDialog
from technician_app.views.status_bar import time_left_words

SEE, POINT, CONTROL, CHAT = Capability.SEE, Capability.POINT, Capability.CONTROL, Capability.CHAT
VOICE, DIAGNOSTICS = Capability.VOICE, Capability.DIAGNOSTICS
LIVE = SessionViewState(Phase.LIVE, "ab" * 16, "DS-2026-000001", "Printer", "", "")
EXPIRED = Permission(expired=True)


@pytest.fixture
def dialog(qtbot, child):
    parent = QWidget()
    qtbot.addWidget(parent)
    shown = StartSessionDialog(parent, "DS-2026-000001", "Maria")
    shown.open()
    qtbot.waitExposed(shown)
    qtbot.keyClicks(child(shown, "startSessionReason", QLineEdit), "Look")
    yield shown
    shown.close()


def started(qtbot, child, dialog):
    with qtbot.waitSignal(dialog.start_wanted) as blocker:
        qtbot.mouseClick(child(dialog, "startSessionConfirm", QPushButton), Qt.MouseButton.LeftButton)
    return blocker.args


def test_without_a_choice_a_session_asks_for_what_it_always_did(dialog, qtbot, child):
    assert started(qtbot, child, dialog) == [NewSession(reason="Look"), ASKED_AT_FIRST]


def test_seeing_is_always_in_the_plan_and_the_rest_is_chosen_by_the_keyboard(dialog, qtbot, child):
    see = child(dialog, "startPlan_see", QCheckBox)
    assert see.isChecked()
    assert not see.isEnabled()
    child(dialog, "startSessionReason", QLineEdit).setFocus()
    reached = []
    for _ in CHOICES:
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dialog.focusWidget().objectName())
        if reached[-1] in ("startPlan_point", "startPlan_control"):
            qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert reached == [f"startPlan_{capability.value}" for capability in CHOICES]
    assert started(qtbot, child, dialog)[1] == (SEE, CONTROL, CHAT)


def test_the_plan_is_not_part_of_what_the_relay_is_asked():
    assert "plan" not in NewSession.__struct_fields__
    assert not any("capab" in field for field in NewSession.__struct_fields__)


def test_the_status_line_says_what_ends_when():
    until = {SEE: 900.0, CONTROL: 300.0, VOICE: 300.0}
    granted = {each: Permission(Standing.GRANTED, end) for each, end in until.items()}
    everything = granted | {CHAT: Permission(Standing.GRANTED), POINT: Permission(Standing.DENIED)}
    assert time_left_words(everything, 0.0) == "5 min left: control, voice; 15 min: screen"
    assert time_left_words(everything, 255.5) == "0:45 left: control, voice; 11 min: screen"
    assert time_left_words({CHAT: Permission(Standing.GRANTED)}, 0.0) == ""


def test_what_has_expired_is_asked_for_again_with_one_click(qtbot, child):
    line = AskAgain()
    qtbot.addWidget(line)
    line.render_state(LIVE)
    assert line.isHidden()
    known = {SEE: EXPIRED, CONTROL: EXPIRED, DIAGNOSTICS: EXPIRED, VOICE: Permission()}
    line.render_state(replace(LIVE, permissions=known))
    assert not line.isHidden()
    assert "see the screen; use mouse and keyboard" in child(line, "askAgainText", QLabel).text()
    with qtbot.waitSignal(line.asked) as asked:
        qtbot.mouseClick(child(line, "askAgainButton", QPushButton), Qt.MouseButton.LeftButton)
    assert asked.args == [(SEE, CONTROL)]
    line.render_state(replace(LIVE, permissions=known | {SEE: Permission(Standing.ASKED), CONTROL: Permission()}))
    assert line.isHidden()


def test_asking_again_can_be_put_off_until_something_else_expires(qtbot, child):
    line = AskAgain()
    qtbot.addWidget(line)
    line.render_state(replace(LIVE, permissions={CONTROL: EXPIRED}))
    qtbot.mouseClick(child(line, "askAgainLater", QPushButton), Qt.MouseButton.LeftButton)
    line.render_state(replace(LIVE, permissions={CONTROL: EXPIRED}))
    assert line.isHidden()
    line.render_state(replace(LIVE, permissions={CONTROL: EXPIRED, VOICE: EXPIRED}))
    assert not line.isHidden()


TICKET = Ticket(
    number="DS-2026-000002",
    subject="Printer",
    customer="Maria",
    description="",
    state=TicketState.OPEN,
    priority=Priority.HIGH,
    created_at="2026-11-20T10:00:00Z",
    updated_at="2026-11-20T10:00:00Z",
    created_by="Sam",
    notes=(),
    attachments=(),
    sessions=(),
)
SUMMARY = TicketSummary(
    number=TICKET.number,
    subject=TICKET.subject,
    customer=TICKET.customer,
    state=TICKET.state,
    priority=TICKET.priority,
    created_at=TICKET.created_at,
    updated_at=TICKET.updated_at,
)


def test_an_invitation_stands_on_its_ticket_and_in_the_list_also_when_it_was_put_off(qtbot, child):
    window = MainWindow()
    qtbot.addWidget(window)
    window.render_list(TicketListViewState(TicketQuery(), (SUMMARY,), 1, 1))
    window.render_ticket(TicketViewState(TICKET.number, TICKET))
    session = "c" * 32
    fields = (session, "a" * 32, TICKET.number, TICKET.subject, "Tess Turner", ColleaguePurpose.HELP, b"", "")
    other = ColleagueInvitation("d" * 32, "a" * 32, "DS-2026-000009", *fields[3:])
    invitations = (ColleagueInvitation(*fields), other)
    window.render_invitations(InvitationsViewState(invitations, dismissed=frozenset({session, "d" * 32})))
    model = window.tickets.model
    assert window.colleague_banner.isHidden()
    assert model.data(model.index(0, 1)) == "Invited: Printer"
    said = child(window, f"invitation{session[:8]}", QLabel).text()
    assert said == "Tess Turner invites you to help in a session on this ticket."
    assert window.findChild(QLabel, "invitationdddddddd") is None
    with qtbot.waitSignal(window.ticket_page.join_wanted) as joined:
        child(window, f"invitationJoin{session[:8]}", QPushButton).click()
    assert joined.args == [session]
    window.render_invitations(InvitationsViewState())
    assert model.data(model.index(0, 1)) == "Printer"
    assert window.ticket_page.findChild(QWidget, "ticketInvitations").isHidden()
