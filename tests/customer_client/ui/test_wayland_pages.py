"""What a customer on Wayland reads beside what everybody reads, and the page beside the system's own question."""

import pytest
from customer_stage import FIRST_TICKED, Stage, bar, question

from customer_client.portal.faults import dialog_cancelled
from customer_client.session.state import CustomerViewState, Page
from protocol.messages.consent import Capability

ASKED = question(Capability.SEE, Capability.CONTROL, ticked=FIRST_TICKED)
CONTROL = question(Capability.CONTROL)


@pytest.fixture
def wayland(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")


def test_the_first_question_says_that_the_system_asks_too_and_what_cannot_be_protected(
    wayland: None, stage: Stage
) -> None:
    stage.show(CustomerViewState(Page.CONSENT, question=ASKED, relay="support.example.org"))
    words = stage.words()
    assert "your computer itself asks once more" in words
    assert "can NOT hide password managers" in words
    assert "your own mouse always wins" not in words


def test_control_promises_only_what_can_be_kept(wayland: None, stage: Stage) -> None:
    stage.show(CustomerViewState(Page.CONSENT, question=CONTROL))
    assert "your own mouse does NOT stop them" in stage.words()
    assert "always wins" not in stage.words()


def test_elsewhere_nothing_of_it_is_said(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.CONSENT, question=ASKED, relay="support.example.org"))
    assert "asks once more" not in stage.words()
    assert "your own mouse always wins" in stage.words()


def test_hiding_is_not_offered_where_it_could_not_be_kept(wayland: None, stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(Capability.SEE)))
    stage.click("permissions")
    stage.until(lambda: "Files" in stage.words(), "the list")
    assert "Hide something" not in stage.words()


def test_beside_the_systems_question_stands_what_to_press_there_and_closed_it_can_be_asked_again(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SYSTEM_DIALOG, dialog_open=True))
    assert "Your computer asks once more now" in stage.words()
    stage.click("ask_again")
    stage.settle()
    assert stage.intents.calls == []
    stage.show(CustomerViewState(Page.SYSTEM_DIALOG, text=dialog_cancelled().user_text))
    assert "You have closed the question" in stage.words()
    stage.click("ask_again")
    stage.called("ask_system_again")
    stage.intents.calls.clear()
    stage.click("stop")
    stage.called("stop")
