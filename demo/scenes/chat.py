"""The two write to each other, one line each way."""

from demo.programs import Program
from demo.session import Stage, click, customer_clicks, fill, take_pictures

QUESTION = "Does the printer on your floor say anything?"
ANSWER = "It says: paused, ask IT."


def play(stage: Stage, technician: Program, customer: Program) -> None:
    """Ask and answer; each line is there when the other side is marked as having seen it.

    Raises:
        DemoFailed: a line did not arrive.
    """
    if not technician.ask("widget", name="chatEntry")["found"]:  # it may be open since the customer could ask questions
        click(stage, technician, "chatButton", opens="chatEntry")
    fill(stage, technician, "chatEntry", QUESTION)
    stage.technician_hands.press("Return")
    customer.wait_for("widget", "word of it", lambda seen: seen["found"] and "(1)" in seen["text"], name="chat")
    customer_clicks(stage, customer, "chat")
    customer.wait_for(
        "widget", "the question", lambda seen: seen["found"] and QUESTION in seen["text"], name="chat_texts"
    )
    customer_clicks(stage, customer, "chat_entry")
    stage.customer_hands.type(ANSWER + "\n")
    wanted = [[True, QUESTION, "seen"], [False, ANSWER, "seen"]]
    seen = technician.wait_for("session", "the answer", lambda seen: seen["chat"] == wanted)
    stage.report["chat_both_ways"] = seen["chat"] == wanted
    take_pictures(stage, "chat")
    customer_clicks(stage, customer, "chat_entry")
    stage.customer_hands.press("Escape")
    customer.wait_for("widget", "closing the chat", lambda seen: not seen["found"], name="chat_entry")
