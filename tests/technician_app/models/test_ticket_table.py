from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from protocol.messages.relay_api import Priority, TicketState, TicketSummary
from technician_app.models.ticket_table import CUSTOMER, STATE, SUBJECT, UPDATED, TicketTableModel


def summary(number: int, subject: str = "Printer") -> TicketSummary:
    return TicketSummary(
        number=f"DS-2026-{number:06d}",
        subject=subject,
        customer="Maria",
        state=TicketState.OPEN,
        priority=Priority.HIGH,
        created_at="2026-11-20T10:00:00Z",
        updated_at="2026-11-20T10:00:00Z",
    )


def _tested(rows=()):
    model = TicketTableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_rows(tuple(rows))
    return model, tester


def test_the_model_keeps_qts_rules_while_rows_change(qtbot, qtmodeltester):
    model, _tester = _tested(summary(number) for number in range(50))
    model.set_rows((summary(3), summary(1)))
    qtmodeltester.check(model)
    model.set_rows(())
    assert model.rowCount() == 0


def test_received_text_is_shown_safely(qtbot):
    model, _tester = _tested([summary(1, "<b>x</b>\u202e\x1b")])
    assert model.index(0, SUBJECT).data() == "<b>x</b>⟨U+202E⟩␛"
    assert model.index(0, CUSTOMER).data() == "Maria"
    assert model.index(0, STATE).data() == "Open"


def test_sorting_asks_for_another_order_and_moves_nothing(qtbot):
    model, _tester = _tested([summary(1), summary(2)])
    with qtbot.waitSignal(model.sort_wanted) as blocker:
        model.sort(UPDATED, Qt.SortOrder.DescendingOrder)
    assert blocker.args == ["-updated_at"]
    with qtbot.waitSignal(model.sort_wanted) as blocker:
        model.sort(SUBJECT, Qt.SortOrder.AscendingOrder)
    assert blocker.args == ["subject"]
    assert model.summary(0) == summary(1)


def test_the_same_tickets_again_do_not_reset_the_view(qtbot):
    model, _tester = _tested([summary(1), summary(2)])
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.set_rows((summary(1, "New subject"), summary(2)))
    assert model.index(0, SUBJECT).data() == "New subject"


def test_a_ticket_is_found_by_its_number(qtbot):
    model, _tester = _tested([summary(1), summary(2)])
    assert model.row_of("DS-2026-000002") == 1
    assert model.row_of("DS-2026-000009") == -1
    assert model.summary(7) is None
