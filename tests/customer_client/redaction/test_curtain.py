"""What the curtain covers on a real display with a window manager, and what it keeps the technician's hands off."""

import os
import time
from types import SimpleNamespace

import pytest
from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.redaction.clipboard_owner import password_manager_owns_clipboard
from customer_client.redaction.curtain import MOST_AREAS, Curtain, open_curtain
from customer_client.redaction.hidden import HiddenCounts, HiddenKind
from customer_client.redaction.trail import LINGER_S
from customer_client.redaction.window_watch import OWN_CLASS, NoWindows
from demo.virtual_display import virtual_desktop
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button
from protocol.picture.geometry import Rect
from tests.support.secret_window import SecretProgram
from tests.support.x11_window import NotingWindow

SIZE = 640, 480
DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def display_name():
    with virtual_desktop(*SIZE) as name:
        yield name


@pytest.fixture
def curtain(display_name):
    made = open_curtain(display_name)
    covered(made)
    yield made
    made.close()


@pytest.fixture
def program(display_name):
    made = SecretProgram(display_name)
    yield made
    made.close()


def until(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def covered(curtain):
    return curtain.since(curtain.now())


def framed(curtain, program):
    """Return the one rectangle that is covered once the window manager has put its frame around the window."""
    program.act("open", 100, 100, 120)
    until(lambda: program.window.query_tree().parent.id != program.display.screen().root.id)
    until(lambda: covered(curtain) and curtain.counts.password_managers == 1)
    until(lambda: len(covered(curtain)) == 1)
    return covered(curtain)[0]


def test_the_frame_with_the_title_is_covered_with_the_window(display_name, curtain, program):
    rect = framed(curtain, program)
    frame = program.window
    while (parent := frame.query_tree().parent).id != program.display.screen().root.id:
        frame = parent
    shape = frame.get_geometry()
    assert rect.contains(Rect(shape.x, shape.y, shape.width, shape.height))
    assert curtain.counts == HiddenCounts(password_managers=1)
    fresh = open_curtain(display_name)
    assert covered(fresh)[0].contains(Rect(0, 0, *SIZE))  # nobody watched when this reading began
    assert covered(fresh)[0].contains(Rect(shape.x, shape.y, shape.width, shape.height))
    assert fresh.counts == HiddenCounts(password_managers=1)
    fresh.close()


def test_a_window_that_only_says_later_what_it_is_is_covered_from_then_on(display_name, curtain):
    program = SecretProgram(display_name, class_name="")
    try:
        program.act("open", 50, 50, 100)
        until(lambda: not covered(curtain))
        program.window.set_wm_class("bitwarden", "Bitwarden")
        program.display.sync()
        assert until(lambda: covered(curtain))
    finally:
        program.close()


def test_where_a_window_was_stays_covered_for_a_moment(curtain, program):
    framed(curtain, program)
    program.act("close")
    assert covered(curtain)
    assert until(lambda: not covered(curtain))
    assert curtain.counts == HiddenCounts()


def test_notifications_are_covered_unless_the_customer_shows_them(display_name, curtain):
    program = SecretProgram(display_name, class_name="Mailer")
    try:
        program.act("open", 400, 20, 150)
        program.set_type("_NET_WM_WINDOW_TYPE_NOTIFICATION")
        until(lambda: covered(curtain) and curtain.counts.notifications == 1)
        curtain.hide_notifications(False)
        until(lambda: not covered(curtain))
    finally:
        program.close()


def test_a_window_the_customer_chooses_is_listed_with_its_title_and_covered_with_its_dialogs(display_name, curtain):
    program = SecretProgram(display_name, class_name="Editor")
    dialog = SecretProgram(display_name, class_name="Dialog")
    told = []
    curtain.listen(told.append)
    try:
        program.act("open", 20, 20, 120)
        (window,) = until(lambda: [each for each in curtain.windows() if each.title == "My vault"])
        assert window.hidden is None
        curtain.hide_window(window.id, True)
        assert told == [True]
        assert curtain.counts.windows == 1
        dialog.act("open", 300, 300, 90)
        dialog.window.set_wm_transient_for(program.window)
        dialog.display.sync()
        until(lambda: covered(curtain) and curtain.counts.windows == 2)
        curtain.hide_window(window.id, False)
        until(lambda: not covered(curtain))
    finally:
        dialog.close()
        program.close()


def test_our_own_window_about_hiding_is_covered_but_not_counted_and_not_listed(display_name, curtain):
    program = SecretProgram(display_name, class_name=OWN_CLASS)
    try:
        program.act("open", 20, 20, 120)
        assert until(lambda: covered(curtain))
        assert curtain.counts == HiddenCounts()
        assert curtain.windows() == ()
    finally:
        program.close()


def test_areas_are_limited_and_can_be_shown_again():
    curtain = Curtain(NoWindows)
    for number in range(MOST_AREAS):
        assert curtain.hide_area(Rect(number, 0, 10, 10))
    assert not curtain.hide_area(Rect(0, 0, 10, 10))
    assert curtain.counts.areas == MOST_AREAS
    for number in list(curtain.areas):
        curtain.show_area(number)
    assert curtain.known() == ()


def test_a_desktop_that_cannot_be_asked_gives_nobody_a_picture_and_is_asked_anew():
    asked = []

    class Lost(NoWindows):
        def look(self):
            raise EnvironmentFault("gone", code="display_gone")

    def open_watch():
        asked.append(1)
        return Lost() if len(asked) == 1 else NoWindows()

    curtain = Curtain(open_watch)
    with pytest.raises(EnvironmentFault):
        curtain.since(curtain.now())
    assert curtain.since(curtain.now())[0].contains(Rect(0, 0, *SIZE))
    assert curtain.since(curtain.now()) == ()


def test_a_cover_of_what_was_left_ends_by_time_alone():
    now = [50.0]
    watch = NoWindows()
    curtain = Curtain(lambda: watch, clock=lambda: now[0])
    place = Rect(0, 0, 10, 10)
    watch.look = lambda: SimpleNamespace(now=(), passed=((7, place),), stirred=False)
    curtain.since(now[0] - 1)
    assert curtain.since(now[0]) == (place,)
    watch.look = lambda: SimpleNamespace(now=(), passed=(), stirred=False)
    assert curtain.settles_in_s() == pytest.approx(LINGER_S)
    now[0] += LINGER_S + 0.01
    assert curtain.known() == ()
    assert curtain.settles_in_s() is None


def test_nothing_is_pressed_or_typed_in_what_is_hidden(display_name, curtain):
    below = NotingWindow(display_name)
    shared = Display("all", 0, 0, *SIZE, primary=True)
    injector = X11Injector(
        lambda: shared, InjectionLedger(), hidden=curtain, display_name=display_name, own_process_id=os.getpid() + 1
    )
    program = SecretProgram(display_name)
    try:
        curtain.hide_area(Rect(0, 0, 320, 480))
        injector.button(Button.PRIMARY, True, 65535 // 4, 30000)
        injector.wheel(0, 120, 65535 // 4, 30000)
        assert injector.held() == frozenset()
        assert below.nothing_waits()
        injector.button(Button.PRIMARY, True, 65535 * 3 // 4, 30000)
        below.events(1, X.ButtonPress)
        injector.release_all()
        injector.key("KeyA", True)
        injector.key("KeyA", False)
        below.events(2, X.KeyPress, X.KeyRelease)
        program.act("open", 100, 100, 120)
        until(lambda: covered(curtain) and curtain.counts.password_managers)
        program.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        program.display.sync()
        until(curtain.has_keyboard)
        injector.key("KeyB", True)
        injector.text("secret")
        assert injector.held() == frozenset()
        assert injector.dropped().hidden == 2 + 1 + len("secret")
    finally:
        injector.close()
        program.close()
        below.close()


def test_the_clipboard_of_a_password_manager_is_recognised_by_its_window(display_name, program):
    program.act("open", 10, 10, 60)
    clipboard = program.display.intern_atom("CLIPBOARD")
    program.window.set_selection_owner(clipboard, X.CurrentTime)
    program.display.sync()
    assert password_manager_owns_clipboard(display_name)
    other = XDisplay(display_name)
    window = other.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window.set_selection_owner(clipboard, X.CurrentTime)
    other.sync()
    assert not password_manager_owns_clipboard(display_name)
    other.close()


def test_kinds_have_words_for_the_record():
    assert HiddenCounts(1, 2, 3, 4).body() == {"password_managers": 1, "notifications": 2, "windows": 3, "areas": 4}
    assert HiddenKind.PASSWORD_MANAGER.value == "password_manager"
