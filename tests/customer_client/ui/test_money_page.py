"""The page about money takes the place of everything; after a wait, hands decide."""

import dataclasses

import pytest
from customer_stage import EVERY_PAGE, Stage, bar, question, xdotool

from customer_client.protection.money import MoneyKind
from customer_client.session.state import CustomerViewState, MoneyShown, Page
from customer_client.ui.window import shown_page
from protocol.errors import LocalError
from protocol.messages.consent import Capability

MONEY = EVERY_PAGE["money"]


def test_it_says_who_has_not_seen_the_page_and_stop_comes_first(stage: Stage) -> None:
    stage.show(MONEY)
    assert "is about a bank. Anna Weber has not seen it." in stage.words()
    assert "If somebody asked you to open this page, it is a scam." in stage.words()
    stage.until(lambda: stage.focused() == "money_stop", "focus on Stop")
    stage.key("Return")
    stage.called("stop")


@pytest.mark.parametrize(("button", "never"), [("money_go_on", False), ("money_never", True)])
def test_only_after_the_wait_sharing_goes_on(stage: Stage, button: str, never: bool) -> None:
    stage.show(MONEY)
    stage.clock.now = 1019.0
    stage.until(lambda: "0:01" in stage.words(), "the countdown")
    stage.click(button)
    stage.key("alt+n")
    stage.settle()
    assert stage.intents.calls == []
    stage.clock.now = 1020.0
    stage.until(lambda: "disabled" not in stage.find(button).state(), "the end of the wait")  # type: ignore[attr-defined]
    stage.click(button)
    stage.called("protection.leave_money", never)


def test_what_another_program_presses_goes_on_with_nothing(stage: Stage) -> None:
    stage.show(MONEY)
    stage.clock.now = 1030.0
    stage.until(lambda: "disabled" not in stage.find("money_go_on").state(), "the end of the wait")  # type: ignore[attr-defined]
    widget = stage.find("money_go_on")
    xdotool("mousemove", widget.winfo_rootx() + 30, widget.winfo_rooty() + 15)
    stage.settle()
    xdotool("click", 1)
    stage.until(lambda: "A program pressed that button" in stage.words(), "the refusal")
    xdotool("key", "alt+a")
    stage.settle()
    assert stage.intents.calls == []


@pytest.mark.parametrize("kind", MoneyKind)
def test_every_kind_has_its_words(stage: Stage, kind: MoneyKind) -> None:
    stage.show(dataclasses.replace(MONEY, money=MoneyShown(kind, 1020.0)))
    assert "The page in front of you is about" in stage.words()


def test_it_stands_above_questions_and_facts_and_goes_with_the_session() -> None:
    for page, asked in ((Page.SESSION, question(Capability.CONTROL)), (Page.DIAGNOSTICS, None), (Page.SESSION, None)):
        state = dataclasses.replace(MONEY, page=page, question=asked)
        assert shown_page(state) is Page.MONEY
    assert shown_page(dataclasses.replace(MONEY, page=Page.ENDED, bar=None)) is Page.ENDED


def test_when_it_is_left_the_bar_is_there_alone(stage: Stage) -> None:
    stage.show(MONEY)
    stage.show(CustomerViewState(Page.SESSION, bar=bar()))
    with pytest.raises(LocalError):
        stage.find("money_go_on")
    assert stage.find("stop").winfo_viewable()
