"""The real programs on two displays: a password manager is never seen, and the last page keeps what it promises."""

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib.display import Display
from Xlib.error import XError

from demo.hands import Hands
from demo.session import (
    Stage,
    customer_clicks,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop
from protocol.audit.verify_command import main as verify
from tests.support.system_places import places
from tests.support.titled_window import TitledWindow

GREEN, SECRET = (0x20, 0xC0, 0x40), (0xD0, 0x10, 0xC0)
WATCHED_S = 1.0
DEADLINE_S = 30.0
TITLE = "Passwords of Anna"


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            yield stage
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def test_a_password_manager_is_never_seen_and_the_last_page_keeps_its_promises(stage: Stage) -> None:
    trusted_and_loaded = places(stage.folder / "home")
    _, url, organisation = start_relay(stage)
    technician = sign_in(stage, url)
    number = open_ticket(stage, technician)
    customer = join(stage, technician, url, organisation, start_session(stage, technician))
    first_picture(stage, technician, customer)
    shown = technician.wait_for("widget", "the picture", lambda seen: seen["found"], name="remoteView")
    middle, reach = (int(shown["x"]), int(shown["y"])), int(min(shown["width"], shown["height"]) // 2 - 2)
    plain = TitledWindow(stage.customer_hands.name, "Notes", 0x20C040, size=900)
    vault = TitledWindow(stage.customer_hands.name, TITLE, 0xD010C0, size=400, program="KeePassXC")
    try:
        plain.show()
        until(lambda: GREEN in stage.technician_hands.colours_near(*middle, reach))
        vault.show()
        end = time.monotonic() + WATCHED_S
        while time.monotonic() < end:
            assert SECRET not in stage.technician_hands.colours_near(*middle, reach)
        hint = "1 area hidden by the customer."
        technician.wait_for("widget", "the line", lambda seen: hint in str(seen.get("text")), name="sessionNotice")
        stage.technician_hands.take_picture(stage.folder / "technician_hidden.png")
    finally:
        vault.close()
        plain.close()
    customer_clicks(stage, customer, "stop")
    customer.wait_for("widget", "the end page", lambda seen: seen["found"], name="survey_word")
    words, report = answer_and_report(stage, customer)
    receipt = save_receipt(stage, customer)
    stage.customer_hands.take_picture(stage.folder / "customer_farewell.png")
    assert TITLE.encode() not in receipt.read_bytes()
    with pytest.raises(SystemExit) as verdict:
        verify([str(receipt)])
    assert verdict.value.code == 3  # genuine and complete; the relay of this test has no witnesses
    assert (receipt.with_name(receipt.stem + "-changes.txt")).read_text()
    assert words
    assert report
    assert kept(stage, number) == [(report, 5, words)]
    assert "areas.hidden" in event_types(stage)
    assert "computer.compared" in event_types(stage)
    assert places(stage.folder / "home") == trusted_and_loaded, "requirement R16: no trust store, no driver"


def answer_and_report(stage: Stage, customer) -> tuple[str, str]:
    """Send both, and return the texts as they stood on the screen: a new window may swallow the first letters."""
    while not customer.ask("widget", name="send_survey")["enabled"]:
        customer_clicks(stage, customer, "star5")  # again, if the page grew below the pointer
        time.sleep(0.3)
    customer_clicks(stage, customer, "survey_text")
    stage.customer_hands.type("It was quick")
    words = customer.wait_for("widget", "words", lambda seen: seen["text"].endswith("quick"), name="survey_text")[
        "text"
    ]
    customer_clicks(stage, customer, "send_survey")
    thanks = "Thank you. Your answer was sent."
    customer.wait_for("widget", "the thanks", lambda seen: seen.get("text") == thanks, name="survey_word")
    customer_clicks(stage, customer, "report_abuse")
    customer_clicks(stage, customer, "report_text")
    stage.customer_hands.type("They wanted money.")
    report = customer.wait_for("widget", "words", lambda seen: seen["text"].endswith("money."), name="report_text")[
        "text"
    ]
    customer_clicks(stage, customer, "send_report")
    customer.wait_for("widget", "it to be sent", lambda seen: seen["found"] and not seen["enabled"], name="send_report")
    customer_clicks(stage, customer, "report_back")
    return words.strip(), report.strip()


def save_receipt(stage: Stage, customer) -> Path:
    customer_clicks(stage, customer, "save_receipt")

    def saved() -> Path | None:
        if "Save the receipt" in titles(stage.customer_hands.name):  # else Return would press Close
            stage.customer_hands.press("Return")
            time.sleep(0.3)
        return next((stage.folder / "home").glob("*.dsaudit"), None)

    found = until(saved)
    customer.wait_for(
        "widget", "what was saved", lambda seen: "was saved as" in str(seen.get("text")), name="farewell_said"
    )
    return found


def titles(display_name: str) -> set[str]:
    """Return the titles of the windows that are framed on a display."""
    display = Display(display_name)
    try:
        frames = display.screen().root.query_tree().children
        inside = [window for frame in frames for window in frame.query_tree().children]
        return {str(window.get_wm_name()) for window in inside}
    except XError:
        return set()
    finally:
        display.close()


def kept(stage: Stage, number: str) -> list[tuple[str, int, str]]:
    with sqlite3.connect(stage.folder / "relay" / "relay.db") as database:
        rows = database.execute(
            "SELECT abuse_report.text, survey.stars, survey.text FROM abuse_report JOIN survey USING (session_id) "
            "JOIN support_session ON support_session.id = session_id WHERE ticket_number = ?",
            (number,),
        ).fetchall()
    database.close()
    return rows


def event_types(stage: Stage) -> set[str]:
    with sqlite3.connect(stage.folder / "relay" / "relay.db") as database:
        rows = database.execute("SELECT event FROM event").fetchall()
    database.close()
    return {json.loads(row[0])["type"] for row in rows}


def until(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
