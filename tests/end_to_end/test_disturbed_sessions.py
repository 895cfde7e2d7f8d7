"""Sessions that are disturbed: programs killed, buttons pressed; everybody is told, and nothing is lost or held."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from demo.hands import Hands
from demo.programs import Program, run_to_end
from demo.session import (
    Stage,
    allow,
    click,
    confirm_the_end,
    first_picture,
    join,
    open_ticket,
    save_record,
    sign_in,
    start_relay,
    start_session,
    take_control,
)
from demo.virtual_display import virtual_desktop

SAYS_SO_WITHIN_S = 10.0
ALLOWED_FOR_S = 12
CUSTOMERS_PRIORITY_S = 2.2
"""A click of the customer's rests remote input for two seconds, by design."""


class Live:
    """A session with control granted, and everything needed to disturb it."""

    def __init__(self, stage: Stage, options: tuple[str, ...]) -> None:
        self.stage = stage
        self.relay, self.url, self.organisation = start_relay(stage)
        self.technician = sign_in(stage, self.url)
        open_ticket(stage, self.technician)
        route = start_session(stage, self.technician)
        self.customer = join(stage, self.technician, self.url, self.organisation, route, options)
        if options:
            press(self, "limit_900")
        first_picture(stage, self.technician, self.customer)
        self.control_asked_at = time.monotonic()
        take_control(stage, self.technician, self.customer)
        self.session = self.technician.ask("session")["session"]

    def relays_record(self) -> Path:
        """Return the record as the relay holds it."""
        path = self.stage.folder / "relay.deskside-record"
        where = ["--data", str(self.stage.folder / "relay"), "--session", self.session, "--out", str(path)]
        run_to_end(["relay.app", "record", "export", *where])
        return path

    def hold_a_key_in_the_picture(self) -> None:
        """Press a key in the technician's window and keep it down; wait until the customer's display has it down."""
        place = self.technician.wait_for("widget", "the picture", lambda seen: seen["found"], name="remoteView")
        self.stage.technician_hands.click(place["x"], place["y"])
        hands = Display(self.stage.technician_hands.name)
        shift = hands.keysym_to_keycode(0xFFE1)
        xtest.fake_input(hands, X.KeyPress, shift)
        hands.sync()
        wait_until(lambda: held_keys(self.stage.customer_hands.name), "the key to be held at the customer's")
        hands.close()


@contextmanager
def live_session(folder: Path, *options: str) -> Iterator[Live]:
    with virtual_desktop() as technician_display, virtual_desktop() as customer_display:
        stage = Stage(folder, Hands(technician_display), Hands(customer_display))
        try:
            yield Live(stage, options)
        finally:
            for program in reversed(stage.programs):
                program.end()
            stage.technician_hands.close()
            stage.customer_hands.close()


def held_keys(display_name: str) -> bool:
    display = Display(display_name)
    held = any(display.query_keymap())
    display.close()
    return held


def release_keys(display_name: str) -> None:
    display = Display(display_name)
    xtest.fake_input(display, X.KeyRelease, display.keysym_to_keycode(0xFFE1))
    display.sync()
    display.close()


def wait_until(holds, what: str, within_s: float = SAYS_SO_WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen in {within_s} s"
        time.sleep(0.05)


def a_change_is_seen(live: Live) -> None:
    """Show something on the customer's screen, which stands still by itself, and wait until the technician sees it."""
    frames = live.technician.ask("session")["frames"]
    display = Display(live.stage.customer_hands.name)
    root = display.screen().root
    shown = root.create_window(40, 700, 60, 60, 0, X.CopyFromParent, background_pixel=0xFFFFFF, override_redirect=True)
    shown.map()
    display.sync()
    live.technician.wait_for("session", "more pictures", lambda seen: seen["frames"] > frames)
    shown.destroy()
    display.sync()
    display.close()


def verify(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "protocol.audit.verify_command", str(path)], capture_output=True, text=True, check=False
    )


def test_a_killed_customer_is_noticed_and_the_record_is_one_sided(tmp_path: Path) -> None:
    with live_session(tmp_path) as live:
        live.customer.end(kill=True)
        began = time.monotonic()
        live.technician.wait_for("session", "saying so", lambda seen: "program is gone" in seen["outage"])
        assert time.monotonic() - began < SAYS_SO_WITHIN_S
        confirm_the_end(live.stage, live.technician)
        live.technician.wait_for("session", "the end", lambda seen: seen["phase"] == "ended")
        done = verify(save_record(live.stage, live.technician))
        assert done.returncode == 2, done.stdout
        assert verify(live.relays_record()).returncode == 2


def test_a_killed_technician_is_noticed_and_every_key_released(tmp_path: Path) -> None:
    with live_session(tmp_path) as live:
        live.hold_a_key_in_the_picture()
        live.technician.end(kill=True)
        began = time.monotonic()
        wait_until(lambda: not held_keys(live.stage.customer_hands.name), "releasing the key")
        live.customer.wait_for(
            "widget", "saying so", lambda seen: "program is gone" in seen.get("text", ""), name="bar_notice"
        )
        live.customer.wait_for(
            "widget", "no claim to share", lambda seen: "Interrupted" in seen.get("text", ""), name="bar_allowed"
        )
        assert time.monotonic() - began < SAYS_SO_WITHIN_S
        press(live, "stop")
        live.customer.wait_for("widget", "the end page", lambda seen: seen["found"], name="close")
        wait_until(lambda: verify(live.relays_record()).returncode == 2, "the one-sided record at the relay")


def test_a_killed_relay_does_not_end_the_session_and_gets_the_record_afterwards(tmp_path: Path) -> None:
    with live_session(tmp_path) as live:
        port = str(urlsplit(live.url).port)
        live.relay.end(kill=True)
        live.technician.wait_for("session", "saying so", lambda seen: "relay" in seen["problem"])
        a_change_is_seen(live)
        where = ["--data", str(tmp_path / "relay"), "--port", port]
        live.relay = live.stage.start("relay-again", ["relay.app", "serve", *where])
        assert live.url in live.relay.next_line()["text"]
        live.technician.wait_for("session", "the relay again", lambda seen: seen["problem"] == "")
        confirm_the_end(live.stage, live.technician)
        live.technician.wait_for("session", "delivering the record", lambda seen: "stored at" in seen["record_status"])
        done = verify(save_record(live.stage, live.technician))
        assert done.returncode == 0, done.stdout


def test_a_permission_ends_by_its_time_and_a_customer_who_stops_ends_everything_at_once(tmp_path: Path) -> None:
    with live_session(tmp_path, "--allow-for", str(ALLOWED_FOR_S)) as live:
        live.hold_a_key_in_the_picture()
        control_expires(live)
        control_is_asked_for_again(live)
        live.hold_a_key_in_the_picture()
        place = live.customer.wait_for("widget", "Stop", lambda seen: seen["found"], name="stop")
        live.stage.customer_hands.click(place["x"], place["y"])
        wait_until(lambda: not held_keys(live.stage.customer_hands.name), "releasing the key", 1.0)
        ended = live.technician.wait_for("session", "the end", lambda seen: seen["phase"] == "ended")
        assert ended["status"] == "The customer has stopped the session."
        done = verify(save_record(live.stage, live.technician))
        assert done.returncode == 0
        assert done.stdout.count(f"allowed control for {ALLOWED_FOR_S} s") == 2, done.stdout
        assert done.stdout.count('Customer ended control (reason "expired")') == 1, done.stdout


def control_expires(live: Live) -> None:
    """Wait until control ends by itself: not before its time, with the key let go and the technician told."""
    wait_until(lambda: not held_keys(live.stage.customer_hands.name), "releasing the key", ALLOWED_FOR_S + 5)
    assert time.monotonic() - live.control_asked_at >= ALLOWED_FOR_S
    live.technician.wait_for("session", "control to be over", lambda seen: seen["control"] == "none")
    over = live.technician.wait_for("widget", "saying so", lambda seen: seen["found"], name="askAgainText")
    assert over["text"] == "The time the customer had allowed is over: use mouse and keyboard."
    assert live.technician.ask("session")["permissions"]["see"] == "granted"
    release_keys(live.stage.technician_hands.name)


def control_is_asked_for_again(live: Live) -> None:
    """Ask again with the one button the technician is offered, and let the customer allow it, for as long as before."""
    click(live.stage, live.technician, "askAgainButton")
    question = live.customer.wait_for("widget", "the question", lambda seen: seen["found"], name="allow")
    assert question["text"] == f"Allow for {ALLOWED_FOR_S} seconds"
    allow(live.stage, live.customer)
    live.technician.wait_for("session", "control again", lambda seen: seen["control"] == "granted")
    live.technician.wait_for("widget", "no offer to ask", lambda seen: not seen["found"], name="askAgainText")
    time.sleep(CUSTOMERS_PRIORITY_S)
    live.technician.wait_for("session", "the priority to end", lambda seen: not seen["suspended"])


@pytest.mark.parametrize("program", ["customer", "technician"])
def test_a_terminated_program_seals_with_the_other_side(tmp_path: Path, program: str) -> None:
    with live_session(tmp_path) as live:
        stopping: Program = getattr(live, program)
        stopping.tell("quit") if program == "technician" else stopping.end()
        if program == "customer":
            live.technician.wait_for("session", "the end", lambda seen: seen["phase"] == "ended")
            assert verify(save_record(live.stage, live.technician)).returncode == 0
        else:
            live.customer.wait_for("widget", "the end page", lambda seen: seen["found"], name="close")


def press(live: Live, name: str) -> None:
    place = live.customer.wait_for("widget", name, lambda seen: seen["found"] and seen["enabled"], name=name)
    live.stage.customer_hands.click(place["x"], place["y"])


def test_pause_stops_picture_and_input_until_continue_and_control_can_be_taken_back(tmp_path: Path) -> None:
    with live_session(tmp_path) as live:
        live.hold_a_key_in_the_picture()
        press(live, "pause")
        wait_until(lambda: not held_keys(live.stage.customer_hands.name), "releasing the key", 1.0)
        live.technician.wait_for("session", "the pause", lambda seen: seen["paused"])
        press(live, "continue")
        live.technician.wait_for("session", "going on", lambda seen: not seen["paused"])
        a_change_is_seen(live)
        press(live, "take_back")
        taken = live.technician.wait_for("session", "losing control", lambda seen: seen["control"] == "none")
        assert taken["problem"] == "The customer has taken control back."
