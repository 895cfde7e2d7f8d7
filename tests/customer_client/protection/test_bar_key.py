"""Ctrl+Alt+Shift+Home where a thread listens to the keyboard, and where nobody may."""

from collections.abc import Callable

import pytest

from customer_client.input.system_events import Kind, SystemEvent
from customer_client.protection.bar_key import MACOS_HOME, WINDOWS_HOME, ListeningBarKey, choose_bar_key
from customer_client.watchdog.panic_keys import PanicChord

CONTROL, ALT, SHIFT, HOME, END = 0xA2, 0xA4, 0xA0, 0x24, 0x23


class Keyboard:
    """Stands for the system's listening thread."""

    working = True

    def __init__(self) -> None:
        self.closed = False
        self._heard: Callable[[SystemEvent], None] = lambda event: None

    def listen(self, heard: Callable[[SystemEvent], None], lost: Callable[[], None] | None) -> "Keyboard":
        self._heard = heard
        return self

    def press(self, *codes: int, injected: frozenset[int] = frozenset()) -> None:
        for kind in (Kind.KEY_DOWN, Kind.KEY_UP):
            for code in codes:
                self._heard(SystemEvent(kind, code, code in injected, ours=False))

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("chord", "codes"), [(WINDOWS_HOME, (CONTROL, ALT, SHIFT, HOME)), (MACOS_HOME, (0x38, 0x3B, 0x3A, 0x73))]
)
def test_the_keys_call_once_for_each_press(chord: PanicChord, codes: tuple[int, ...]) -> None:
    keyboard, calls = Keyboard(), []
    key = ListeningBarKey(keyboard.listen, chord, lambda: calls.append(1))
    keyboard.press(*codes)
    keyboard.press(*codes)
    assert calls == [1, 1]
    key.close()
    assert keyboard.closed


@pytest.mark.parametrize("injected", [CONTROL, ALT, SHIFT, HOME])
def test_a_chord_of_which_a_program_presses_a_part_does_not_call(injected: int) -> None:
    keyboard, calls = Keyboard(), []
    ListeningBarKey(keyboard.listen, WINDOWS_HOME, lambda: calls.append(1))
    keyboard.press(CONTROL, ALT, SHIFT, HOME, injected=frozenset({injected}))
    keyboard.press(CONTROL, ALT, SHIFT, END)
    assert calls == []


def test_the_keyboard_goes_back_once_to_the_window_that_was_in_front() -> None:
    keyboard, fronts = Keyboard(), []
    key = ListeningBarKey(keyboard.listen, WINDOWS_HOME, lambda: None, in_front=lambda: 7, bring_front=fronts.append)
    key.give_back()
    key.take_keyboard(1)
    key.give_back()
    key.give_back()
    assert fronts == [7]


def test_nobody_listens_on_wayland(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    assert choose_bar_key(lambda: None, "linux") is None
