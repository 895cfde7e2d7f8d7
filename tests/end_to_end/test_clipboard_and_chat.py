"""Two people write to each other and hand over text through the real programs, on two displays."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.hands import Hands
from demo.session import (
    Stage,
    allow,
    check_record,
    click,
    end_session,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop
from tests.support.x11_clipboard import owned_clipboard, read_clipboard

PATIENCE_S = 20.0
ONE_LINE = "ipconfig /flushdns \N{EM DASH} caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{GRINNING FACE}"
LINES = "first line\nsecond line\n"


class Session:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        _, url, organisation = start_relay(stage)
        self.technician = sign_in(stage, url)
        open_ticket(stage, self.technician)
        route = start_session(stage, self.technician, plan=("clipboard_to_customer", "clipboard_to_technician"))
        self.customer = join(stage, self.technician, url, organisation, route)

    def technician_writes(self, text: str) -> None:
        click(self.stage, self.technician, "chatEntry")
        self.technician.wait_for("widget", "the focus", lambda seen: seen["found"] and seen["focus"], name="chatEntry")
        self.stage.technician_hands.type(text + "\n")

    def customer_writes(self, text: str) -> None:
        self.customer_clicks("chat_entry")
        self.customer.wait_for("widget", "the focus", lambda seen: seen["found"] and seen["focus"], name="chat_entry")
        self.stage.customer_hands.type(text + "\n")

    def customer_clicks(self, name: str) -> None:
        place = self.customer.wait_for("widget", name, lambda seen: seen["found"] and seen["enabled"], name=name)
        self.stage.customer_hands.click(place["x"], place["y"])

    def technician_has(self, *lines: list[object]) -> None:
        wanted = list(lines)
        self.technician.wait_for("session", f"{wanted}", lambda seen: seen["chat"] == wanted)

    def customer_reads(self, text: str) -> None:
        self.customer.wait_for("widget", text, lambda seen: seen["found"] and text in seen["text"], name="chat_texts")

    def customer_allows(self, what: str) -> None:
        self.customer.wait_for("widget", what, lambda seen: seen["found"], name="allow")
        allow(self.stage, self.customer)
        self.customer.wait_for("widget", what, lambda seen: not seen["found"], name="allow")

    def customers_clipboard_becomes(self, text: str) -> None:
        until(lambda: read_clipboard(self.stage.customer_hands.name) == text, f"{text!r} on the customer's clipboard")

    def pictures(self, name: str) -> None:
        self.stage.technician_hands.take_picture(self.stage.folder / f"technician_{name}.png")
        self.stage.customer_hands.take_picture(self.stage.folder / f"customer_{name}.png")


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            yield Session(stage)
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def test_words_and_clipboards_go_both_ways_and_only_as_allowed(session: Session) -> None:
    chat_before_and_after_consent(session)
    technician_sends_the_clipboard(session)
    customer_sends_the_clipboard(session)
    record = end_session(session.stage, session.technician, session.customer)
    check_record(session.stage, record)
    for text in (ONE_LINE, "second line", "error 0x80070035", "may I look"):
        assert text.encode() not in record.read_bytes()


def chat_before_and_after_consent(session: Session) -> None:
    session.technician_writes("hello, may I look?")
    session.customer_reads("hello, may I look?")
    session.customer_writes("who are you")
    session.technician_has([True, "hello, may I look?", "seen"], [False, "who are you", "seen"])
    session.pictures("before_consent")
    allow_half_of_the_plan(session)
    session.customer_writes("now you see it")
    session.technician_writes("yes https://help.example.org/x")
    session.customer_reads("yes https://help.example.org/x")
    session.technician_has(
        [True, "hello, may I look?", "seen"],
        [False, "who are you", "seen"],
        [False, "now you see it", "seen"],
        [True, "yes https://help.example.org/x", "seen"],
    )
    session.pictures("chat")


def allow_half_of_the_plan(session: Session) -> None:
    """The technician has asked for both directions; the customer ticks one, for an hour."""
    session.customer_clicks("tick_clipboard_to_customer")
    session.customer_clicks("limit_3600")
    session.pictures("plan_ticked")
    first_picture(session.stage, session.technician, session.customer)
    wanted = {"see": "granted", "point": "granted", "clipboard_to_customer": "granted"}
    seen = session.technician.wait_for(
        "session", "the answers", lambda seen: wanted.items() <= seen["permissions"].items() and bool(seen["problem"])
    )
    assert seen["permissions"]["clipboard_to_technician"] == "denied"
    assert "copy text from the customer" in seen["problem"]
    left = session.technician.ask("widget", name="statusTimeLeft")["text"]
    assert left == "60 min left: screen, text to them"


def technician_sends_the_clipboard(session: Session) -> None:
    stage = session.stage
    with owned_clipboard(stage.technician_hands.name, ONE_LINE):
        assert read_clipboard(stage.customer_hands.name) == ""
        click(stage, session.technician, "clipboardButton")
        session.customers_clipboard_becomes(ONE_LINE)
    with owned_clipboard(stage.technician_hands.name, LINES):
        click(stage, session.technician, "clipboardButton", opens="clipboardSend")
        session.pictures("clipboard_preview")
        click(stage, session.technician, "clipboardSend")
        session.customers_clipboard_becomes(LINES.rstrip("\n"))
        session.pictures("clipboard")
    with owned_clipboard(stage.technician_hands.name, "hunter2", secret=True):
        click(stage, session.technician, "clipboardButton")
        wanted = "password manager"
        session.technician.wait_for(
            "widget", wanted, lambda seen: seen["found"] and wanted in seen["text"], name="clipboardNotice"
        )
    assert read_clipboard(stage.customer_hands.name) == LINES.rstrip("\n")


def customer_sends_the_clipboard(session: Session) -> None:
    stage = session.stage
    click(stage, session.technician, "permissionsButton", opens="permissionsMenu")
    lines = list(session.technician.ask("session")["permissions"])
    for key in ["Down"] * (lines.index("clipboard_to_technician") + 1) + ["Return"]:
        stage.technician_hands.press(key)
    session.customer_allows("being asked for the clipboard")
    with owned_clipboard(stage.customer_hands.name, "error 0x80070035"):
        session.customer_clicks("permissions")
        session.customer_clicks("send_clipboard")
        session.customer.wait_for("widget", "the preview", lambda seen: seen["found"], name="send_clipboard_now")
        session.technician.wait_for("session", "the pause", lambda seen: seen["paused"])
        session.pictures("clipboard_from_customer")
        session.customer_clicks("send_clipboard_now")
        until(
            lambda: read_clipboard(stage.technician_hands.name) == "error 0x80070035",
            "text on the technician's clipboard",
        )
        session.technician.wait_for("session", "sharing", lambda seen: not seen["paused"])
        session.pictures("clipboard_arrived")
