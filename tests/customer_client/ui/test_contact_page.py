"""The first question, the warning about callers, and that only hands answer."""

import pytest
from customer_stage import EVERY_PAGE, Stage, xdotool

from customer_client.languages import use_language
from customer_client.protection.contact import SENTENCE, ContactShown, Step
from customer_client.session.state import CustomerViewState, Page
from protocol.catalogues import ENGLISH

ASKED, WARNED, TYPING = EVERY_PAGE["contact"], EVERY_PAGE["caller"], EVERY_PAGE["caller-typing"]


@pytest.mark.parametrize(("button", "by_customer"), [("contact_by_me", True), ("contact_by_them", False)])
def test_each_answer_has_its_button(stage: Stage, button: str, by_customer: bool) -> None:
    stage.show(ASKED)
    stage.click(button)
    stage.called("protection.contacted", by_customer)


def test_neither_answer_is_given_by_a_key_that_was_meant_for_something_else(stage: Stage) -> None:
    stage.show(ASKED)
    stage.key("Return", "space")
    stage.settle()
    assert stage.intents.calls == []


def test_who_was_called_reads_the_signs_and_end_comes_first(stage: Stage) -> None:
    stage.show(ASKED)
    stage.show(WARNED)
    for part in ("never call to look at your computer", "has a virus", "hurry", "gift cards", "You can hang up"):
        assert part in stage.words()
    stage.until(lambda: stage.focused() == "end", "focus on End")
    stage.key("Return")
    stage.called("quit")


def test_the_warning_fills_the_screen(stage: Stage) -> None:
    stage.show(WARNED)
    assert stage.window._main.winfo_width() > 1200
    assert stage.window._main.winfo_height() > 600


def test_going_on_is_another_button(stage: Stage) -> None:
    stage.show(WARNED)
    stage.click("trust_caller")
    stage.called("protection.insist")


def test_the_sentence_can_be_typed_after_the_wait_and_only_it_goes_on(stage: Stage) -> None:
    stage.show(WARNED)
    stage.show(TYPING)
    assert "10 seconds" in stage.text_of("caller_wait")
    stage.click("caller_go_on")
    stage.clock.now = 1010.0
    stage.until(lambda: stage.text_of("caller_wait") == "", "the wait is over")
    stage.click("sentence")
    xdotool("type", "--delay", 2, "i called the")
    stage.until(lambda: stage.find("sentence").get() == "i called the", "what was typed")  # type: ignore[attr-defined]
    stage.click("caller_go_on")
    stage.settle()
    assert stage.intents.calls == []
    xdotool("type", "m")
    stage.until(lambda: "disabled" not in stage.find("caller_go_on").state(), "the sentence")  # type: ignore[attr-defined]
    stage.click("caller_go_on")
    stage.called("protection.type_sentence", SENTENCE)


def test_another_language_is_one_click_away_and_the_sentence_is_typed_in_it(stage: Stage) -> None:
    try:
        stage.show(ASKED)
        stage.click("language_de")
        stage.until(lambda: "Haben Sie sich dort gemeldet" in stage.words(), "the page in German")
        assert "disabled" in stage.find("language_de").state()  # type: ignore[attr-defined]
        stage.key("alt+i")
        stage.called("protection.contacted", True)
        stage.intents.calls.clear()
        stage.show(TYPING)
        stage.clock.now = 1010.0
        stage.until(lambda: stage.text_of("caller_wait") == "", "the wait is over")
        stage.click("sentence")
        xdotool("type", "--delay", 2, "ich habe dort angerufen.")
        stage.until(lambda: "disabled" not in stage.find("caller_go_on").state(), "the sentence")  # type: ignore[attr-defined]
        stage.click("caller_go_on")
        stage.called("protection.type_sentence", SENTENCE)
    finally:
        use_language(ENGLISH)


def test_what_another_program_presses_answers_nothing_and_is_said_so(stage: Stage) -> None:
    for state, button in ((ASKED, "contact_by_me"), (WARNED, "trust_caller")):
        stage.show(state)
        widget = stage.find(button)
        x, y = (widget.winfo_rootx() + widget.winfo_width() // 2, widget.winfo_rooty() + widget.winfo_height() // 2)
        xdotool("mousemove", x, y)
        stage.settle()
        xdotool("click", 1)
        stage.until(lambda: "A program pressed that button" in stage.words(), "the refusal")
        assert stage.intents.calls == []


def test_nothing_from_before_stays_on_the_page(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.CONTACT, contact=ContactShown(Step.DOUBTED, 1000.0)))
    assert stage.find("sentence").get() == ""  # type: ignore[attr-defined]
