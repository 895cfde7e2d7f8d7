"""A program that is slow while it is typed into gets every character all the same: real Tk on a real X server."""

import contextlib
import threading

import pytest
from Xlib import Xatom
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_events import X11Events
from customer_client.input.x11_injector import X11Injector
from customer_client.input.x11_reader import X11Reader
from customer_client.input.x11_spare_keys import REUSE_AFTER_S
from demo.virtual_display import virtual_display
from tests.support.slow_x11_line import slow_x11_line
from tests.support.typing_stage import entry_field
from tests.support.x11_window import NotingWindow

NOBODY = 1
BUSY_S = 2 * REUSE_AFTER_S
"""So long the program reads nothing, unless everything was sent before."""
HEARD_EVERY_S, TYPED_EVERY_S = 0.05, 0.0125
"""How often a program on a slow line hears from the server, and a character is typed."""
GREEK = "λημέρνςακπώτι"


@pytest.fixture(scope="module")
def name():
    with virtual_display(640, 400) as display_name:
        yield display_name


@pytest.fixture
def injector(name):
    made = X11Injector(
        lambda: Display("test", 0, 0, 640, 400, primary=True),
        InjectionLedger(),
        display_name=name,
        own_process_id=NOBODY,
    )
    yield made
    made.close()


@pytest.fixture
def program(name, tmp_path):
    with entry_field(name, tmp_path) as entry:
        yield entry


def type_while_busy(injector: X11Injector, program, *texts: str) -> None:
    """Type on another thread, and let the program read only after a while."""
    typing = threading.Thread(target=lambda: [injector.text(text) for text in texts])
    with program.busy():
        typing.start()
        typing.join(BUSY_S)
    typing.join(20)
    assert not typing.is_alive()


def enter(injector: X11Injector) -> None:
    for down in (True, False):
        injector.key("Enter", down)


@pytest.fixture
def far_program(name, tmp_path):
    """A program that hears the answer to what it asked together with what was changed since."""
    with slow_x11_line(name, HEARD_EVERY_S) as far, entry_field(far, tmp_path) as entry:
        yield entry


def test_a_character_typed_while_the_program_asks_for_the_one_before_is_not_lost(injector, far_program):
    for character in GREEK:
        injector.text(character)
        threading.Event().wait(TYPED_EVERY_S)
    enter(injector)
    assert far_program.line() == GREEK


def test_a_key_gets_no_other_character_before_a_busy_program_has_read_it(injector, program):
    spare = len(injector._keyboard._spare)
    first = "".join(chr(0x4E00 + number) for number in range(spare))
    injector.text(first)
    enter(injector)
    assert program.line() == first
    type_while_busy(injector, program, first, "\u6000")
    enter(injector)
    assert program.line() == first + "\u6000"


def test_a_program_that_gets_the_keyboard_later_is_asked_too(injector, name, tmp_path):
    injector.text("λ")
    with entry_field(name, tmp_path) as program:
        assert not injector.types_at_once("λ")
        type_while_busy(injector, program, "λ")
        assert injector.types_at_once("λ")
        enter(injector)
        assert program.line() == "λ"


def test_a_program_that_says_nothing_of_answers_is_never_asked(reader, name, tmp_path):
    with entry_field(name, tmp_path, says_it_answers=False) as program, program.busy():
        reader.wait_for(mark := reader.mark(), within_s=1000)
        assert reader.has_read(mark)


@pytest.fixture
def reader(name):
    with contextlib.closing(XDisplay(name)) as display:
        yield X11Reader(display, X11Events(display), threading.Event())


def test_a_program_that_answers_nothing_is_not_waited_for_twice(reader, program):
    with program.busy():
        reader.wait_for(reader.mark(), within_s=0.05)
        for _ in range(20):
            reader.wait_for(reader.mark(), within_s=1000)
    reader.wait_for(reader.mark(), within_s=20)
    assert reader.has_read(1)


def test_a_program_that_knows_no_pings_is_given_a_moment(reader, name):
    with contextlib.closing(NotingWindow(name)):
        reader.wait_for(mark := reader.mark(), within_s=1000)
        assert reader.has_read(mark)


def test_a_program_that_ends_meanwhile_is_not_waited_for(reader, name, tmp_path):
    with entry_field(name, tmp_path) as program, program.busy():
        mark = reader.mark()
        assert not reader.has_read(mark)
        program.end()
        reader.wait_for(mark, within_s=1000)


def test_waiting_ends_when_it_is_interrupted(name, program):
    interrupted = threading.Event()
    with contextlib.closing(XDisplay(name)) as display:
        reader = X11Reader(display, X11Events(display), interrupted)
        waiting = threading.Thread(target=lambda: reader.wait_for(reader.mark(), within_s=1000))
        with program.busy():
            waiting.start()
            interrupted.set()
            waiting.join(20)
            assert not waiting.is_alive()
            assert not reader.has_read(1)


def test_a_window_that_lists_pings_without_answering_is_typed_into_all_the_same(injector, name):
    with contextlib.closing(NotingWindow(name)) as window:
        protocols, ping = (window.display.get_atom(atom) for atom in ("WM_PROTOCOLS", "_NET_WM_PING"))
        focus = window.display.get_input_focus().focus
        focus.change_property(protocols, Xatom.ATOM, 32, [ping])
        window.display.sync()
        injector.text("λόγος")
        assert window.typed(5) == "λόγος"


def test_text_that_waited_is_not_typed_into_a_window_of_our_own_that_came_meanwhile(name, program):
    injector = X11Injector(lambda: Display("test", 0, 0, 640, 400, primary=True), InjectionLedger(), display_name=name)
    typing = threading.Thread(target=injector.text, args=("λ",))
    with program.busy(), contextlib.closing(injector):
        typing.start()
        with contextlib.closing(NotingWindow(name)) as own:
            typing.join(20)
            assert own.nothing_waits()
        assert injector.dropped().own_window == 1
