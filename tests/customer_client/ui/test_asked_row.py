"""The bar asks whether to go on; hands say yes, and the question goes when it is settled."""

import pytest
from customer_stage import Stage, bar, xdotool

from customer_client.protection.confirming import Asked, Why
from customer_client.session.state import CustomerViewState, Page
from protocol.errors import LocalError

ASKED = CustomerViewState(Page.SESSION, bar=bar(asked=Asked(Why.LONG, 1060.0)))


@pytest.mark.parametrize("why", Why)
def test_it_asks_by_name_and_counts_down(stage: Stage, why: Why) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(asked=Asked(why, 1060.0))))
    assert "Anna Weber" in stage.text_of("asked")
    stage.clock.now = 1015.0
    stage.until(lambda: "0:45" in stage.words(), "the countdown")


@pytest.mark.parametrize(("button", "wanted"), [("go_on", True), ("go_on_not", False)])
def test_both_answers_have_a_button(stage: Stage, button: str, wanted: bool) -> None:
    stage.show(ASKED)
    stage.click(button)
    stage.called("protection.go_on", wanted)


def test_another_program_cannot_say_yes(stage: Stage) -> None:
    stage.show(ASKED)
    widget = stage.find("go_on")
    xdotool("mousemove", widget.winfo_rootx() + 20, widget.winfo_rooty() + 10)
    stage.settle()
    xdotool("click", 1)
    stage.until(lambda: "A program pressed that button" in stage.words(), "the refusal")
    assert stage.intents.calls == []


def test_the_question_goes_when_it_is_settled(stage: Stage) -> None:
    stage.show(ASKED)
    stage.show(CustomerViewState(Page.SESSION, bar=bar()))
    with pytest.raises(LocalError):
        stage.find("asked")


def test_a_program_for_remote_control_that_starts_is_named(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(warning="AnyDesk was started.")))
    assert stage.text_of("bar_warning") == "AnyDesk was started."
