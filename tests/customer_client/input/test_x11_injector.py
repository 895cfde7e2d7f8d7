import os
import subprocess
import threading

import pytest
from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.input.choose import choose_injector, choose_local_activity
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from demo.virtual_display import virtual_display
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button
from tests.support.x11_window import NotingWindow

WIDTH, HEIGHT = 800, 600
NOBODY = 1
"""The windows of these tests are their own program's, as far as the injector is to know somebody else's."""
KEYS, BUTTONS = (X.KeyPress, X.KeyRelease), (X.ButtonPress, X.ButtonRelease)


@pytest.fixture(scope="module")
def name():
    with virtual_display(WIDTH, HEIGHT) as display_name:
        yield display_name


@pytest.fixture
def injector(name):
    made = X11Injector(
        lambda: Display("test", 0, 0, WIDTH, HEIGHT, primary=True),
        InjectionLedger(),
        display_name=name,
        own_process_id=NOBODY,
    )
    yield made
    made.close()


@pytest.fixture
def window(name):
    made = NotingWindow(name)
    yield made
    made.close()


def test_a_key_goes_down_and_up(injector, window):
    injector.key("KeyA", True)
    assert injector.held() == {"KeyA"}
    injector.key("KeyA", False)
    assert [(event.type, event.detail) for event in window.events(2, *KEYS)] == [(X.KeyPress, 38), (X.KeyRelease, 38)]
    assert injector.held() == frozenset()


def test_shortcuts_arrive_with_their_modifiers(injector, window):
    for down in (True, False):
        injector.key("ControlLeft", down)
        injector.key("KeyC", down)
    pressed = window.events(4, *KEYS)[1]
    assert pressed.detail == 54
    assert pressed.state & X.ControlMask


def test_the_corners_of_the_shared_display_are_reached_and_not_left(injector, name):
    pointer = XDisplay(name)
    for sent, expected in (
        ((0, 0), (0, 0)),
        ((65535, 65535), (WIDTH - 1, HEIGHT - 1)),
        ((32768, 32768), (400, 300)),
        ((-5, 10**9), (0, HEIGHT - 1)),
    ):
        injector.move(*sent)
        pointer.sync()
        place = pointer.screen().root.query_pointer()
        assert (place.root_x, place.root_y) == expected
    pointer.close()


def test_a_second_display_is_addressed_by_its_own_coordinates(name):
    right_half = Display("right", 400, 100, 400, 200, primary=False)
    injector = X11Injector(lambda: right_half, InjectionLedger(), display_name=name)
    injector.move(0, 65535)
    pointer = XDisplay(name)
    place = pointer.screen().root.query_pointer()
    assert (place.root_x, place.root_y) == (400, 299)
    pointer.close()
    injector.close()


def test_buttons_are_pressed_where_they_should(injector, window):
    injector.button(Button.SECONDARY, True, 65535, 0)
    injector.button(Button.SECONDARY, False, 65535, 0)
    down, up = window.events(2, *BUTTONS)
    assert (down.type, down.detail, down.root_x, down.root_y) == (X.ButtonPress, 3, WIDTH - 1, 0)
    assert up.type == X.ButtonRelease


def test_parts_of_wheel_notches_add_up(injector, window):
    for _ in range(3):
        injector.wheel(0, 60, 100, 100)
    injector.wheel(-240, 0, 100, 100)
    clicks = [event.detail for event in window.events(6, *BUTTONS)]
    assert clicks == [4, 4, 6, 6, 6, 6]
    assert window.nothing_waits()


def test_release_all_releases_every_key_and_button_and_can_be_repeated(injector, window):
    injector.key("ShiftLeft", True)
    injector.key("KeyQ", True)
    injector.button(Button.PRIMARY, True, 0, 0)
    window.events(3, X.KeyPress, X.ButtonPress)
    assert injector.held() == {"ShiftLeft", "KeyQ", "button:primary"}
    injector.release_all()
    injector.release_all()
    released = {(event.type, event.detail) for event in window.events(3, X.KeyRelease, X.ButtonRelease)}
    assert released == {(X.KeyRelease, 50), (X.KeyRelease, 24), (X.ButtonRelease, 1)}
    assert window.nothing_waits()


def test_closing_releases_what_is_held(name, window):
    injector = X11Injector(
        lambda: Display("d", 0, 0, 9, 9, primary=True), InjectionLedger(), display_name=name, own_process_id=NOBODY
    )
    injector.key("AltLeft", True)
    injector.close()
    injector.close()
    assert [event.type for event in window.events(2, *KEYS)] == [X.KeyPress, X.KeyRelease]
    with pytest.raises(EnvironmentFault):
        injector.key("AltLeft", True)


def test_no_more_than_64_keys_are_held(injector):
    codes = [*(f"F{number}" for number in range(13, 25)), *(f"Numpad{digit}" for digit in range(10))]
    codes += [f"Digit{digit}" for digit in range(10)] + [f"Key{chr(65 + index)}" for index in range(26)]
    codes += ["Home", "End", "PageUp", "PageDown", "Comma", "Period", "Slash", "Quote"]
    for code in codes:
        injector.key(code, True)
    assert len(injector.held()) == 64
    assert injector.dropped().too_many_held == len(codes) - 64
    injector.release_all()
    assert injector.held() == frozenset()


def test_a_flood_is_dropped_but_releases_never_are(name):
    injector = X11Injector(
        lambda: Display("d", 0, 0, 800, 600, primary=True), InjectionLedger(), display_name=name, clock=lambda: 7.0
    )
    injector.key("KeyX", True)
    for place in range(1000):
        injector.move(place, place)
    assert injector.dropped().too_fast == 501
    injector.key("KeyX", False)
    assert injector.held() == frozenset()
    injector.close()


def test_unknown_keys_are_counted_and_ignored(injector, window):
    injector.key("Power", True)
    injector.key("Nonsense", True)
    assert injector.dropped().unknown == 2
    assert window.nothing_waits()


def test_text_of_the_layout_is_typed(injector, window):
    injector.text("Hello, World! (50%) #1 @home")
    assert window.typed(28) == "Hello, World! (50%) #1 @home"


def test_characters_that_no_key_has_are_typed(injector, window):
    text = "Grüße, Привет, 日本語, 50 €"
    injector.text(text)
    assert window.typed(len(text)) == text


def test_a_terminal_reads_what_was_typed(injector, name, tmp_path):
    text, typed, ready = "cp /Öl/naïve~ 5€ | x; 日本\u2014ok", tmp_path / "typed", tmp_path / "ready"
    size = len(text.encode())
    script = f"stty raw -echo; touch {ready}; head -c {size} > {typed}.part; mv {typed}.part {typed}"
    terminal = subprocess.Popen(
        ["xterm", "-u8", "-geometry", "200x60+0+0", "-e", "sh", "-c", script],
        env={**os.environ, "DISPLAY": name, "LC_ALL": "C.UTF-8"},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(ready)
        injector.move(20000, 20000)
        injector.button(Button.PRIMARY, True, 20000, 20000)
        injector.button(Button.PRIMARY, False, 20000, 20000)
        injector.text(text)
        _wait_for(typed)
        assert typed.read_text("utf-8") == text
    finally:
        terminal.kill()
        terminal.wait()


def _wait_for(path):
    for _ in range(1000):
        if path.exists():
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{path.name} did not come")


def test_more_rare_characters_than_spare_keycodes_are_typed(injector, window):
    text = "".join(chr(0x4E00 + number) for number in range(40))
    got = []
    reader = threading.Thread(target=lambda: got.append(window.typed(len(text))))
    reader.start()
    injector.text(text)
    reader.join(20)
    assert got == [text]


def test_held_modifiers_do_not_distort_text_and_are_held_again_after(injector, window):
    injector.key("ShiftLeft", True)
    injector.key("ControlLeft", True)
    injector.text("abc")
    assert window.typed(3) == "abc"
    injector.key("KeyV", True)
    while (event := window.events(1, X.KeyPress)[0]).detail != 55:
        pass
    assert event.state & X.ShiftMask
    assert event.state & X.ControlMask


def test_caps_lock_does_not_distort_text_and_stays_on(injector, window, name):
    for down in (True, False):
        injector.key("CapsLock", down)
    injector.text("abC")
    presses = [event for event in window.events(6, X.KeyPress) if event.detail in (38, 56, 54)]
    assert [bool(event.state & X.LockMask) for event in presses] == [False] * 3
    state = window.display.screen().root.query_pointer().mask
    assert state & X.LockMask
    for down in (True, False):
        injector.key("CapsLock", down)


def test_control_characters_are_not_typed(injector, window):
    injector.text("a\x1bb\nc")
    assert window.typed(3) == "abc"
    assert injector.dropped().unknown == 2


def test_a_layout_changed_meanwhile_is_followed(injector, window, name):
    injector.text("y")
    assert window.typed(1) == "y"
    other = XDisplay(name)
    y_row, z_row = other.get_keyboard_mapping(29, 1)[0], other.get_keyboard_mapping(52, 1)[0]
    other.change_keyboard_mapping(29, [z_row])
    other.change_keyboard_mapping(52, [y_row])
    other.sync()
    # The announcement reaches the injector on its own connection; by the reply to a request it is there.
    injector._display.sync()
    injector.text("yz")
    assert window.typed(2) == "yz"
    other.change_keyboard_mapping(29, [y_row])
    other.change_keyboard_mapping(52, [z_row])
    other.sync()
    other.close()


def test_a_lost_display_is_reported_and_holds_nothing():
    with virtual_display(100, 100) as name:
        injector = X11Injector(lambda: Display("d", 0, 0, 100, 100, primary=True), InjectionLedger(), display_name=name)
        injector.key("KeyA", True)
    with pytest.raises(EnvironmentFault) as fault:
        _use_until_it_fails(injector)
    assert fault.value.code == "display_gone"
    assert injector.held() == frozenset()
    injector.close()


def _use_until_it_fails(injector):
    for _ in range(100):
        injector.key("KeyB", True)
        injector.release_all()


def test_other_systems_get_a_clear_sentence():
    with pytest.raises(EnvironmentFault) as fault:
        choose_injector(lambda: Display("d", 0, 0, 9, 9, primary=True), InjectionLedger(), system="plan9")
    assert fault.value.code == "input_unsupported"
    assert "Viewing" in fault.value.user_text
    with pytest.raises(EnvironmentFault):
        choose_local_activity(InjectionLedger(), lambda: None, system="plan9")
