from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTreeView, QWidget

from protocol.errors import EnvironmentFault
from protocol.messages.diagnostics import Fact, FactStatus
from protocol.messages.input import KeyChanged
from technician_app.controllers.session_state import Control, LinkStatus, Phase, SessionViewState
from technician_app.views.session_window import SessionWindow
from technician_app.views.status_bar import figures_text

STATE = SessionViewState(
    phase=Phase.WAITING_FOR_CUSTOMER,
    session="ab" * 16,
    ticket="DS-2026-000001",
    subject="Printer",
    link="https://relay.example/j/K7QF-2MXP-PBCC",
    route="K7QF-2MXP-PBCC",
    spoken_route="482913",
)
LIVE = replace(STATE, phase=Phase.LIVE)


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
    shown = SessionWindow(intents, lambda: None, STATE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    return shown


def press(qtbot, child, window, name):
    button = child(window, name, QPushButton)
    assert button.isVisible(), name
    assert button.isEnabled(), name
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def fill_screen(qtbot, child, window):
    """Enter full screen with the pointer in the picture: the bar stays as long as the pointer rests on it."""
    press(qtbot, child, window, "fullScreenButton")
    remote = child(window, "remoteView")
    QCursor.setPos(remote.mapToGlobal(remote.rect().center()))


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_shows_its_own_page_without_a_warning(window, phase):
    window.render(replace(STATE, phase=phase))
    window.grab()


def test_the_invitation_shows_link_and_codes_and_copies_them(window, child, qtbot):
    assert child(window, "sessionLink", QLineEdit).text() == STATE.link
    assert child(window, "sessionRoute", QLabel).text() == "K7QF-2MXP-PBCC"
    assert child(window, "sessionSpokenRoute", QLabel).text() == "482 913"
    for button, text in (("copyLink", STATE.link), ("copyRoute", STATE.route), ("copySpokenRoute", "482913")):
        press(qtbot, child, window, button)
        assert QGuiApplication.clipboard().text() == text
        assert child(window, button, QPushButton).text() == "Copied"


def test_no_spoken_code_no_box(window, child):
    window.render(replace(STATE, spoken_route=""))
    assert not child(window, "copySpokenRoute", QPushButton).isVisible()


def test_the_pin_goes_to_the_session(window, child, qtbot, intents):
    window.render(replace(STATE, phase=Phase.PIN_WANTED))
    qtbot.keyClicks(child(window, "pinField", QLineEdit), "493027156\r")
    assert intents.done == [("enter_pin", "493027156")]


def test_control_is_asked_for_and_given_back_with_the_same_button(window, child, qtbot, intents):
    window.render(LIVE)
    press(qtbot, child, window, "controlButton")
    window.render(replace(LIVE, control=Control.ASKED))
    assert not child(window, "controlButton", QPushButton).isEnabled()
    window.render(replace(LIVE, control=Control.GRANTED))
    press(qtbot, child, window, "controlButton")
    assert [name for name, *_ in intents.done if name != "send_input"] == ["request_control", "release_control"]


def test_keys_reach_the_session_only_while_control_is_granted(window, child, qtbot, intents):
    remote = child(window, "remoteView", QWidget)
    window.render(LIVE)
    qtbot.keyClicks(remote, "a")
    window.render(replace(LIVE, control=Control.GRANTED))
    qtbot.keyClicks(remote, "b")
    window.render(LIVE)
    qtbot.keyClicks(remote, "c")
    assert [message.text for name, message in intents.done if name == "send_input"] == ["b"]


@pytest.mark.parametrize("trouble", ["paused", "suspended", "unstable"])
def test_trouble_is_said_above_the_picture(window, child, trouble):
    window.render(replace(LIVE, **{trouble: True}))
    assert child(window, "sessionNotice", QLabel).isVisible()
    window.render(LIVE)
    assert not child(window, "sessionNotice", QLabel).isVisible()


def test_diagnostics_are_asked_for_shown_and_searched(window, child, qtbot, intents):
    window.render(LIVE)
    press(qtbot, child, window, "diagnosticsButton")
    press(qtbot, child, window, "requestDiagnostics")
    assert intents.done == [("request_diagnostics",)]
    window.render(replace(LIVE, diagnostics_pending=True))
    assert not child(window, "requestDiagnostics", QPushButton).isEnabled()
    facts = tuple(Fact(f"a.b{n}", "System", f"Fact {n}", FactStatus.OK, f"value {n}", "", 1) for n in range(5))
    window.render(replace(LIVE, diagnostics=facts, diagnostics_attached=True))
    tree = child(window, "diagnosticsTree", QTreeView)
    qtbot.keyClicks(child(window, "diagnosticsSearch", QLineEdit), "value 3")
    model = tree.model()
    assert model.rowCount(model.index(0, 0)) == 1
    tree.setCurrentIndex(model.index(0, 0, model.index(0, 0)))
    assert "value 3" in child(window, "diagnosticsDetail", QPlainTextEdit).toPlainText()


def test_ending_asks_for_a_note_that_goes_along(window, child, qtbot, intents):
    window.render(LIVE)
    press(qtbot, child, window, "endSessionButton")
    qtbot.keyClicks(child(window.end_dialog, "endSessionNote", QPlainTextEdit), "Changed the driver.")
    press(qtbot, child, window.end_dialog, "endSessionConfirm")
    assert intents.done == [("end", "Changed the driver.")]
    assert not child(window, "endSessionButton", QPushButton).isEnabled()


def test_closing_the_window_of_a_running_session_asks_first(window, child, qtbot, intents):
    window.render(LIVE)
    assert window.close() is False
    assert window.isVisible()
    press(qtbot, child, window.end_dialog, "endSessionCancel")
    assert intents.done == []
    window.render(replace(LIVE, phase=Phase.ENDED))
    with qtbot.waitSignal(window.closed):
        assert window.close() is True


def test_the_end_by_the_other_side_takes_the_open_dialog_away(window, child, qtbot):
    window.render(LIVE)
    press(qtbot, child, window, "endSessionButton")
    window.render(replace(LIVE, phase=Phase.ENDED, status="Your customer ended the session."))
    assert window.end_dialog is None
    assert child(window, "summaryStatus", QLabel).text() == "Your customer ended the session."


def test_the_record_can_be_saved_after_the_end(window, child, qtbot, intents, tmp_path):
    window.render(replace(LIVE, phase=Phase.ENDED, record_status="signed by both"))
    assert child(window, "summaryRecord", QLabel).text() == "signed by both"
    press(qtbot, child, window, "saveRecord")
    dialog = child(window, "saveRecordDialog", QFileDialog)
    target = str(tmp_path / "session.deskside-record")
    dialog.fileSelected.emit(target)
    dialog.reject()
    assert intents.done == [("export_record", target)]
    window.render(replace(LIVE, phase=Phase.ENDED, record_status="signed by both", record_path=target))
    assert target in child(window, "summaryRecordPath", QLabel).text()


def test_an_unexpected_failure_ends_in_a_readable_summary(window, child):
    window.render(LIVE)
    window.fail(EnvironmentFault(code="relay_unreachable", user_text="The relay cannot be reached."))
    assert child(window, "summaryProblem", QLabel).text() == "The relay cannot be reached. (relay_unreachable)"


def test_received_text_is_shown_as_plain_text_everywhere(window, child):
    nasty = "<img src='file:///etc/passwd'><b>x</b>\u202e"
    window.render(replace(LIVE, subject=nasty, status=nasty, problem=nasty))
    window.render(replace(STATE, phase=Phase.ENDED, subject=nasty, status=nasty, record_status=nasty))
    for label in window.findChildren(QLabel):
        assert "\u202e" not in label.text()
        if "<b>" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText
    assert "\u202e" not in window.windowTitle()


def test_f11_toggles_full_screen_in_a_live_session(window, child, qtbot):
    window.render(LIVE)
    press(qtbot, child, window, "fullScreenButton")
    assert window.isFullScreen()
    press(qtbot, child, window, "fullScreenButton")
    assert not window.isFullScreen()


def test_a_long_subject_does_not_widen_the_window(window):
    window.resize(900, 700)
    window.render(replace(LIVE, subject="W" * 200, status="W" * 200))
    assert window.minimumSizeHint().width() <= 900


def test_figures_are_short():
    assert figures_text(LinkStatus("direct", 23.4, 11.9, 842.0)) == "23 ms, 12 fps, 842 kbit/s"
    assert figures_text(LinkStatus(kbit_per_s=2345)) == "2.3 Mbit/s"
    assert figures_text(LinkStatus()) == ""


def test_every_control_has_a_name_for_people_and_programs(window):
    for kind in (QPushButton, QLineEdit, QPlainTextEdit, QTreeView):
        for widget in window.findChildren(kind):
            assert widget.objectName(), widget
            if not widget.objectName().startswith("qt_"):
                assert widget.accessibleName(), widget.objectName()


def chord(window, child, key):
    modifiers = (
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
    )
    QTest.keyClick(child(window, "remoteView"), key, modifiers)


@pytest.mark.parametrize("control", [Control.NONE, Control.GRANTED])
def test_our_own_chords_work_with_and_without_control(window, child, qtbot, intents, control):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.render(replace(LIVE, control=control))
    child(window, "remoteView").setFocus()
    chord(window, child, Qt.Key.Key_F)
    assert window.isFullScreen()
    chord(window, child, Qt.Key.Key_O)
    assert child(window, "figuresOverlay").isVisible()
    chord(window, child, Qt.Key.Key_O)
    chord(window, child, Qt.Key.Key_F)
    assert not window.isFullScreen()
    assert not child(window, "figuresOverlay").isVisible()
    sent = [message for name, message in intents.done if name == "send_input"]
    assert not any(isinstance(message, KeyChanged) and message.code in ("KeyF", "KeyO") for message in sent)


def test_f11_leaves_full_screen_though_the_bar_has_gone(window, child, qtbot):
    window.activateWindow()
    window.render(LIVE)
    fill_screen(qtbot, child, window)
    bar = child(window, "endSessionButton")
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=10_000)
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()
    assert bar.isVisible()


def test_the_bar_comes_when_the_pointer_rests_at_the_top_edge(window, child, qtbot):
    window.render(LIVE)
    fill_screen(qtbot, child, window)
    bar, remote = child(window, "endSessionButton"), child(window, "remoteView")
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=10_000)
    QTest.mouseMove(remote, QPoint(remote.width() // 2, remote.height() // 2))
    QTest.mouseMove(remote, QPoint(remote.width() // 2, 0))
    qtbot.waitUntil(bar.isVisible, timeout=10_000)
    QTest.mouseMove(remote, QPoint(remote.width() // 2, remote.height() // 2))
    qtbot.waitUntil(lambda: not bar.isVisible(), timeout=10_000)


def test_in_full_screen_nothing_is_beside_the_picture_but_notices_are_still_said(window, child, qtbot):
    window.render(LIVE)
    fill_screen(qtbot, child, window)
    qtbot.waitUntil(lambda: not child(window, "endSessionButton").isVisible(), timeout=10_000)
    assert child(window, "remoteView").size() == window.size()
    assert not child(window, "sessionStatusBar").isVisible()
    window.render(replace(LIVE, paused=True))
    assert child(window, "sessionNotice", QLabel).isVisible()
    assert not child(window, "sessionStatusBar").isVisible()
    assert child(window, "remoteView").size() == window.size()


def test_the_end_of_the_session_leaves_full_screen(window, child, qtbot):
    window.render(LIVE)
    press(qtbot, child, window, "fullScreenButton")
    window.render(replace(LIVE, phase=Phase.ENDED))
    assert not window.isFullScreen()
    assert child(window, "summaryStatus").isVisible() or child(window, "closeSummary").isVisible()


def test_a_session_can_open_in_full_screen(qtbot, intents):
    shown = SessionWindow(intents, lambda: None, STATE, full_screen=True)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    assert not shown.isFullScreen()
    shown.render(LIVE)
    assert shown.isFullScreen()


def test_an_outage_is_counted_above_the_veiled_picture_and_its_end_is_told(window, child):
    window.render(replace(LIVE, unstable=True, outage="Reconnecting … (12 s)"))
    assert child(window, "sessionNotice", QLabel).text().startswith("Reconnecting … (12 s)")
    window.render(replace(LIVE, outage="Connected again."))
    assert child(window, "sessionNotice", QLabel).text() == "Connected again."
    window.render(LIVE)
    assert not child(window, "sessionNotice", QLabel).isVisible()
