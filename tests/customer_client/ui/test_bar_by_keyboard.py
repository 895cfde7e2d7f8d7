"""The bar, which no window manager knows, can be used without a mouse: keys bring the keyboard there and back."""

import contextlib
import functools
import os
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from customer_stage import DEADLINE_S, Stage, bar, xdotool
from Xlib import X, Xutil
from Xlib.display import Display

from customer_client.session.state import CustomerViewState, Page
from demo.virtual_display import virtual_display
from protocol.messages.consent import Capability

CALL = "ctrl+alt+shift+Home"
SESSION = CustomerViewState(Page.SESSION, bar=bar(Capability.SEE, Capability.CONTROL))


class OtherProgram:
    """A window of another program, which has the keyboard at first and remembers the keys it gets."""

    def __init__(self, stage: Stage) -> None:
        self.keys: list[int] = []
        self._stage = stage
        self._x = Display()
        root = self._x.screen().root
        self.window = root.create_window(
            40, 400, 300, 200, 0, X.CopyFromParent, event_mask=X.KeyPressMask | X.StructureNotifyMask
        )
        self.window.set_wm_hints(flags=Xutil.InputHint, input=1)
        self.window.map()
        stage.until(lambda: self.window.get_attributes().map_state == X.IsViewable, "the other program's window")
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        stage.until(lambda: self.has_keyboard, "it has the keyboard")

    @property
    def has_keyboard(self) -> bool:
        return self.focus == self.window.id

    @property
    def focus(self) -> int:
        """The number of the window that has the keyboard."""
        focus = self._x.get_input_focus().focus
        return int(getattr(focus, "id", focus))

    def gets(self, key: str) -> None:
        """Press `key` and wait until it arrives here."""
        self.keys.clear()
        self._stage.key(key)
        self._stage.until(lambda: bool(self.read()), f"{key} arrives")

    def read(self) -> list[int]:
        """Return the keycodes that came since they were last forgotten."""
        for _ in range(self._x.pending_events()):
            event = self._x.next_event()
            if event.type == X.KeyPress:
                self.keys.append(event.detail)
        return self.keys

    def vanish(self) -> None:
        """Take the window away."""
        self.window.destroy()
        self._x.sync()

    def end(self) -> None:
        self._x.close()


@pytest.fixture(scope="session")
def desktop_with() -> Iterator[Callable[[str], str]]:
    """Names a display with this window manager. They stay until the end: Tk dies with a display it once was on."""
    with contextlib.ExitStack() as running:

        @functools.cache
        def named(manager: str) -> str:
            name = running.enter_context(virtual_display(1280, 720, 24))
            if manager:
                program = subprocess.Popen([manager], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL)
                running.callback(program.wait, 10)
                running.callback(program.terminate)
                wait_for_manager(name)
            return name

        yield named


def wait_for_manager(display: str) -> None:
    """Wait until windows are managed: one that comes before may lose the keyboard again."""
    with contextlib.closing(Display(display)) as x:
        sign = x.intern_atom("_NET_SUPPORTING_WM_CHECK")
        end = time.monotonic() + DEADLINE_S
        while x.screen().root.get_full_property(sign, X.AnyPropertyType) is None:
            assert time.monotonic() < end, "no window manager"
            time.sleep(0.01)


@pytest.fixture(params=["openbox", ""], ids=["openbox", "no window manager"])
def screen(request: pytest.FixtureRequest, desktop_with: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DISPLAY", desktop_with(request.param))
    return os.environ["DISPLAY"]


@pytest.fixture
def other(stage: Stage) -> Iterator[OtherProgram]:
    program = OtherProgram(stage)
    yield program
    program.end()


def call(stage: Stage, other: OtherProgram) -> None:
    """Press the keys, with the pointer far from the bar, and wait for what they are for."""
    xdotool("mousemove", 1200, 650)
    stage.key(CALL)
    stage.until(lambda: not other.has_keyboard and stage.focused() == "take_back", "the bar has the keyboard")
    other.read()
    other.keys.clear()


def test_keys_bring_the_keyboard_to_the_bar_and_escape_brings_it_back(stage: Stage, other: OtherProgram) -> None:
    stage.show(SESSION)
    other.gets("a")
    call(stage, other)
    for name in ("permissions", "pause", "stop"):
        stage.key("Tab")
        stage.until(lambda name=name: stage.focused() == name, name)  # type: ignore[misc]
    stage.key("Return")
    stage.called("stop")
    assert other.read() == []
    stage.key("Escape")
    stage.until(lambda: other.has_keyboard, "the other program has it again")
    other.gets("b")
    call(stage, other)


def test_only_hands_call_the_bar(stage: Stage, other: OtherProgram) -> None:
    stage.show(SESSION)
    xdotool("key", CALL)
    for injected, by_hand in (("Home", "ctrl+alt+shift"), ("shift", "ctrl+alt+Home")):
        xdotool("keydown", injected)
        stage.key(by_hand)
        xdotool("keyup", injected)
    stage.key("ctrl+shift+Home")
    other.gets("a")
    stage.settle()
    assert other.has_keyboard
    call(stage, other)  # and it was listening


def test_a_press_of_a_program_gives_nothing_away_where_the_keyboard_is_on_the_bar(
    stage: Stage, other: OtherProgram
) -> None:
    paused = bar(Capability.SEE, Capability.CONTROL, paused=True)
    stage.show(CustomerViewState(Page.SESSION, bar=paused))
    call(stage, other)
    stage.key("Tab", "Tab")
    stage.until(lambda: stage.focused() == "continue", "the keyboard is on Continue")
    xdotool("key", "Return")
    stage.until(lambda: "A program pressed that button" in stage.words(), "it is refused")
    assert stage.intents.calls == []
    stage.key("space")
    stage.called("resume")


def test_a_button_that_goes_takes_no_more_keys(stage: Stage, other: OtherProgram) -> None:
    stage.show(SESSION)
    call(stage, other)
    stage.key("Return")
    stage.called("take_back", Capability.CONTROL)
    stage.intents.calls.clear()
    stage.show(CustomerViewState(Page.SESSION, bar=bar(Capability.SEE)))
    stage.key("Return", "Tab")
    stage.until(lambda: stage.focused() == "permissions", "on to the first button there is")
    assert stage.intents.calls == []


def test_the_bar_leaves_the_keyboard_to_who_had_it(stage: Stage, other: OtherProgram) -> None:
    stage.show(SESSION)
    call(stage, other)
    stage.window._render_bar(None)
    stage.until(lambda: other.has_keyboard, "the other program has it again")


def test_whoever_had_the_keyboard_may_be_gone(stage: Stage, other: OtherProgram) -> None:
    stage.show(SESSION)
    call(stage, other)
    other.vanish()
    at_the_bar = other.focus
    stage.key("Escape")
    stage.until(lambda: other.focus != at_the_bar, "Escape still works")
    stage.key(CALL)
    stage.until(lambda: other.focus == at_the_bar and stage.focused() == "take_back", "and the keys")
    stage.key("Tab", "Return")
    stage.until(lambda: "Allowed: 2 \u25b4" in stage.text_of("permissions"), "the list is open")


def test_the_bar_says_how_it_is_reached(stage: Stage) -> None:
    stage.show(CustomerViewState(Page.SESSION, bar=bar(Capability.SEE)))
    assert stage.text_of("bar_notice") == "Ctrl+Alt+Shift+Home brings the keyboard here."
    stage.show(SESSION)
    said = "Ctrl+Alt+Shift+End stops all, …+Home: keyboard here."
    assert stage.text_of("bar_notice") == said
