"""A command from the technician's clipboard is pasted into the customer's own program, once the customer allows it."""

import time
from typing import Any

from demo.programs import DemoFailed, Program
from demo.session import Stage, allow, click, fill, take_pictures

COMMAND = "cupsenable --release Floor2_Color"
PASTED = COMMAND + "\n"
"""What is in Notes afterwards: the customer presses Return behind it."""

NOTICE = "Now on the customer"
PASTE_WITHIN_S = 10.0


def play(stage: Stage, technician: Program, customer: Program, notes: Program, place: dict[str, Any]) -> None:
    """Copy, ask, send, and paste on the customer's side with Ctrl+V.

    Raises:
        DemoFailed: something else was pasted, or nothing.
    """
    copy_command(stage, technician)
    click(stage, technician, "clipboardButton")
    customer.wait_for("widget", "the clipboard question", lambda seen: seen["found"], name="allow")
    allow(stage, customer)
    technician.wait_for(
        "session", "the clipboard", lambda seen: seen["permissions"].get("clipboard_to_customer") == "granted"
    )
    click(stage, technician, "clipboardButton")
    technician.wait_for(
        "widget", "sending it", lambda seen: seen["found"] and NOTICE in seen["text"], name="clipboardNotice"
    )
    customer.wait_for(
        "widget", "its notice", lambda seen: seen["found"] and COMMAND[:9] in seen["text"], name="clipboard_said"
    )
    stage.customer_hands.click(place["x"], place["y"])
    time.sleep(0.2)
    stage.customer_hands.press_with_control("v")
    stage.report["clipboard_text_pasted"] = _typed(notes, COMMAND)
    take_pictures(stage, "clipboard")
    stage.customer_hands.press("Return")
    if not (stage.report["clipboard_text_pasted"] and _typed(notes, PASTED)):
        raise DemoFailed("the technician's text was not what the customer pasted")


def copy_command(stage: Stage, technician: Program) -> None:
    """Cut the command out of the field for chat, which leaves it on the technician's clipboard; close the chat."""
    fill(stage, technician, "chatEntry", COMMAND)
    stage.technician_hands.select_all()
    stage.technician_hands.press_with_control("x")
    technician.wait_for("widget", "cutting the command", lambda seen: seen.get("text") == "", name="chatEntry")
    click(stage, technician, "chatButton")
    technician.wait_for("widget", "closing the chat", lambda seen: not seen["found"], name="chatEntry")


def _typed(notes: Program, text: str) -> bool:
    """Wait until Notes holds `text`; return whether it does in time."""
    deadline = time.monotonic() + PASTE_WITHIN_S
    while (left := deadline - time.monotonic()) > 0:
        try:
            if notes.next_line(left).get("typed") == text:
                return True
        except DemoFailed:
            return False
    return False
