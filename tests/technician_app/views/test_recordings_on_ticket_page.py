"""The ticket page's session row plays what was recorded, here or at the relay."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QTabWidget

from protocol.messages.relay_api import Priority, SessionSummary, Ticket, TicketState
from technician_app.controllers.tickets import TicketViewState
from technician_app.views.ticket_page import TicketPage

FIRST, SECOND = "ab" * 16, "cd" * 16


def summary(session: str, recordings: int) -> SessionSummary:
    moment = "2026-11-22T04:00:00.000Z"
    return SessionSummary(session, "Tess", "look", "ended", moment, moment, 5, 6, recordings)


def ticket() -> Ticket:
    moment = "2026-11-22T04:00:00.000Z"
    sessions = (summary(FIRST, 2), summary(SECOND, 0))
    facts = (Priority.NORMAL, moment, moment, "Tess", (), (), sessions)
    return Ticket("DS-2026-000001", "Printer", "Ms A", "", TicketState.OPEN, *facts)


def test_each_recording_has_a_button_that_plays_it(qtbot, child) -> None:
    page = TicketPage()
    page.recordings_here = {FIRST: 1, SECOND: 1}.__getitem__
    qtbot.addWidget(page)
    page.render_ticket(TicketViewState(number="DS-2026-000001", ticket=ticket()))
    page.show()
    child(page, "ticketTabs", QTabWidget).setCurrentIndex(1)
    wanted: list[tuple[str, int]] = []
    page.recording_wanted.connect(lambda session, number: wanted.append((session, number)))
    for name in (f"playRecording{FIRST[:8]}_0", f"playRecording{FIRST[:8]}_1", f"playRecording{SECOND[:8]}_0"):
        qtbot.mouseClick(child(page, name, QPushButton), Qt.MouseButton.LeftButton)
    assert wanted == [(FIRST, 0), (FIRST, 1), (SECOND, 0)]
    assert page.findChild(QPushButton, f"playRecording{SECOND[:8]}_1") is None
