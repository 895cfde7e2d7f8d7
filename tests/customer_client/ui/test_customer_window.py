"""The window shows the newest state, whoever posts it, and closing it always means something safe."""

import threading
import time
import tkinter as tk

import pytest
from customer_stage import EVERY_PAGE, Recorder, Stage, bar, question

from customer_client.session.state import CustomerViewState, Page
from customer_client.ui.window import CustomerWindow
from protocol.errors import LocalError
from protocol.messages.consent import Capability

PIN = EVERY_PAGE["pin"]


def test_the_window_appears_with_the_first_state(stage: Stage) -> None:
    stage.show(EVERY_PAGE["route"])
    stage.until(lambda: bool(stage.window._main.winfo_viewable()), "window on screen")


def test_another_thread_switches_the_page(stage: Stage) -> None:
    stage.show(EVERY_PAGE["connecting"])
    thread = threading.Thread(target=stage.window.post, args=(PIN,))
    thread.start()
    thread.join()
    stage.until(lambda: "493 027 158" in stage.words(), "PIN page")
    assert stage.text_of("pin") == "493 027 158"


def test_of_several_waiting_states_only_the_newest_is_shown(stage: Stage) -> None:
    for page in ("connecting", "see", "pin"):
        stage.window.post(EVERY_PAGE[page])
    stage.until(lambda: stage.window._page is not None, "a page")
    assert stage.text_of("pin") == "493 027 158"


def test_run_returns_when_another_thread_closes_the_window(screen: str) -> None:
    window = CustomerWindow(Recorder())
    window.post(PIN)
    thread = threading.Thread(target=window.close)
    window._root.after(1, thread.start)
    window.run()
    thread.join()
    window.close()


def test_closing_the_window_before_a_session_quits(stage: Stage) -> None:
    stage.show(PIN)
    stage.root.tk.call(*stage.root.tk.splitlist(stage.root.tk.call("wm", "protocol", ".main", "WM_DELETE_WINDOW")))
    assert stage.intents.calls == [("quit",)]


def test_closing_a_question_during_a_session_stops_the_session(stage: Stage) -> None:
    stage.show(EVERY_PAGE["control"])
    stage.root.tk.call(*stage.root.tk.splitlist(stage.root.tk.call("wm", "protocol", ".main", "WM_DELETE_WINDOW")))
    assert stage.intents.calls == [("stop",)]


def test_the_close_button_quits(stage: Stage) -> None:
    stage.show(EVERY_PAGE["ended"])
    stage.click("close")
    stage.called("quit")


def test_a_question_in_a_session_shows_page_and_bar_together(stage: Stage) -> None:
    stage.show(EVERY_PAGE["session"])
    assert not stage.window._main.winfo_viewable()
    stage.show(EVERY_PAGE["control"])
    assert stage.find("deny").winfo_viewable()
    assert stage.find("stop").winfo_viewable()
    page, shown = stage.window._main, stage.window._bar
    assert shown is not None
    assert page.winfo_rooty() >= shown.winfo_rooty() + shown.winfo_height()
    stage.show(EVERY_PAGE["session"])
    assert not stage.window._main.winfo_viewable()


def test_the_bar_goes_with_the_session(stage: Stage) -> None:
    stage.show(EVERY_PAGE["session"])
    stage.show(EVERY_PAGE["ended"])
    with pytest.raises(LocalError):
        stage.find("stop")


@pytest.mark.parametrize("page", [Page.CONSENT, Page.SESSION])
def test_a_state_that_lacks_its_content_is_refused(stage: Stage, page: Page) -> None:
    with pytest.raises(LocalError):
        stage.show(CustomerViewState(page))


@pytest.mark.allow_error_logs
def test_an_error_in_a_callback_is_logged_and_the_window_lives_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.window.post(CustomerViewState(Page.CONSENT))
    stage.until(lambda: bool(caplog.records), "a log line")
    assert "error in the customer's window" in caplog.text
    stage.window.post(PIN)
    stage.until(lambda: "493 027 158" in stage.words(), "PIN page")


def test_alt_s_stops_even_while_a_question_is_open(stage: Stage) -> None:
    stage.show(EVERY_PAGE["control"])
    stage.until(lambda: stage.focused() == "deny", "focus")
    stage.key("alt+s")
    stage.called("stop")


def test_posting_from_many_threads_loses_no_last_state(stage: Stage) -> None:
    threads = [threading.Thread(target=stage.window.post, args=(state,)) for state in EVERY_PAGE.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.window.post(CustomerViewState(Page.CONSENT, question=question(Capability.SEE, id=99)))
    stage.until(lambda: stage.window._page_key == (Page.CONSENT, 99), "the last state")


def test_the_real_clock_is_the_default(screen: str) -> None:
    window = CustomerWindow(Recorder())
    window.show(CustomerViewState(Page.SESSION, bar=bar(started=time.monotonic() - 125)))
    assert window._bar is not None
    assert "2 min" in str(window._bar._allowed.cget("text"))
    window.close()
    window.run()


def test_other_programs_can_run_nothing_in_the_window(stage: Stage) -> None:
    """Tk has a command by which any program of the same desktop runs commands in another one's window."""
    other = tk.Tk()
    try:
        stage.show(EVERY_PAGE["see"])
        stage.clock.now += 5.0
        stage.settle()
        assert stage.root.tk.call("tk", "appname") not in other.winfo_interps()
    finally:
        other.destroy()
