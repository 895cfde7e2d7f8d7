"""Another thread, or a signal, gets the GUI thread to act at once; an idle window does next to nothing."""

import os
import signal
import threading
import time

import pytest
from customer_stage import EVERY_PAGE, Recorder, Stage

from customer_client.ui.wake_up import WakeUp
from customer_client.ui.window import CustomerWindow

SEVERAL = 1000


def test_many_wake_ups_act_at_least_once_and_are_not_kept(stage: Stage) -> None:
    acted: list[int] = []
    wake_up = WakeUp(stage.root, lambda: acted.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: [wake_up.set() for _ in range(SEVERAL)])
    thread.start()
    thread.join()
    stage.until(lambda: bool(acted), "acting")
    stage.settle()
    assert set(acted) == {threading.get_ident()}
    assert len(acted) < SEVERAL / 10
    wake_up.close()


def test_after_closing_nothing_happens(stage: Stage) -> None:
    acted: list[int] = []
    wake_up = WakeUp(stage.root, lambda: acted.append(1))
    wake_up.close()
    wake_up.close()
    wake_up.set()
    stage.settle()
    assert acted == []


@pytest.mark.allow_error_logs
def test_what_the_act_raises_is_logged_and_the_next_wake_up_works(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    acted: list[int] = []

    def act() -> None:
        acted.append(1)
        if len(acted) == 1:
            raise ValueError("first")

    wake_up = WakeUp(stage.root, act)
    wake_up.set()
    stage.until(lambda: "error in the customer's window" in caplog.text, "a log line")
    wake_up.set()
    stage.until(lambda: len(acted) == 2, "acting again")
    wake_up.close()


def test_where_tk_cannot_wait_for_a_socket_it_looks_now_and_then(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutFileHandlers:
        """What `root.tk` is on Windows."""

        def __init__(self, tk: object) -> None:
            self._tk = tk

        def __getattr__(self, name: str) -> object:
            if name.endswith("filehandler"):
                raise AttributeError(name)
            return getattr(self._tk, name)

    monkeypatch.setattr(stage.root, "tk", WithoutFileHandlers(stage.root.tk))
    acted: list[int] = []
    wake_up = WakeUp(stage.root, lambda: acted.append(1))
    thread = threading.Thread(target=wake_up.set)
    thread.start()
    thread.join()
    stage.until(lambda: acted == [1], "acting")
    wake_up.close()
    monkeypatch.undo()


def test_a_signal_is_handled_while_the_window_has_nothing_to_do(screen: str) -> None:
    window = CustomerWindow(Recorder())
    handled: list[int] = []

    def handle(number: int, _frame: object) -> None:
        handled.append(number)
        window.close()

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        window._root.after(1, threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGUSR1)).start)
        window.run()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled == [signal.SIGUSR1]
    assert signal.set_wakeup_fd(-1) == -1


def test_what_another_thread_asks_for_happens_on_the_gui_thread_after_what_was_posted(stage: Stage) -> None:
    seen: list[tuple[int, bool]] = []

    def ask() -> None:
        stage.window.post(EVERY_PAGE["pin"])
        stage.window.call_soon(lambda: seen.append((threading.get_ident(), "493 027 158" in stage.words())))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    stage.until(lambda: bool(seen), "the call")
    assert seen == [(threading.get_ident(), True)]


def test_a_window_with_only_the_bar_wakes_a_few_times_a_second(stage: Stage) -> None:
    stage.show(EVERY_PAGE["session"])
    ticks: list[float] = []
    tick = stage.window._tick
    stage.window._tick = lambda: (ticks.append(time.monotonic()), tick())[1]  # type: ignore[method-assign]
    stage.until(lambda: len(ticks) >= 3, "three ticks")
    assert ticks[-1] - ticks[0] >= 1.9
