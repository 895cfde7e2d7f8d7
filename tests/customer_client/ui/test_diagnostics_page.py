"""Facts are shown exactly as they would be sent, and only ticked ones go."""

import dataclasses
import tkinter as tk

import pytest
from customer_stage import DIAGNOSTICS, FACTS, Stage, fact

from protocol.messages.diagnostics import MAX_FACTS, FactStatus


def facts_text(stage: Stage) -> tk.Text:
    text = stage.find("facts")
    assert isinstance(text, tk.Text)
    return text


def visible(text: tk.Text) -> str:
    return str(text.tk.call(str(text), "get", "-displaychars", "1.0", "end"))


def disabled(stage: Stage, name: str) -> bool:
    return "disabled" in stage.find(name).state()  # type: ignore[attr-defined]


def click_row(stage: Stage, key: str) -> None:
    text = facts_text(stage)
    tag = stage.window._page._list.row_tags()[key]  # type: ignore[union-attr]
    box = text.bbox(text.tag_ranges(tag)[0])
    assert box is not None
    stage.click_at(text.winfo_rootx() + box[0] + 5, text.winfo_rooty() + box[1] + box[3] // 2)
    stage.settle()


def test_every_value_is_shown_as_it_will_be_sent(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    for part in ("Disks", "Network", "48.2 GB of 238.5 GB", "192.168.1.20", "9.9.9.9"):
        assert part in facts_text(stage).get("1.0", "end")


def test_a_fact_without_value_says_why_and_is_not_counted(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    assert "this computer did not allow reading it (needs administrator rights)" in stage.words()
    assert "3 of 3 facts are ticked." in stage.words()
    click_row(stage, "test.health")
    assert "3 of 3 facts are ticked." in stage.words()


def test_unticked_facts_stay_here(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    click_row(stage, "test.address")
    stage.until(lambda: "2 of 3" in stage.words(), "unticked")
    stage.click("send_facts")
    stage.called("send_diagnostics", frozenset({"test.free", "test.names"}))


def test_a_group_is_ticked_and_unticked_as_one(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    click_row(stage, "test.address")
    click_row(stage, "group:Network")
    stage.until(lambda: "3 of 3" in stage.words(), "all ticked")
    click_row(stage, "group:Network")
    stage.until(lambda: "1 of 3" in stage.words(), "group unticked")


def test_send_nothing_sends_nothing(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    stage.click("send_nothing")
    stage.called("decline_diagnostics")
    stage.click("send_facts")
    stage.settle()
    assert len(stage.intents.calls) == 1


def test_nothing_can_be_sent_while_facts_are_collected_or_drawn(stage: Stage) -> None:
    stage.show(dataclasses.replace(DIAGNOSTICS, collecting=True, facts=FACTS[:1]))
    assert disabled(stage, "send_facts")
    many = tuple(fact(f"number_{n}", "x" * 4000) for n in range(MAX_FACTS))
    stage.window.show(dataclasses.replace(DIAGNOSTICS, facts=many))
    assert disabled(stage, "send_facts")
    assert not disabled(stage, "send_nothing")
    stage.until(lambda: not disabled(stage, "send_facts"), "all facts drawn")
    assert facts_text(stage).get("1.0", "end").count("x" * 4000) == MAX_FACTS


def test_with_no_tick_left_there_is_nothing_to_send(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    click_row(stage, "group:Disks")
    click_row(stage, "group:Network")
    stage.until(lambda: disabled(stage, "send_facts"), "nothing to send")


def test_the_search_shows_matching_facts_and_forgets_no_tick(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    stage.until(lambda: stage.focused() == "search", "focus in the search field")
    stage.key("9", "period", "9")
    text = facts_text(stage)
    stage.until(lambda: "192.168.1.20" not in visible(text), "searched")
    assert "9.9.9.9" in visible(text)
    assert "Disks" not in visible(text)
    stage.click("send_facts")
    stage.called("send_diagnostics", frozenset({"test.free", "test.address", "test.names"}))


def test_the_list_works_with_the_keyboard_alone(stage: Stage) -> None:
    stage.show(DIAGNOSTICS)
    stage.until(lambda: stage.focused() == "search", "focus in the search field")
    stage.key("Tab")
    stage.until(lambda: stage.focused() == "facts", "focus in the list")
    stage.key("Down", "Down", "space")
    stage.until(lambda: "2 of 3" in stage.words(), "unticked")
    stage.key("Tab")
    stage.until(lambda: stage.focused() == "send_facts" or stage.focused() == "send_nothing", "focus on a button")


@pytest.mark.parametrize("status", [status for status in FactStatus if status is not FactStatus.OK])
def test_every_reason_has_words(stage: Stage, status: FactStatus) -> None:
    stage.show(dataclasses.replace(DIAGNOSTICS, facts=(fact("gone", status=status),)))
    assert "No value: " in stage.words()


def test_hidden_characters_in_a_value_are_written_out(stage: Stage) -> None:
    stage.show(dataclasses.replace(DIAGNOSTICS, facts=(fact("odd", "a\u202eb\x1b"),)))
    assert "a<U+202E>b␛" in facts_text(stage).get("1.0", "end")
