"""The real programs on two displays: a bank page that comes to the front is never seen, and both people are told."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.hands import Hands
from demo.session import (
    Stage,
    check_record,
    customer_clicks,
    end_session,
    first_picture,
    join,
    open_ticket,
    sign_in,
    start_relay,
    start_session,
)
from demo.virtual_display import virtual_desktop
from tests.support.titled_window import TitledWindow

RED = 0xD01050
SHARED, BANK = "Notes of today", "Example Bank - Your accounts"
WATCHED_S = 1.5


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(tmp_path, Hands(technician_display), Hands(customer_display))
        try:
            yield stage
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def test_a_bank_page_is_never_seen_and_both_are_told(stage: Stage) -> None:
    _, url, organisation = start_relay(stage)
    technician = sign_in(stage, url)
    open_ticket(stage, technician)
    customer = join(stage, technician, url, organisation, start_session(stage, technician))
    first_picture(stage, technician, customer)
    shown = technician.wait_for("widget", "the picture", lambda seen: seen["found"], name="remoteView")
    bank = TitledWindow(stage.customer_hands.name, SHARED, 0x20C040, size=900)
    try:
        bank.show()
        middle, reach = (int(shown["x"]), int(shown["y"])), int(min(shown["width"], shown["height"]) // 2 - 2)
        until_seen(stage, middle, reach, (0x20, 0xC0, 0x40))
        bank.hide()
        bank.rename(BANK)
        bank.repaint(RED)
        bank.show()
        end = time.monotonic() + WATCHED_S
        while time.monotonic() < end:
            assert (0xD0, 0x10, 0x50) not in stage.technician_hands.colours_near(*middle, reach)
        technician.wait_for("session", "the pause", lambda seen: seen["paused"])
        customer.wait_for("widget", "the page about money", lambda seen: seen["found"], name="money_stop")
        go_on = customer.ask("widget", name="money_go_on")
        assert not go_on["enabled"]
        stage.customer_hands.take_picture(stage.folder / "customer_money.png")
        stage.technician_hands.take_picture(stage.folder / "technician_money.png")
        bank.hide()
        customer_clicks(stage, customer, "money_go_on")  # once twenty seconds are over
        technician.wait_for("session", "the picture again", lambda seen: not seen["paused"])
    finally:
        bank.close()
    record = end_session(stage, technician, customer)
    check_record(stage, record)
    said = (stage.folder / "verification.txt").read_text()
    assert 'noted that sharing was paused (because "money", kind "bank")' in said
    assert 'contact "customer_contacted"' in said
    for title in (BANK, "Your accounts"):
        assert title not in said
        assert title.encode() not in record.read_bytes()


def until_seen(stage: Stage, middle: tuple[int, int], reach: int, colour: tuple[int, int, int]) -> None:
    deadline = time.monotonic() + 20
    while colour not in stage.technician_hands.colours_near(*middle, reach):
        assert time.monotonic() < deadline, "the customer's window is not seen"
        time.sleep(0.1)
