"""The steps of a session, done by real hands on two displays: from signing in to the verified record.

Nobody here reaches into the programs: widgets are looked up, then clicked and typed into through the X server.
"""

import json
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from demo.hands import Hands
from demo.programs import DemoFailed, Program, run_to_end

ORGANISATION = "Northwind IT"
NAME, DISPLAY_NAME, PASSWORD = "tess", "Tess Turner", "a long demo passphrase"
TYPED = "Restarted the print spooler, test page is fine. OK!"
SINGLE_KEYS = "abcdefghijklmnop"


@dataclass
class Stage:
    """The folders, displays and programs of one run."""

    folder: Path
    technician_hands: Hands
    customer_hands: Hands
    report: dict[str, Any] = field(default_factory=dict)
    programs: list[Program] = field(default_factory=list)

    def start(self, name: str, arguments: list[str], *, display: str = "") -> Program:
        """Start a program and keep it for the end."""
        program = Program(name, arguments, log_folder=self.folder, display=display)
        self.programs.append(program)
        return program


def start_relay(stage: Stage) -> tuple[Program, str, str]:
    """Set up a relay with nothing but its command line; return it, its address and the organisation's root id."""
    data = stage.folder / "relay"
    where = ["--data", str(data)]
    run_to_end(
        [
            "relay.app",
            "org",
            "init",
            *where,
            "--name",
            ORGANISATION,
            "--key-out",
            str(stage.folder / "organisation.pem"),
        ]
    )
    run_to_end(
        [
            "relay.app",
            "user",
            "add",
            NAME,
            *where,
            "--display-name",
            DISPLAY_NAME,
            "--role",
            "technician",
            "--password-stdin",
        ],
        stdin=PASSWORD + "\n",
    )
    relay = stage.start("relay", ["relay.app", "serve", *where, "--port", "0"])
    ready = relay.next_line()["text"]
    url = next(word for word in ready.split() if urlsplit(word).scheme == "http")
    organisation = run_to_end(["relay.app", "org", "show", *where]).stdout
    root_id = next(word for word in organisation.split() if len(word) == 64)
    return relay, url, root_id


def sign_in(stage: Stage, url: str, *options: str) -> Program:
    """Start the technician's app with `options`, sign in and have the device certified; return the program."""
    arguments = ["demo.technician", "--relay", url, "--profile", str(stage.folder / "technician"), *options]
    technician = stage.start("technician", arguments, display=stage.technician_hands.name)
    fill(stage, technician, "signInName", NAME)
    fill(stage, technician, "signInPassword", PASSWORD)
    click(stage, technician, "signInButton")
    have_certified(stage, technician)
    return technician


def have_certified(stage: Stage, technician: Program) -> None:
    """Certify the device of `technician`, who just signed in, and wait until the program has its certificate.

    The program looks for it every few seconds, too: its button may be gone before it is pressed.
    """
    technician.wait_for("widget", "signing in", lambda seen: seen["found"], name="checkCertificate")
    certify_devices(stage)
    seen = technician.ask("widget", name="checkCertificate")
    if seen["found"]:
        stage.technician_hands.click(seen["x"], seen["y"])
    technician.wait_for("widget", "the certificate", lambda seen: not seen["found"], name="checkCertificate")


def certify_devices(stage: Stage) -> bool:
    """Certify every device that waits for it, as the organisation's administrator; return whether there was one."""
    key, data = str(stage.folder / "organisation.pem"), str(stage.folder / "relay")
    certify = ["relay.app", "org", "certify", "--all-pending", "--org-key", key, "--data", data]
    return "Certified" in run_to_end(certify).stdout


def open_ticket(stage: Stage, technician: Program) -> str:
    """Create a ticket in the app and return its number."""
    click(stage, technician, "newTicketButton", opens="newTicketSubject")
    fill(stage, technician, "newTicketSubject", "Printer is offline")
    fill(stage, technician, "newTicketCustomer", "Ms Ahmadi, accounting")
    click(stage, technician, "newTicketCreate")
    seen = technician.wait_for(
        "widget", "the new ticket", lambda seen: seen["found"] and seen["text"].startswith("DS-"), name="ticketNumber"
    )
    return str(seen["text"])


def start_session(stage: Stage, technician: Program, *, plan: tuple[str, ...] = ()) -> str:
    """Start a session on the open ticket, asking for what `plan` names besides; return its route."""
    click(stage, technician, "startSessionButton", opens="startSessionReason")
    fill(stage, technician, "startSessionReason", "Look at the printer settings with you")
    for capability in plan:
        click(stage, technician, f"startPlan_{capability}")
    if plan:
        stage.technician_hands.take_picture(stage.folder / "technician_plan.png")
    click(stage, technician, "startSessionConfirm")
    waiting = technician.wait_for("session", "opening a session", lambda seen: bool(seen.get("route")))
    return str(waiting["route"])


def join(
    stage: Stage, technician: Program, url: str, organisation: str, route: str, options: tuple[str, ...] = ()
) -> Program:
    """Start the customer's client with `options`; read the PIN out, type it, wait for the question about seeing."""
    arguments = ["demo.customer", route, "--relay", url, "--organisation", organisation]
    arguments += ["--data", str(stage.folder / "customer"), "--log-level", "INFO", *options]
    customer = stage.start("customer", arguments, display=stage.customer_hands.name)
    answer_first_question(stage, customer)
    pin = customer.wait_for("widget", "the PIN", lambda seen: seen["found"] and bool(seen["text"]), name="pin")["text"]
    technician.wait_for("session", "the PIN page", lambda seen: seen["phase"] == "pin_wanted")
    fill(stage, technician, "pinField", "".join(filter(str.isdigit, pin)))
    click(stage, technician, "pinSend")
    customer.wait_for("widget", "the consent page", lambda seen: seen["found"], name="allow")
    stage.report["click_to_consent_s"] = round(time.time() - customer.started_at, 3)
    stage.customer_hands.take_picture(stage.folder / "consent.png")
    return customer


def answer_first_question(stage: Stage, customer: Program) -> None:
    """Say that the customer contacted the technician; click again if the new window moved under the pointer."""
    for _ in range(5):
        customer_clicks(stage, customer, "contact_by_me")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if not customer.ask("widget", name="contact_by_me")["found"]:
                return
            time.sleep(0.02)
    raise DemoFailed("the first question was not answered")


def first_picture(stage: Stage, technician: Program, customer: Program) -> None:
    """Allow seeing, and wait until the technician's window has painted the customer's screen."""
    allowed_at = allow(stage, customer)
    live = technician.wait_for("session", "the first picture", lambda seen: seen["first_paint"] > 0)
    stage.report["consent_to_first_frame_ms"] = round((live["first_paint"] - allowed_at) * 1000)


def take_control(stage: Stage, technician: Program, customer: Program) -> None:
    """Ask for control, let the customer allow it, and wait until the customer's own click no longer has priority."""
    click(stage, technician, "controlButton")
    customer.wait_for("widget", "the control question", lambda seen: seen["found"], name="allow")
    allow(stage, customer)
    technician.wait_for("session", "control", lambda seen: seen["control"] == "granted")
    time.sleep(2.2)  # the customer's own click pauses remote input for two seconds, by design
    technician.wait_for("session", "the customer's priority to end", lambda seen: not seen["suspended"])


def type_into_notes(
    stage: Stage, technician: Program, notes: Program, place: dict[str, Any], *, before: str = ""
) -> None:
    """Click into the picture of the customer's program and type there; check and time what arrives.

    `before` is what the customer has written there already.
    """
    stage.technician_hands.click(*on_picture(technician, place["x"], place["y"]))
    time.sleep(0.3)
    delays = []
    for key in SINGLE_KEYS:
        pressed_at = stage.technician_hands.press(key)
        delays.append((notes.next_line()["at"] - pressed_at) * 1000)
        time.sleep(0.05)
    stage.report["key_to_customer_program_ms"] = round(statistics.median(delays), 1)
    stage.technician_hands.type(" " + TYPED)
    expected = f"{before}{SINGLE_KEYS} {TYPED}"
    arrived = ""
    deadline = time.monotonic() + 20
    while arrived != expected and time.monotonic() < deadline:
        arrived = notes.next_line(max(0.1, deadline - time.monotonic())).get("typed", arrived)
    stage.report["typed_text_received"] = arrived == expected
    if arrived != expected:
        raise DemoFailed(f"typed {expected!r}, but {arrived!r} arrived")


def on_picture(technician: Program, x: float, y: float) -> tuple[int, int]:
    """Return the pixel of the technician's display that shows the pixel (x, y) of the customer's."""
    view = technician.wait_for("widget", "the picture", lambda seen: seen["found"], name="remoteView")
    width, height = technician.ask("session")["display"]
    scale = min(view["width"] / width, view["height"] / height)
    left, top = view["x"] - width * scale / 2, view["y"] - height * scale / 2
    return round(left + x * scale), round(top + y * scale)


def exchange_diagnostics(stage: Stage, technician: Program, customer: Program) -> None:
    """Ask for a report, let the customer look at it and send it, and wait until it is attached to the ticket."""
    click(stage, technician, "controlButton")
    technician.wait_for("session", "giving control back", lambda seen: seen["control"] == "none")
    click(stage, technician, "diagnosticsButton", opens="requestDiagnostics")
    click(stage, technician, "requestDiagnostics")
    place = customer.wait_for(
        "widget", "the list of facts", lambda seen: seen["found"] and seen["enabled"], name="send_facts"
    )
    stage.customer_hands.take_picture(stage.folder / "diagnostics.png")
    stage.customer_hands.click(place["x"], place["y"])
    seen = technician.wait_for("session", "the report on the ticket", lambda seen: seen["attached"])
    stage.report["diagnostics_attached"] = seen["diagnostics"] > 0 and seen["attached"]


def end_session(stage: Stage, technician: Program, customer: Program) -> Path:
    """End the session with a note, save the record through the app, close the customer's window; return the file."""
    click(stage, technician, "endSessionButton", opens="endSessionConfirm")
    fill(stage, technician, "endSessionNote", "Restarted the spooler. Solved.")
    click(stage, technician, "endSessionConfirm", closes="endSessionConfirm")
    technician.wait_for(
        "session", "the sealed record", lambda seen: seen["phase"] == "ended" and "stored" in seen["record_status"]
    )
    record = save_record(stage, technician)
    stage.technician_hands.take_picture(stage.folder / "technician_end.png")
    stage.customer_hands.take_picture(stage.folder / "customer_end.png")
    customer.wait_for("widget", "the end page", lambda seen: seen["found"], name="close")
    return record


def save_record(stage: Stage, technician: Program) -> Path:
    """Save the record through the app's own dialog, into the demo's folder; return the file."""
    click(stage, technician, "saveRecord", opens="saveRecordDialog")
    technician.ask("save", folder=str(stage.folder))
    for _ in range(5):  # Return goes to whatever has the focus, and a new dialog takes a moment to get it
        stage.technician_hands.press("Return")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if path := technician.ask("session")["record_path"]:
                return Path(path)
            time.sleep(0.05)
    raise DemoFailed("the record was not saved")


def check_record(stage: Stage, record: Path) -> None:
    """Verify the saved record offline with the command anybody has, and see that a changed copy is rejected."""
    verified = run_to_end(["protocol.audit.verify_command", str(record)], ok=(0, 1, 2))
    (stage.folder / "verification.txt").write_text(verified.stdout)
    stage.report["record_verified"] = verified.returncode == 0
    data = bytearray(record.read_bytes())
    data[len(data) // 2] ^= 0x01
    tampered = stage.folder / "tampered.deskside-record"
    tampered.write_bytes(data)
    rejected = run_to_end(["protocol.audit.verify_command", str(tampered)], ok=(0, 1, 2))
    stage.report["tampered_record_rejected"] = rejected.returncode == 1
    if not (stage.report["record_verified"] and stage.report["tampered_record_rejected"]):
        raise DemoFailed(f"verification said {verified.returncode} and {rejected.returncode}: {verified.stdout}")


def fetch_ticket(stage: Stage, url: str, number: str) -> None:
    """Fetch the ticket as the relay's API returns it."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        token = (
            client.post("/api/v1/sign-in", json={"name": NAME, "password": PASSWORD}).raise_for_status().json()["token"]
        )
        headers = {"Authorization": f"Bearer {token}"}
        ticket = client.get(f"/api/v1/tickets/{number}", headers=headers).raise_for_status().json()
    (stage.folder / "relay_ticket.json").write_text(json.dumps(ticket, indent=2, ensure_ascii=False) + "\n")
    if not any(attachment["kind"] == "diagnostics" for attachment in ticket["attachments"]):
        raise DemoFailed("the ticket has no diagnostics attachment")


def click(stage: Stage, technician: Program, name: str, *, opens: str = "", closes: str = "") -> None:
    """Click the technician's widget `name` once it can be clicked.

    Click again if `opens` does not appear, or `closes` does not go, in 3 s: a new window may move under the pointer.
    """
    watched = opens or closes
    for _ in range(3):
        seen = technician.wait_for("widget", name, lambda seen: seen["found"] and seen["enabled"], name=name)
        stage.technician_hands.click(seen["x"], seen["y"])
        deadline = time.monotonic() + 3
        while watched and time.monotonic() < deadline:
            if technician.ask("widget", name=watched)["found"] == bool(opens):
                return
            time.sleep(0.02)
        if not watched:
            return
    raise DemoFailed(f"{name} did not {'open' if opens else 'close'} {watched}")


def confirm_the_end(stage: Stage, technician: Program) -> None:
    """Click "End session" above the picture, and again in the dialog that asks for a note."""
    click(stage, technician, "endSessionButton", opens="endSessionConfirm")
    click(stage, technician, "endSessionConfirm", closes="endSessionConfirm")


def fill(stage: Stage, technician: Program, name: str, text: str) -> None:
    """Click into the technician's field `name` and type `text`; type again what a moving window swallowed."""
    for _ in range(3):
        click(stage, technician, name)
        technician.wait_for("widget", f"the focus of {name}", lambda seen: seen["found"] and seen["focus"], name=name)
        stage.technician_hands.select_all()
        stage.technician_hands.type(text, pause_s=0.004)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if _same(technician.ask("widget", name=name).get("text", ""), text):
                return
            time.sleep(0.02)
    raise DemoFailed(f"{name} did not take {text!r}")


def _same(shown: str, typed: str) -> bool:
    """Whether a field shows what was typed; fields may group digits."""
    return shown.replace(" ", "") == typed.replace(" ", "")


def allow(stage: Stage, customer: Program) -> float:
    """Click Allow on the customer's display once the page lets it (after three seconds); return when (Unix seconds)."""
    place = customer.wait_for("widget", "Allow", lambda seen: seen["found"] and seen["enabled"], name="allow")
    at = time.time()
    stage.customer_hands.click(place["x"], place["y"])
    return at


def customer_clicks(stage: Stage, customer: Program, name: str) -> None:
    """Click the customer's widget `name` once it can be clicked."""
    place = customer.wait_for("widget", name, lambda seen: seen["found"] and seen["enabled"], name=name)
    stage.customer_hands.click(place["x"], place["y"])


def take_pictures(stage: Stage, scene: str) -> None:
    """Keep what both displays show as technician_SCENE.png and customer_SCENE.png."""
    stage.technician_hands.take_picture(stage.folder / f"technician_{scene}.png")
    stage.customer_hands.take_picture(stage.folder / f"customer_{scene}.png")


def has_screen() -> bool:
    """Whether this machine has a desktop to open windows on."""
    return bool(os.environ.get("DISPLAY"))
