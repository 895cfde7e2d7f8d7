"""While somebody sees the screen, the bar says so, stays on top and stops at one click."""

import tkinter as tk

import pytest
from customer_stage import Stage, bar, xdotool

from customer_client.session.state import Bar, CustomerViewState, Page
from customer_client.ui.bar import allowed_words, duration_words
from protocol.errors import LocalError
from protocol.messages.consent import Capability

SEE, CONTROL = Capability.SEE, Capability.CONTROL


def session(**changes: object) -> CustomerViewState:
    return CustomerViewState(Page.SESSION, bar=bar(SEE, **changes))


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (bar(SEE), "Can see your screen, can not control it"),
        (bar(SEE, CONTROL), "Can see and control your computer"),
        (bar(SEE, CONTROL, paused=True), "Paused. They see nothing."),
        (bar(allowed=frozenset()), "Can see nothing now"),
        (bar(SEE, CONTROL, unheard=True), "Interrupted. They see nothing new and can do nothing."),
        (bar(SEE, paused=True, unheard=True), "Paused. They see nothing."),
    ],
)
def test_the_bar_says_what_is_allowed_now(shown: Bar, words: str) -> None:
    assert allowed_words(shown) == words


def test_a_click_on_stop_stops(stage: Stage) -> None:
    stage.show(session())
    stage.click("stop")
    stage.called("stop")


def test_stop_stays_usable_after_it_was_pressed(stage: Stage) -> None:
    stage.show(session())
    stage.click("stop")
    stage.called("stop")
    stage.click("stop")
    stage.until(lambda: stage.intents.calls == [("stop",)] * 2, "second stop")


def test_pause_becomes_continue(stage: Stage) -> None:
    stage.show(session())
    stage.click("pause")
    stage.called("pause")
    stage.show(session(paused=True))
    with pytest.raises(LocalError):
        stage.find("pause")
    stage.click("continue")
    stage.until(lambda: len(stage.intents.calls) == 2, "continue")
    assert stage.intents.calls[1] == ("resume",)


def test_control_can_be_taken_back_only_when_it_was_given(stage: Stage) -> None:
    stage.show(session())
    with pytest.raises(LocalError):
        stage.find("take_back")
    stage.show(session(allowed=frozenset({SEE, CONTROL})))
    stage.click("take_back")
    stage.called("take_back", CONTROL)


def test_the_time_runs_in_minutes(stage: Stage) -> None:
    stage.show(session())
    assert "Sharing for less than 1 min" in stage.words()
    stage.clock.now += 187.9
    stage.until(lambda: "Sharing for 3 min" in stage.words(), "time")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1.0, "less than 1 min"),
        (59.9, "less than 1 min"),
        (60.0, "1 min"),
        (3599.0, "59 min"),
        (3600.0, "1 h 0 min"),
        (7500.0, "2 h 5 min"),
    ],
)
def test_a_duration_is_told_in_whole_minutes(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_the_bar_stands_still_within_a_minute(stage: Stage) -> None:
    stage.show(session())
    shown = stage.window._bar
    assert shown is not None
    stage.clock.now += 61.0
    shown.tick(stage.clock.now)
    stage.settle()
    before = stage.words()
    redrawn: list[tk.Event[tk.Misc]] = []
    shown._allowed.bind("<Expose>", redrawn.append)
    for _ in range(58):
        stage.clock.now += 1.0
        shown.tick(stage.clock.now)
        stage.settle()
    assert stage.words() == before
    assert redrawn == []


def test_while_paused_no_sharing_time_is_told(stage: Stage) -> None:
    stage.show(session(paused=True))
    assert "Sharing for" not in stage.words()


def test_the_bar_says_who_and_what_happened(stage: Stage) -> None:
    stage.show(session(notice="You moved your mouse, so Anna has to wait."))
    assert "Anna Weber, Example IT Services Ltd" in stage.words()
    assert "You moved your mouse, so Anna has to wait." in stage.words()


def test_the_bar_sits_at_the_top_centre_at_any_width(stage: Stage) -> None:
    for allowed in ({SEE}, {SEE, CONTROL}, {SEE}):
        stage.show(session(allowed=frozenset(allowed)))
        shown = stage.window._bar
        assert shown is not None
        stage.until(lambda shown=shown: abs(_middle(shown) - 640) <= 1, "centred")  # type: ignore[misc]
        assert shown.winfo_rooty() == 0


def test_the_bar_comes_back_when_something_covers_it(stage: Stage) -> None:
    stage.show(session())
    stop = stage.find("stop")
    cover = tk.Toplevel(stage.root)
    cover.overrideredirect(True)
    cover.geometry("1280x200+0+0")
    stage.until(lambda: bool(cover.winfo_viewable()), "cover on screen")
    cover.lift()
    x, y = stop.winfo_rootx() + 20, stop.winfo_rooty() + 20
    xdotool("mousemove", x, y)
    shown = stage.window._bar
    assert shown is not None
    stage.until(lambda: _window_at_pointer() in _windows(shown), "bar on top")
    stage.click("stop")
    stage.called("stop")


def test_the_bar_can_be_dragged_but_not_off_the_screen(stage: Stage) -> None:
    stage.show(session())
    shown = stage.window._bar
    assert shown is not None
    x, y = shown.winfo_rootx() + 30, shown.winfo_rooty() + 10
    xdotool("mousemove", x, y, "mousedown", 1)
    stage.settle()
    xdotool("mousemove", x + 60, y + 300)
    stage.until(lambda: shown.winfo_rooty() == 300, "dragged")
    xdotool("mousemove", 1279, 719)
    stage.until(lambda: shown.winfo_rooty() + shown.winfo_height() == 720, "at the edge")
    xdotool("mouseup", 1)
    stage.settle()
    assert shown.winfo_rootx() + shown.winfo_width() <= 1280
    stage.show(session(notice="Something changed."))
    assert shown.winfo_rooty() > 500, "it stays where the customer put it"


def test_the_keyboard_reaches_every_button_of_the_bar_in_order(stage: Stage) -> None:
    stage.show(session(allowed=frozenset({SEE, CONTROL})))
    shown = stage.window._bar
    assert shown is not None
    stage.click_at(shown.winfo_rootx() + 30, shown.winfo_rooty() + 10)
    stage.until(lambda: stage.root.focus_get() is shown, "the bar has the keyboard")
    for name in ("take_back", "permissions", "pause", "stop"):
        stage.key("Tab")
        stage.until(lambda name=name: stage.focused() == name, name)  # type: ignore[misc]
    stage.key("Return")
    stage.called("stop")


def _middle(shown: tk.Toplevel) -> int:
    return shown.winfo_rootx() + shown.winfo_width() // 2


def _windows(widget: tk.Misc) -> set[int]:
    return {widget.winfo_id()}.union(*(_windows(child) for child in widget.winfo_children()))


def _window_at_pointer() -> int:
    found = dict(line.split("=") for line in xdotool("getmouselocation", "--shell").split())
    return int(found["WINDOW"])


def test_the_list_names_all_that_is_allowed_and_takes_back_one_by_one(stage: Stage) -> None:
    files = Capability.FILES_TO_CUSTOMER
    allowed = frozenset({SEE, CONTROL, files})
    stage.show(session(allowed=allowed, until={files: stage.clock.now + 61.0}))
    with pytest.raises(LocalError):
        stage.find("end_control")
    stage.click("permissions")
    stage.until(lambda: "Send you files" in stage.words(), "the list")
    assert "2 min left" in stage.words()
    stage.clock.now += 60.5
    stage.until(lambda: "1 min left" in stage.words(), "the time left")
    stage.click("end_files_to_customer")
    stage.called("take_back", files)
    stage.show(session(allowed=frozenset({SEE})))
    assert "Send you files" not in stage.words(), "the list shows what is live, not what was"
    stage.click("permissions")
    stage.until(lambda: "Take back" not in stage.words(), "closing the list")


def test_no_list_is_wider_than_the_bar_can_become(stage: Stage) -> None:
    everything = frozenset(Capability)
    stage.show(session(allowed=everything, until=dict.fromkeys(everything, stage.clock.now + 5000.0)))
    shown = stage.window._bar
    assert shown is not None
    narrow = shown.winfo_reqwidth()
    stage.click("permissions")
    stage.until(lambda: "Write to you" in stage.words(), "the list")
    assert shown.winfo_reqwidth() == narrow
