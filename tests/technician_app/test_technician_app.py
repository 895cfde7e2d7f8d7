"""The whole program, its real widgets driven offscreen, against a real relay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from technician_app.app import TechnicianApplication
from technician_app.controllers.profile import Profile
from technician_app.controllers.session_state import Phase
from tests.support.relay_process import PASSWORD, TECHNICIAN, must, relay_command, running_relay

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def relay():
    with running_relay() as running:
        yield running


@pytest.fixture
def application(qtbot, tmp_path, relay):
    running = TechnicianApplication(QApplication.instance(), profile=Profile.open(tmp_path), relay_url=relay.url)
    qtbot.addWidget(running.main_window)
    running.start()
    yield running
    for window in list(running.session_windows):
        window.end_without_question()
    qtbot.waitUntil(lambda: not any(bridge.running for bridge in running._bridges), timeout=20_000)
    running.stop()


def press(qtbot, child, window, name):
    button = child(window, name, QPushButton)
    qtbot.waitUntil(lambda: button.isVisible() and button.isEnabled(), timeout=15_000)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def sign_in(qtbot, child, application, password=PASSWORD):
    window = application.main_window
    child(window, "signInName", QLineEdit).setText(TECHNICIAN)
    child(window, "signInPassword", QLineEdit).setText(password)
    press(qtbot, child, window, "signInButton")


def test_a_wrong_password_is_said_on_the_sign_in_page(qtbot, child, application):
    sign_in(qtbot, child, application, "wrong")
    problem = child(application.main_window, "signInProblem", QLabel)
    qtbot.waitUntil(problem.isVisible, timeout=15_000)
    assert child(application.main_window, "signInRelay", QLineEdit).isEnabled()


def test_from_sign_in_to_a_waiting_session_and_back(qtbot, child, application, relay):
    window = application.main_window
    sign_in(qtbot, child, application)
    qtbot.waitUntil(lambda: child(window, "newTicketButton").isVisible(), timeout=15_000)
    must(relay_command("org", "certify", "--org-key", str(relay.key_path), "--all-pending", data_dir=relay.data_dir))
    press(qtbot, child, window, "checkCertificate")

    press(qtbot, child, window, "newTicketButton")
    dialog = window.new_ticket_dialog
    child(dialog, "newTicketSubject", QLineEdit).setText("Printer prints blank pages")
    child(dialog, "newTicketCustomer", QLineEdit).setText("Carla Customer")
    press(qtbot, child, dialog, "newTicketCreate")
    qtbot.waitUntil(lambda: window.new_ticket_dialog is None, timeout=15_000)
    assert child(window, "ticketSubject", QLabel).text() == "Printer prints blank pages"

    child(window, "ticketNoteText", QPlainTextEdit).setPlainText("Toner was changed.")
    press(qtbot, child, window, "ticketAddNote")
    qtbot.waitUntil(lambda: child(window, "ticketNoteText", QPlainTextEdit).toPlainText() == "", timeout=15_000)

    press(qtbot, child, window, "startSessionButton")
    reasons = window.ticket_page.start_dialog
    child(reasons, "startSessionReason", QLineEdit).setText("Look at the printer with you")
    press(qtbot, child, reasons, "startSessionConfirm")
    qtbot.waitUntil(lambda: len(application.session_windows) == 1, timeout=15_000)
    session = application.session_windows[0]
    assert session.state.phase is Phase.WAITING_FOR_CUSTOMER
    assert "/j/" in child(session, "sessionLink", QLineEdit).text()

    session.close()
    press(qtbot, child, session.end_dialog, "endSessionConfirm")
    qtbot.waitUntil(lambda: session.state.phase is Phase.ENDED, timeout=20_000)
    press(qtbot, child, session, "closeSummary")
    qtbot.waitUntil(lambda: application.session_windows == [], timeout=15_000)

    press(qtbot, child, window, "signOutButton")
    qtbot.waitUntil(window.sign_in.isVisible, timeout=15_000)
    assert child(window, "signInPassword", QLineEdit).text() == ""


def test_an_expired_sign_in_leads_back_to_the_sign_in_page(qtbot, child, application):
    window = application.main_window
    sign_in(qtbot, child, application)
    qtbot.waitUntil(lambda: child(window, "newTicketButton").isVisible(), timeout=15_000)
    application.network.call_soon(lambda: setattr(application.account.api, "token", "x" * 30))
    press(qtbot, child, window, "refreshButton")
    problem = child(window, "signInProblem", QLabel)
    qtbot.waitUntil(problem.isVisible, timeout=15_000)
    assert problem.text()


def test_the_program_starts_calls_back_and_leaves_in_order(tmp_path):
    code = f"""
from technician_app.app import main

def ready(application):
    print(application.main_window.isVisible(), flush=True)
    application.main_window.close()

raise SystemExit(main(["--profile", {str(tmp_path / "profile")!r}, "--relay", "https://relay.example"], ready))
"""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(REPOSITORY)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "True\n"), ran.stderr
    assert "Traceback" not in ran.stderr
