"""Where no support server is built in: its domain is the largest on the page, and only hands say that it is right."""

import tkinter as tk
from tkinter import font

import pytest
from customer_stage import EVERY_PAGE, Stage, xdotool

from customer_client.session.state import CustomerViewState, Page
from customer_client.session.troubles import Again

CONFIRM, LONG, TYPING = EVERY_PAGE["relay"], EVERY_PAGE["relay-long"], EVERY_PAGE["relay-typing"]


def text_heights(widget: tk.Misc) -> dict[str, int]:
    """The height of the type of every text below `widget`, by the widget's name."""
    found = {}
    for child in widget.winfo_children():
        if isinstance(child, tk.Label) and child.cget("text"):
            found[child.winfo_name()] = font.Font(child, font=child.cget("font")).metrics("linespace")
        found |= text_heights(child)
    return found


@pytest.mark.parametrize("state", [CONFIRM, LONG])
def test_the_domain_is_whole_and_larger_than_everything_else(stage: Stage, state: CustomerViewState) -> None:
    stage.show(state)
    assert stage.text_of("domain") == state.relay_asked.domain
    heights = text_heights(stage.window._main)
    domain = heights.pop("domain")
    assert domain > max(heights.values())


def test_enter_and_other_programs_do_not_confirm_it_and_hands_do(stage: Stage) -> None:
    stage.show(CONFIRM)
    stage.key("Return", "space")
    stage.find("relay_yes").event_generate("<Button-1>")
    stage.find("relay_yes").event_generate("<ButtonRelease-1>")
    stage.settle()
    assert stage.intents.calls == []
    stage.click("relay_yes")
    stage.called("relay.confirm")


def test_another_address_can_be_typed_and_a_slip_is_explained(stage: Stage) -> None:
    stage.show(CONFIRM)
    stage.click("relay_other")
    stage.called("relay.other")
    stage.intents.calls.clear()
    stage.show(TYPING)
    assert "That is not an address." in stage.words()
    stage.until(lambda: stage.focused() == "relay_entry", "focus in the field")
    stage.key("Return")
    xdotool("type", "--delay", 2, "help.example.org")
    stage.key("Return")
    stage.called("relay.name", "help.example.org")


@pytest.mark.parametrize(("again", "words"), [(Again.SAME_CODE, "Try again"), (Again.OTHER_CODE, "Type another code")])
def test_the_problem_page_goes_on_where_that_may_help(stage: Stage, again: Again, words: str) -> None:
    stage.show(CustomerViewState(Page.PROBLEM, again=again))
    assert words in stage.words()
    stage.click("again")
    stage.called("begin_again")
    stage.show(CustomerViewState(Page.PROBLEM))
    assert words not in stage.words()
