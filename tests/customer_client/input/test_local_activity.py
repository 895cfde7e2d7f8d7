import gc
import os
import random
import subprocess
import threading

import pytest
from Xlib import X

from customer_client.capture.source import Display
from customer_client.input.choose import choose_local_activity
from customer_client.input.injector import DroppedInput
from customer_client.input.ledger import EventKind, InjectionLedger
from customer_client.input.x11_injector import X11Injector
from demo.virtual_display import virtual_display
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button
from tests.support.x11_window import NotingWindow

WIDTH, HEIGHT = 800, 600
DEADLINE_S = 10.0


@pytest.fixture
def name():
    with virtual_display(WIDTH, HEIGHT) as display_name:
        yield display_name


F9 = 75


class RecordingLedger(InjectionLedger):
    """Notes what it did not know, and when the customer's marker key was reported."""

    def __init__(self):
        super().__init__()
        self.foreign = []
        self.marker_seen = threading.Event()

    def is_ours(self, kind, detail, now):
        ours = super().is_ours(kind, detail, now)
        if not ours:
            self.foreign.append((kind, detail))
            if (kind, detail) == (EventKind.KEY_UP, F9):
                self.marker_seen.set()
        return ours


class Watched:
    """An injector and a watcher on one display; `local` counts the customer's events."""

    def __init__(self, name):
        self.name = name
        self.local = 0
        self.noticed = threading.Event()
        self.lost = threading.Event()
        self.ledger = ledger = RecordingLedger()
        self.watcher = choose_local_activity(ledger, self._count, on_lost=self.lost.set, display_name=name)
        shared = Display("d", 0, 0, WIDTH, HEIGHT, primary=True)
        self.injector = X11Injector(
            lambda: shared, ledger, display_name=name, max_events_per_s=1_000_000, own_process_id=1
        )

    def _count(self):
        self.local += 1
        self.noticed.set()

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *arguments], env={**os.environ, "DISPLAY": self.name}, check=True, timeout=20)

    def taken_for_the_customers(self):
        """Return the events so far that did not count as ours, once all of them were reported."""
        self.xdotool("key", "F9")
        assert self.ledger.marker_seen.wait(DEADLINE_S)
        return [event for event in self.ledger.foreign if event[1] != F9]

    def close(self):
        self.injector.close()
        self.watcher.stop()


@pytest.fixture
def watched(name):
    made = Watched(name)
    yield made
    made.close()


@pytest.mark.parametrize(
    "arguments",
    [("mousemove", "300", "200"), ("click", "1"), ("key", "a"), ("mousemove_relative", "3", "4"), ("click", "5")],
)
def test_what_the_customer_does_is_noticed(watched, arguments):
    watched.xdotool(*arguments)
    assert watched.noticed.wait(DEADLINE_S)


def test_thousands_of_injected_events_never_count_as_local(watched):
    choose = random.Random(5)
    injected = 0
    while injected < 4000:
        injected += _inject_something(watched.injector, choose)
    assert watched.taken_for_the_customers() == []
    assert watched.injector.dropped() == DroppedInput()


def _inject_something(injector, choose):
    x, y = choose.randrange(65536), choose.randrange(65536)
    kind = choose.randrange(5)
    if kind == 0:
        code = choose.choice(["KeyA", "Digit5", "ArrowUp", "ShiftLeft", "Numpad3"])
        injector.key(code, True)
        injector.key(code, False)
        return 2
    if kind == 1:
        button = choose.choice(list(Button))
        injector.button(button, True, x, y)
        injector.button(button, False, x, y)
        return 4
    if kind == 2:
        injector.wheel(120 * choose.choice([-1, 1]), 240, x, y)
        return 7
    if kind == 3:
        injector.text(choose.choice(["ab", "Zz!", "Größe"]))
        return 8
    injector.move(x, y)
    return 1


def test_mixed_with_injected_events_the_customers_are_noticed_each_time(watched):
    choose = random.Random(6)
    for number in range(20):
        for _ in range(50):
            _inject_something(watched.injector, choose)
        watched.noticed.clear()
        watched.xdotool("mousemove", str(10 + number), "7", "key", "F8")
        assert watched.noticed.wait(DEADLINE_S)
    seen = watched.local
    assert 20 <= seen <= 60


def test_a_key_held_for_the_technician_repeats_without_counting_as_local(watched, name):
    window = NotingWindow(name)
    watched.injector.key("KeyA", True)
    presses = window.events(6, X.KeyPress)
    assert {event.detail for event in presses} == {38}
    watched.injector.key("KeyA", False)
    assert watched.taken_for_the_customers() == []
    window.close()


def test_stop_ends_the_thread_and_can_be_repeated(name):
    watcher = choose_local_activity(InjectionLedger(), lambda: None, display_name=name)
    assert watcher.watching
    watcher.stop()
    watcher.stop()
    assert not watcher.watching
    assert "local-activity" not in {thread.name for thread in threading.enumerate()}


def test_losing_the_display_is_told():
    lost = threading.Event()
    with virtual_display(100, 100) as name:
        watcher = choose_local_activity(InjectionLedger(), lambda: None, on_lost=lost.set, display_name=name)
    assert lost.wait(DEADLINE_S)
    watcher.stop()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # python-xlib leaves them when it cannot connect
def test_without_a_display_there_is_no_watcher():
    with pytest.raises(EnvironmentFault) as fault:
        choose_local_activity(InjectionLedger(), lambda: None, display_name=":9876")
    assert fault.value.code == "display_gone"
    del fault
    gc.collect()
