"""Presses of the display's own mouse and keyboard count; what programs inject or send does not."""

from collections.abc import Iterator
from typing import Any

import pytest
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest
from Xlib.protocol.event import ButtonPress

from customer_client.protection.hands import Act, Press
from customer_client.protection.x11_hands import X11Hands
from demo.device_input import DeviceInput
from demo.virtual_display import virtual_display
from tests.support.x11_window import NotingWindow


class Stage:
    def __init__(self, name: str) -> None:
        self.hands = X11Hands(name)
        self.display = Display(name)
        self.device = DeviceInput(self.display)
        self.window = NotingWindow(name)

    def key(self) -> int:
        return int(self.display.keysym_to_keycode(XK.XK_Return))

    def event(self, *kinds: int) -> Any:
        self.display.sync()
        (event,) = self.window.events(1, *kinds)
        return event

    def close(self) -> None:
        self.hands.close()
        self.display.close()
        self.window.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with virtual_display(320, 240) as name:
        stage = Stage(name)
        yield stage
        stage.close()


def test_a_click_of_the_mouse_counts(stage: Stage) -> None:
    stage.device.button(1, True)
    assert stage.hands.made(Press(Act.BUTTON, stage.event(X.ButtonPress).time))
    stage.device.button(1, False)
    assert stage.hands.made(Press(Act.BUTTON_UP, stage.event(X.ButtonRelease).time))


def test_a_key_counts(stage: Stage) -> None:
    stage.device.key(stage.key(), True)
    stage.device.key(stage.key(), False)
    assert stage.hands.made(Press(Act.KEY, stage.event(X.KeyPress).time))


def test_what_another_program_presses_does_not_count(stage: Stage) -> None:
    xtest.fake_input(stage.display, X.ButtonPress, 1)
    xtest.fake_input(stage.display, X.ButtonRelease, 1)
    press, release = stage.event(X.ButtonPress), stage.event(X.ButtonRelease)
    assert not stage.hands.made(Press(Act.BUTTON, press.time))
    assert not stage.hands.made(Press(Act.BUTTON_UP, release.time))
    xtest.fake_input(stage.display, X.KeyPress, stage.key())
    xtest.fake_input(stage.display, X.KeyRelease, stage.key())
    assert not stage.hands.made(Press(Act.KEY, stage.event(X.KeyPress).time))


def test_what_another_program_sends_to_a_window_does_not_count(stage: Stage) -> None:
    stage.device.button(1, True)
    genuine = stage.event(X.ButtonPress)
    assert not stage.hands.made(Press(Act.BUTTON, genuine.time, sent=True))
    forged = ButtonPress(
        time=genuine.time + 1000,
        root=genuine.root,
        window=genuine.window,
        same_screen=1,
        child=X.NONE,
        root_x=1,
        root_y=1,
        event_x=1,
        event_y=1,
        state=0,
        detail=1,
    )
    stage.display.create_resource_object("window", genuine.window.id).send_event(forged, event_mask=X.ButtonPressMask)
    sent = stage.event(X.ButtonPress)
    assert not stage.hands.made(Press(Act.BUTTON, sent.time))


def test_a_press_nobody_told_of_does_not_count(stage: Stage) -> None:
    assert not stage.hands.made(Press(Act.BUTTON, 12345))


def test_when_the_display_is_gone_nothing_counts() -> None:
    with virtual_display(320, 240) as name:
        hands = X11Hands(name)
    assert not hands.made(Press(Act.KEY, 1))
    hands.close()


def test_a_key_that_is_held_down_repeats_and_is_neither_pressed_again_nor_anybodys_fault(stage: Stage) -> None:
    stage.device.key(stage.key(), True)
    first = stage.event(X.KeyPress)
    assert stage.hands.made(Press(Act.KEY, first.time, code=stage.key()))
    later = Press(Act.KEY, first.time + 700, code=stage.key())  # as the server tells it to a window, and no device
    assert not stage.hands.made(later)
    assert stage.hands.repeats(later)
    assert not stage.hands.repeats(Press(Act.KEY, first.time + 700, code=stage.key(), sent=True))
    assert not stage.hands.repeats(Press(Act.KEY, first.time + 700, code=stage.key() + 1))
    stage.device.key(stage.key(), False)
    released = stage.event(X.KeyRelease)
    after = Press(Act.KEY, released.time + 1, code=stage.key())
    assert not stage.hands.made(after)
    assert not stage.hands.repeats(after)


def test_a_key_another_program_holds_down_is_no_repeat(stage: Stage) -> None:
    xtest.fake_input(stage.display, X.KeyPress, stage.key())
    pressed = stage.event(X.KeyPress)
    injected = Press(Act.KEY, pressed.time, code=stage.key())
    assert not stage.hands.made(injected)
    assert not stage.hands.repeats(injected)
    assert not stage.hands.repeats(Press(Act.KEY, pressed.time + 700, code=stage.key()))
    xtest.fake_input(stage.display, X.KeyRelease, stage.key())
    stage.event(X.KeyRelease)
