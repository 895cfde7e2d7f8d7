"""Nobody says yes by accident, and everything needed to decide is on the page."""

import dataclasses
import tkinter as tk

import pytest
from customer_stage import FIRST_TICKED, Stage, bar, question, xdotool

from customer_client.session.state import Answer, CustomerViewState, Page
from customer_client.ui.theme import TextRole
from protocol.errors import LocalError
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
    for name in ("allow", "limit_900", "deny"):
        stage.key("Tab")
        stage.until(lambda name=name: stage.focused() == name, f"focus on {name}")  # type: ignore[misc]


def test_a_click_on_allow_means_yes_once(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE}), 900))
    stage.key("Escape")
    stage.click("deny")
    stage.settle()
    assert stage.intents.calls == [("answer", 7, Answer(frozenset({Capability.SEE}), 900))]


def test_alt_and_the_underlined_letter_press_the_button(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE}), 900))


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


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(300, "for 5 minutes"), (900, "for 15 minutes"), (3600, "for 60 minutes"), (0, "until I stop it")],
)
def test_a_yes_lasts_as_long_as_was_chosen_and_the_button_says_so(stage: Stage, seconds: int, words: str) -> None:
    stage.show(CustomerViewState(Page.SESSION, question=question(CONTROL), bar=bar()))
    stage.allow_is_open()
    stage.click(f"limit_{seconds}")
    stage.until(lambda: stage.text_of("allow") == f"Allow {words}", words)
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({CONTROL}), seconds))


def test_fifteen_minutes_are_chosen_in_advance_and_arrow_keys_choose_another_time(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    assert stage.text_of("allow") == "Allow for 15 minutes"
    stage.find("limit_900").focus_force()
    stage.until(lambda: stage.focused() == "limit_900", "focus on the time")
    stage.key("Right", "Right", "Right", "Left")
    stage.until(lambda: stage.text_of("allow") == "Allow for 60 minutes", "an hour")
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE}), 3600))


def test_a_time_the_program_was_started_with_is_chosen_in_advance(stage: Stage) -> None:
    stage.window.limit_s = 20
    stage.show(SEE)
    stage.allow_is_open()
    assert stage.text_of("allow") == "Allow for 20 seconds"
    stage.find("limit_20").focus_force()
    stage.until(lambda: stage.focused() == "limit_20", "focus on the time")
    stage.key("Right", "Left")
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE}), 20))


@pytest.mark.parametrize("capability", [Capability.DIAGNOSTICS, Capability.CHAT, Capability.RECORDING])
def test_what_needs_no_time_limit_offers_none(stage: Stage, capability: Capability) -> None:
    stage.show(CustomerViewState(Page.SESSION, question=question(capability), bar=bar()))
    with pytest.raises(LocalError):
        stage.find("limit_900")
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({capability})))


FIRST_PLAN = dataclasses.replace(
    SEE, question=question(Capability.SEE, Capability.POINT, CONTROL, Capability.RECORDING, ticked=FIRST_TICKED)
)


def test_of_the_first_plan_only_seeing_is_ticked_and_a_yes_allows_no_more(stage: Stage) -> None:
    stage.show(FIRST_PLAN)
    assert "they can ask for it later" in stage.words()
    stage.allow_is_open()
    stage.key("alt+a")
    stage.called("answer", 7, Answer(FIRST_TICKED, 900))


def test_what_is_ticked_besides_is_allowed_and_a_recording_without_the_time(stage: Stage) -> None:
    stage.show(FIRST_PLAN)
    stage.click("tick_control")
    stage.click("tick_recording")
    stage.click("tick_point")
    stage.click("limit_300")
    stage.allow_is_open()
    stage.click("allow")
    allowed = frozenset({Capability.SEE, CONTROL, Capability.RECORDING})
    stage.called("answer", 7, Answer(allowed, 300, frozenset({Capability.RECORDING})))


def test_without_seeing_nothing_else_can_be_allowed(stage: Stage) -> None:
    stage.show(FIRST_PLAN)
    stage.click("tick_control")
    stage.click("tick_see")
    stage.until(lambda: "Without seeing your screen" in stage.words(), "the reason")
    stage.clock.now += 4.0
    stage.settle()
    stage.click("allow")
    stage.key("alt+a")
    stage.key("Escape")
    stage.called("answer", 7, NO)


def test_another_program_neither_ticks_nor_chooses_a_longer_time(stage: Stage) -> None:
    stage.show(FIRST_PLAN)
    for name in ("tick_control", "limit_0"):
        widget = stage.find(name)
        xdotool("mousemove", widget.winfo_rootx() + 12, widget.winfo_rooty() + 12)
        stage.settle()
        xdotool("click", 1)
        stage.until(lambda: "A program pressed that button" in stage.words(), "the refusal")
    stage.find("tick_control").focus_force()
    stage.until(lambda: stage.focused() == "tick_control", "focus on the box")
    xdotool("key", "space")
    stage.settle()
    stage.find("limit_900").focus_force()
    stage.until(lambda: stage.focused() == "limit_900", "focus on the time")
    xdotool("key", "Right", "space")
    stage.settle()
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(FIRST_TICKED, 900))


def test_of_a_plan_nothing_is_ticked_in_advance_and_nothing_ticked_is_no_yes(stage: Stage) -> None:
    stage.show(PLAN)
    stage.clock.now += 3.0
    stage.settle()
    stage.click("allow")
    stage.key("alt+a")
    stage.key("Escape")
    stage.called("answer", 7, NO)


def test_of_a_plan_exactly_what_is_ticked_is_allowed(stage: Stage) -> None:
    stage.show(PLAN)
    stage.click("tick_control")
    stage.click("tick_files_to_customer")
    stage.click("tick_control")
    stage.allow_is_open()
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({FILES}), 900))


def test_the_keyboard_ticks_too(stage: Stage) -> None:
    stage.show(PLAN)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    stage.find("tick_control").focus_force()
    stage.until(lambda: stage.focused() == "tick_control", "focus on the box")
    stage.key("space")
    stage.allow_is_open()
    stage.key("alt+a")
    stage.called("answer", 7, Answer(frozenset({CONTROL}), 900))


def test_another_program_cannot_say_yes_by_click_or_key(stage: Stage) -> None:
    stage.show(SEE)
    stage.allow_is_open()
    widget = stage.find("allow")
    xdotool("mousemove", widget.winfo_rootx() + 20, widget.winfo_rooty() + 15)
    stage.settle()
    xdotool("click", 1)
    stage.until(lambda: "A program pressed that button" in stage.words(), "the refusal")
    xdotool("key", "alt+a")
    stage.find("allow").focus_force()
    stage.until(lambda: stage.focused() == "allow", "focus on Allow")
    xdotool("key", "Return", "space")
    stage.settle()
    assert stage.intents.calls == []
    stage.click("allow")
    stage.called("answer", 7, Answer(frozenset({Capability.SEE}), 900))


def test_another_program_can_say_no(stage: Stage) -> None:
    stage.show(SEE)
    stage.until(lambda: stage.focused() == "deny", "focus on Do not allow")
    xdotool("key", "Return")
    stage.called("answer", 7, NO)


def test_a_page_that_is_covered_cannot_be_agreed_to_until_it_was_seen(stage: Stage) -> None:
    stage.show(SEE)
    cover = tk.Toplevel(stage.root)
    cover.overrideredirect(True)
    cover.geometry("1280x720+0+0")
    cover.lift()
    stage.settle()
    stage.clock.now += 10.0
    stage.until(lambda: "0:50" in stage.words(), "time to go by")
    assert "disabled" in stage.find("allow").state()  # type: ignore[attr-defined]
    cover.destroy()
    stage.settle()
    stage.clock.now += 0.9
    stage.until(lambda: "0:50" in stage.words(), "time to go by")
    assert "disabled" in stage.find("allow").state()  # type: ignore[attr-defined]
    stage.clock.now += 0.1
    stage.until(lambda: "disabled" not in stage.find("allow").state(), "Allow can be pressed")  # type: ignore[attr-defined]


def test_the_relay_stands_in_letters_as_large_as_the_organisation(stage: Stage) -> None:
    stage.show(dataclasses.replace(SEE, relay="https://support.example.org"))
    assert stage.text_of("host") == "support.example.org"
    page = stage.window._page
    assert page is not None
    assert str(stage.find("host").cget("font")) == str(page.theme.font(TextRole.ORGANISATION))


def test_other_programs_for_remote_control_are_named(stage: Stage) -> None:
    stage.show(dataclasses.replace(SEE, tools=("AnyDesk", "TeamViewer")))
    assert "AnyDesk, TeamViewer: also running here." in stage.words()
