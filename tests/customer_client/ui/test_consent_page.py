"""Nobody says yes by accident, and everything needed to decide is on the page."""

import dataclasses

import pytest
from customer_stage import Stage, bar, question

from customer_client.session.state import Answer, CustomerViewState, Page
from protocol.messages.consent import Capability

NO = Answer()
SEE = CustomerViewState(Page.CONSENT, question=question(), relay="support.example.org")


def test_the_keyboard_starts_on_do_not_allow(stage: Stage) -> None:
    stage.show(SEE)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")


def test_enter_right_away_means_no(stage: Stage) -> None:
    stage.show(SEE)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    stage.key("Return")
    stage.called("answer", 7, NO)


def test_escape_means_no(stage: Stage) -> None:
    stage.show(SEE)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    stage.key("Escape")
    stage.called("answer", 7, NO)


def test_tab_goes_from_no_to_yes_and_back(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.key("Tab")
    stage.until(lambda: stage.focused() == "allow", "focus on Allow")
    stage.key("Tab")
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")


def test_a_click_on_allow_means_yes_once(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE})))
    stage.key("Escape")
    stage.click("deny")
    stage.settle()
    assert stage.intents.calls == [("answer", 7, Answer(frozenset({Capability.SEE})))]


def test_alt_and_the_underlined_letter_press_the_button(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE})))


def test_allow_does_nothing_in_the_first_three_seconds(stage: Stage) -> None:
    stage.show(SEE)
    stage.clock.now += 2.9
    stage.click("allow")
    stage.key("alt+a")
    stage.key("Escape")
    stage.called("answer", 7, NO)


def test_after_the_deadline_allow_does_nothing(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.clock.now = 1060.0
    stage.until(lambda: "Time is up" in stage.words(), "time is up")
    stage.click("allow")
    stage.settle()
    assert stage.intents.calls == []


def test_the_seconds_left_are_counted_down(stage: Stage) -> None:
    stage.show(SEE)
    assert "1:00" in stage.words()
    stage.clock.now += 13.5
    stage.until(lambda: "0:47" in stage.words(), "countdown")


def test_the_page_says_who_asks_and_what_they_can_not_do(stage: Stage) -> None:
    stage.show(SEE)
    for part in (
        "Example IT Services Ltd",
        "Anna Weber",
        "Verified by Example IT Services Ltd",
        "DS-2026-000123",
        "Printer offline",
        "print queue",
        "support.example.org",
        "They will SEE your screen. They can NOT use your mouse or keyboard.",
        "Only continue if you asked for help.",
    ):
        assert part in stage.words()


def test_asking_for_control_says_use_and_who_wins(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, question=question(Capability.CONTROL), bar=bar()))
    assert "USE your mouse and keyboard" in stage.words()
    assert "Moving your own mouse always wins." in stage.words()


def test_a_new_question_starts_anew_on_do_not_allow(stage: Stage) -> None:
    stage.show(SEE)
    stage.click("deny")
    stage.called("answer", 7, NO)
    stage.show(dataclasses.replace(SEE, question=question(id=8)))
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    stage.key("Return")
    stage.until(lambda: len(stage.intents.calls) == 2, "second answer")
    assert stage.intents.calls[1] == ("answer", 8, NO)


@pytest.mark.parametrize("capability", Capability)
def test_every_capability_has_its_own_words(stage: Stage, capability: Capability) -> None:
    stage.show(dataclasses.replace(SEE, question=question(capability)))
    assert stage.find("deny")


def test_direction_marks_in_a_name_are_gone(stage: Stage) -> None:
    stage.show(dataclasses.replace(SEE, question=question(organisation="Example\u202e Ltd\nVerified by your bank")))
    assert "\u202e" not in stage.words()
    assert "Example Ltd Verified by your bank" in stage.words()


CONTROL, FILES = Capability.CONTROL, Capability.FILES_TO_CUSTOMER
PLAN = CustomerViewState(Page.SESSION, question=question(CONTROL, FILES), bar=bar())


def test_a_yes_for_five_minutes_says_so(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, question=question(CONTROL), bar=bar()))
    stage.allow_is_open()
    stage.click("allow_limited")
    stage.called("answer", 7, Answer(frozenset({CONTROL}), 300))


def test_seeing_is_not_offered_for_five_minutes(stage: Stage) -> None:
    stage.show(SEE)
    assert "5 minutes" not in stage.words()


def test_of_a_plan_nothing_is_ticked_in_advance_and_nothing_ticked_is_no_yes(stage: Stage) -> None:
    stage.show(PLAN)
    stage.clock.now += 3.0
    stage.settle()
    stage.click("allow")
    stage.key("alt+5")
    stage.key("Escape")
    stage.called("answer", 7, NO)


def test_of_a_plan_exactly_what_is_ticked_is_allowed(stage: Stage) -> None:
    stage.show(PLAN)
    stage.click("tick_control")
    stage.click("tick_files_to_customer")
    stage.click("tick_control")
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({FILES})))


def test_the_keyboard_ticks_too(stage: Stage) -> None:
    stage.show(PLAN)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    stage.find("tick_control").focus_force()
    stage.until(lambda: stage.focused() == "tick_control", "focus on the box")
    stage.key("space")
    stage.allow_is_open()
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({CONTROL})))
