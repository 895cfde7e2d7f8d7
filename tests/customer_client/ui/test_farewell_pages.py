"""The last pages: receipt, survey and report, pressed with a real mouse and keyboard."""

import dataclasses
from pathlib import Path

import pytest
from customer_stage import Stage

from customer_client.session.farewell_state import FarewellShown, Sending
from customer_client.session.state import CustomerViewState, Page

OPEN = FarewellShown(changes=("1 program new: anydesk 6.",), kept=("All was removed.",), can_save=True, can_tell=True)
ENDED = CustomerViewState(Page.ENDED, text="You ended it.", summary=("They saw your screen.",), farewell=OPEN)
REPORT = dataclasses.replace(ENDED, page=Page.REPORT)


def test_the_page_says_what_was_done_what_changed_and_what_is_left(stage: Stage) -> None:
    stage.show(ENDED)
    words = stage.words()
    for line in ("They saw your screen.", "1 program new: anydesk 6.", "All was removed."):
        assert line in words
    assert stage.focused() == "close"


def test_without_a_session_there_is_nothing_to_save_or_report(stage: Stage) -> None:
    stage.show(dataclasses.replace(ENDED, farewell=None))
    words = stage.words()
    assert "receipt" not in words
    assert "How was it?" not in words


def test_stars_and_words_are_sent_once_and_survive_a_page_that_grows(stage: Stage) -> None:
    stage.show(ENDED)
    assert "disabled" in stage.find("send_survey").state()  # type: ignore[attr-defined]
    stage.click("star4")
    stage.until(lambda: stage.text_of("survey_word") == "good", "the word for four stars")
    stage.show(dataclasses.replace(ENDED, farewell=dataclasses.replace(OPEN, kept=("Line of text. " * 20,) * 4)))
    assert stage.text_of("survey_word") == "good"
    stage.click("send_survey")
    stage.until(lambda: bool(stage.intents.calls), "the answer")
    assert stage.intents.calls == [("farewell.answer_survey", 4, "")]
    stage.show(dataclasses.replace(ENDED, farewell=dataclasses.replace(OPEN, survey=Sending.SENT)))
    assert stage.text_of("survey_word") == "Thank you. Your answer was sent."


def test_a_report_needs_words_and_leaves_with_them(stage: Stage) -> None:
    stage.show(REPORT)
    assert stage.focused() == "report_text"
    stage.click("send_report")
    stage.until(lambda: "Please write a few words first." in stage.words(), "the hint")
    stage.find("report_text").insert("1.0", "They wanted money.")  # type: ignore[attr-defined]
    stage.click("send_report")
    stage.until(lambda: bool(stage.intents.calls), "the report")
    assert stage.intents.calls == [("farewell.report", "They wanted money.")]
    stage.show(dataclasses.replace(REPORT, farewell=dataclasses.replace(OPEN, report=Sending.SENT)))
    assert "disabled" in stage.find("send_report").state()  # type: ignore[attr-defined]
    stage.click("report_back")
    stage.until(lambda: len(stage.intents.calls) == 2, "the way back")
    assert stage.intents.calls[-1] == ("farewell.open_report", False)


@pytest.mark.parametrize("chosen", [Path("/somewhere/a.dsaudit"), None])
def test_the_receipt_goes_where_the_customer_says(
    stage: Stage, chosen: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.show(ENDED)
    monkeypatch.setattr(stage.window._page, "_choose", lambda parent, name: chosen)
    stage.click("save_receipt")
    stage.settle()
    if chosen is not None:
        stage.until(lambda: bool(stage.intents.calls), "the wish")
    assert stage.intents.calls == ([("farewell.save_receipt", chosen)] if chosen else [])
