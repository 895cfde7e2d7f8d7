"""Remote input on a real X server: gated, released, interrupted, and never in a window of our own."""

import subprocess
import sys
import threading
import time

import pytest
from Xlib import X

from customer_client.capture.source import Display
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.session.remote_input import RemoteInput
from demo.virtual_display import virtual_display
from protocol.channels import INPUT, POINTER
from protocol.messages.base import encode
from protocol.messages.input import AllReleased, Button, ButtonChanged, KeyChanged, PointerMoved, TextTyped
from tests.support.x11_window import NotingWindow

SOMEBODY_ELSE = 1
RARE = "".join(chr(0x4E00 + number) for number in range(64))
"""Many more characters than there are spare keycodes: typing them takes about a second."""

OTHER_PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from tests.support.x11_window import NotingWindow
window = NotingWindow({name!r})
print("shown", flush=True)
print(window.typed(1), flush=True)
"""


class Stage:
    def __init__(self, name: str, process_id: int | None = SOMEBODY_ELSE) -> None:
        self.injector = X11Injector(
            lambda: Display("test", 0, 0, 400, 300, primary=True),
            InjectionLedger(),
            display_name=name,
            own_process_id=process_id,
        )
        self.watched = True
        self.input = RemoteInput(self.injector, watched=lambda: self.watched)
        self.input.grant()

    def send(self, *messages) -> None:
        for message in messages:
            self.input.arrived(POINTER if isinstance(message, PointerMoved) else INPUT, encode(message))


@pytest.fixture
def name():
    with virtual_display(400, 300) as display_name:
        yield display_name


@pytest.fixture
def window(name):
    made = NotingWindow(name)
    yield made
    made.close()


@pytest.fixture
def stage(name):
    made = Stage(name)
    yield made
    made.input.close()


def test_keys_wait_behind_text_that_takes_a_while(stage, window):
    got = []
    reader = threading.Thread(target=lambda: got.append(window.typed(len(RARE) + 2)))
    reader.start()
    stage.send(TextTyped(text="a"), TextTyped(text=RARE), TextTyped(text="b"))
    reader.join(20)
    assert got == ["a" + RARE + "b"]


@pytest.mark.parametrize("closing", ["pause", "revoke", "local_activity", "forbid", "release_all"])
def test_closing_the_gate_interrupts_text_at_once(stage, window, closing):
    stage.send(TextTyped(text=RARE), TextTyped(text=RARE), KeyChanged(code="ShiftLeft", down=True))
    begun = time.monotonic()
    getattr(stage.input, closing)()
    assert time.monotonic() - begun < 0.15
    assert stage.injector.held() == frozenset()
    summary = stage.input.summary() or {}
    assert summary.get("keys", 0) == 0
    assert summary["refused"] >= 1


def test_after_an_interruption_text_is_typed_again(stage, window):
    stage.send(TextTyped(text=RARE))
    stage.send(AllReleased(), TextTyped(text="z"))
    text = ""
    while not text.endswith("z"):
        text += window.typed(1)
    assert len(text) < len(RARE) + 1


def test_a_summary_does_not_wait_for_text_that_is_being_typed(stage, window, monkeypatch):
    typing, typed = threading.Event(), threading.Event()

    def type_slowly(text):
        typing.set()
        typed.wait(20)

    monkeypatch.setattr(stage.injector, "text", type_slowly)
    stage.send(KeyChanged(code="ControlLeft", down=True), TextTyped(text=RARE))
    assert typing.wait(20)
    assert stage.input.summary() == {"keys": 1}
    typed.set()
    stage.input.revoke()
    assert stage.input.summary() == {"characters": len(RARE)}


def test_a_link_that_is_silent_releases_what_is_held(stage, window):
    stage.send(KeyChanged(code="ControlLeft", down=True), ButtonChanged(Button.PRIMARY, True, 9, 9))
    stage.input.link_changed(False)
    assert stage.injector.held() == frozenset()
    stage.send(KeyChanged(code="KeyA", down=True))
    assert stage.injector.held() == frozenset()


def test_nothing_is_applied_while_nobody_watches_over_held_keys(stage, window):
    stage.watched = False
    stage.send(KeyChanged(code="ControlLeft", down=True), PointerMoved(0, 9, 9))
    assert stage.injector.held() == frozenset()
    assert stage.input.summary() == {"refused": 2}
    stage.watched = True
    stage.send(KeyChanged(code="ControlLeft", down=True))
    assert stage.injector.held() == {"ControlLeft"}


def test_a_question_to_the_customer_stops_all_input(stage, window):
    stage.input.asking_changed(True)
    stage.send(TextTyped(text="y"), KeyChanged(code="Enter", down=True), PointerMoved(1, 5, 5))
    assert window.nothing_waits()
    assert stage.input.summary() == {"refused": 3}


def test_text_that_would_take_a_while_is_refused_at_once_and_nothing_waits_behind_it(stage, window):
    stage.input.asking_changed(True)
    stage.send(TextTyped(text=RARE), KeyChanged(code="Enter", down=True), PointerMoved(1, 5, 5))
    assert stage.input.summary() == {"refused": 3}
    assert window.nothing_waits()


def test_nothing_is_pressed_or_typed_in_a_window_of_our_own(name, window):
    stage = Stage(name, process_id=None)
    stage.send(KeyChanged(code="Enter", down=True), TextTyped(text="yes"), ButtonChanged(Button.PRIMARY, True, 9, 9))
    assert window.nothing_waits()
    assert stage.injector.held() == frozenset()
    assert stage.injector.dropped().own_window == 5
    stage.send(PointerMoved(1, 65535, 65535))
    window.events(1, X.MotionNotify)
    stage.input.close()


def test_a_window_of_another_program_is_typed_into(name, pytestconfig):
    program = OTHER_PROGRAM.format(root=str(pytestconfig.rootpath), name=name)
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "shown\n"
        stage = Stage(name, process_id=None)
        stage.send(TextTyped(text="k"))
        assert other.stdout.readline() == "k\n"
        stage.input.close()
    finally:
        other.kill()
        other.communicate()
