"""The first page takes a code by keyboard or mouse, and says kindly when it can not be one."""

import pytest
from customer_stage import EVERY_PAGE, Stage, xdotool

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.route_page import looks_like_route


@pytest.mark.parametrize("text", ["K7QF-2MXP-PBCC", "k7qf 2mxp pbcc", "123456", " 123 456 ", "K7QF–2MXP–PBCC"])
def test_codes_are_recognised_however_they_are_grouped(text: str) -> None:
    assert looks_like_route(text)


@pytest.mark.parametrize(
    "text", ["", "12345", "ABCDEF", "K7QF-2MXP-PBC", "K7QF-2MXP-PBCÇ", "１２３４５６", "K7QF/2MXP/PBCC"]
)
def test_other_text_is_not_taken_for_a_code(text: str) -> None:
    assert not looks_like_route(text)


def test_typing_a_code_and_enter_continues(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.ROUTE))
    stage.until(lambda: stage.focused() == "route_entry", "focus in the field")
    xdotool("type", "--delay", 2, "K7QF-2MXP-PBCC")
    stage.key("Return")
    stage.called("enter_route", "K7QF-2MXP-PBCC")


def test_a_code_that_is_already_known_needs_one_click(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.ROUTE, route="123 456"))
    stage.click("route_continue")
    stage.called("enter_route", "123 456")


def test_a_code_of_the_wrong_length_is_explained_and_not_sent(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.ROUTE, route="123"))
    stage.key("Return")
    stage.until(lambda: "Please check it." in stage.words(), "explanation")
    assert stage.intents.calls == []


def test_a_refused_code_can_be_typed_again_with_the_reason_in_sight(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.ROUTE))
    stage.until(lambda: stage.focused() == "route_entry", "focus in the field")
    xdotool("type", "--delay", 2, "654321")
    stage.show(EVERY_PAGE["route"])
    assert "This code is not open any more." in stage.words()
    assert stage.find("route_entry").get() == "654321"  # type: ignore[attr-defined]


def test_tab_goes_from_the_field_to_continue(stage: Stage) -> None:
    stage.show(EVERY_PAGE["route"])
    stage.until(lambda: stage.focused() == "route_entry", "focus in the field")
    stage.key("Tab")
    stage.until(lambda: stage.focused() == "route_continue", "focus on Continue")


def test_the_page_warns_of_strangers_and_names_the_relay(stage: Stage) -> None:
    stage.show(EVERY_PAGE["route"])
    assert "scam" in stage.words()
    assert "support.example.org" in stage.words()
