import gc
import random
import threading
import time
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from Xlib import error
from Xlib.display import Display

from customer_client.capture.change import differs, row_changed_outside
from customer_client.capture.mss_source import MssSource
from customer_client.capture.x11_display import open_x_display
from customer_client.capture.x11_source import X11Source
from demo.virtual_display import virtual_display
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from tests.support.capture_conformance import (
    check_capture_source,
    check_damage_is_sound,
    check_damage_is_sound_while_drawing,
)
from tests.support.x11_drawing import DrawingProgram
from tests.support.x11_server_changes import change_resolution, cut_off_other_clients, switch_off

WIDTH, HEIGHT = 640, 480
DEADLINE_S = 10.0


@pytest.fixture(scope="module")
def display_name():
    with virtual_display(WIDTH, HEIGHT) as name:
        yield name


@pytest.fixture
def source(display_name):
    made = X11Source(display_name)
    yield made
    made.close()


@pytest.fixture
def program(display_name):
    made = DrawingProgram(display_name)
    yield made
    made.close()


def test_the_x11_source_conforms(display_name):
    check_capture_source(X11Source(display_name))


def test_the_damage_is_exactly_the_filled_rectangle(source, program):
    program.fill(100, 50, 64, 32, 0x102030)
    program.sync()
    source.take()
    program.fill(100, 50, 64, 32, 0xFF8800)
    program.sync()
    assert source.wait_for_damage(DEADLINE_S)
    picture, damage = source.take()
    assert damage == (Rect(100, 50, 64, 32),)
    start = 60 * picture.stride + 110 * 4
    assert bytes(picture.pixels[start : start + 3]) == b"\x00\x88\xff"


def test_pictures_held_are_never_written_again(source, program):
    held = []
    for color in range(1, 9):
        program.fill(0, 0, 20, 20, color)
        program.sync()
        held.append(source.take()[0])
    assert [picture.pixels[0] for picture in held] == list(range(1, 9))
    # A slice alone keeps its memory as well, also after the source has ended.
    piece = held[0].pixels[:4]
    held.clear()
    for color in range(20, 26):
        program.fill(0, 0, 20, 20, color)
        program.sync()
        source.take()
    source.close()
    assert piece[0] == 1


def test_the_pointer_is_not_in_the_picture(source, program):
    font = program.display.open_font("cursor")
    cursor = font.create_glyph_cursor(font, 68, 69, (65535, 65535, 65535), (0, 0, 0))
    program.root.change_attributes(cursor=cursor)
    program.root.warp_pointer(50, 50)
    program.sync()
    before = source.grab()
    program.root.warp_pointer(300, 300)
    program.sync()
    assert not differs(before, source.grab())


def test_it_sees_the_same_pixels_as_mss(source, display_name, program):
    program.fill(3, 5, 600, 400, 0x55AA11)
    program.sync()
    other = MssSource(display_name, with_pointer=False)
    ours, theirs = source.grab(), other.grab()
    other.close()
    assert not differs(ours, theirs)


_drawing = st.one_of(
    st.builds(
        lambda *place: lambda program: program.fill(*place),
        st.integers(-50, WIDTH),
        st.integers(-50, HEIGHT),
        st.integers(1, 300),
        st.integers(1, 300),
        st.integers(0, 0xFFFFFF),
    ),
    st.builds(
        lambda *place: lambda program: program.move(*place),
        st.integers(0, WIDTH - 1),
        st.integers(0, HEIGHT - 1),
        st.integers(1, 400),
        st.integers(1, 400),
        st.integers(-50, WIDTH),
        st.integers(-50, HEIGHT),
    ),
    st.builds(
        lambda *place: lambda program: program.line(*place),
        *(st.integers(0, 639) for _ in range(4)),
        st.integers(0, 0xFFFFFF),
    ),
    st.builds(
        lambda *place: lambda program: program.write(*place),
        st.integers(0, WIDTH),
        st.integers(0, HEIGHT),
        st.text("abcWM. ", min_size=1, max_size=30),
        st.integers(0, 0xFFFFFF),
    ),
    st.builds(
        lambda *place: lambda program: program.place_window(*place), st.integers(-100, 500), st.integers(-100, 400)
    ),
    st.just(lambda program: program.toggle_window()),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(_drawing, min_size=1, max_size=8), min_size=1, max_size=4))
def test_whatever_is_drawn_is_inside_the_damage(source, program, steps):
    program.sync()
    before, _ = source.take()
    for drawings in steps:

        def draw(drawings=drawings):
            for one in drawings:
                one(program)
            program.sync()

        before = check_damage_is_sound(source, draw, before)


def test_drawing_that_goes_on_during_the_reading_is_inside_the_damage_too(source, display_name):
    ended = threading.Event()
    drawer = threading.Thread(target=_draw_at_random, args=(display_name, ended))
    drawer.start()
    changed = check_damage_is_sound_while_drawing(source, ended.is_set)
    drawer.join(DEADLINE_S)
    assert changed > 1


def _draw_at_random(display_name, ended):
    program, chance = DrawingProgram(display_name), random.Random(7)
    try:
        for step in range(1500):
            program.fill(*_anywhere(chance), chance.randrange(0x1000000))
            program.move(*_anywhere(chance), chance.randrange(WIDTH), chance.randrange(HEIGHT))
            program.fill_in_window(*_anywhere(chance), chance.randrange(0x1000000))
            if step % 40 == 0:
                program.toggle_window()
            if step % 3 == 0:
                program.sync()
        program.sync()
    finally:
        program.close()
        ended.set()


def _anywhere(chance):
    return chance.randrange(WIDTH), chance.randrange(HEIGHT), chance.randrange(1, 90), chance.randrange(1, 90)


def test_a_wrong_value_in_a_request_is_an_error_and_not_the_end_of_the_connection(display_name):
    display = open_x_display(display_name)
    value, window = error.CatchError(), error.CatchError()
    display.change_keyboard_control(onerror=value, key_click_percent=120)
    display.create_resource_object("window", 0xDDDDDD).map(onerror=window)
    display.sync()
    assert isinstance(value.get_error(), error.BadValue)
    assert isinstance(window.get_error(), error.BadWindow)
    display.close()


def test_a_great_many_areas_are_joined_and_stay_sound(source, program):
    program.fill(0, 0, WIDTH, HEIGHT, 0)
    program.sync()
    before, _ = source.take()
    for index in range(120):
        program.fill(index * 37 % WIDTH, index * 4, 3, 2, 0x00FF00)
    program.sync()
    picture, damage = source.take()
    assert len(damage) <= 64
    assert row_changed_outside(damage, before, picture) is None


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640)], ids=["smaller", "turned"])
def test_the_picture_follows_a_new_resolution(width, height):
    with virtual_display(800, 640) as name:
        source, display = X11Source(name), Display(name)
        assert source.take()[0].width == 800
        change_resolution(display, width, height)
        assert source.wait_for_damage(DEADLINE_S)
        picture, damage = source.take()
        assert (picture.width, picture.height) == (width, height)
        assert damage == (Rect(0, 0, width, height),)
        assert (source.shared_display().width, source.shared_display().height) == (width, height)
        display.close()
        program = DrawingProgram(name)
        before = source.take()[0]
        check_damage_is_sound(source, lambda: (program.fill(0, 0, 5000, 5000, 0xABCDEF), program.sync()), before)
        program.close()
        source.close()


def test_a_screen_that_is_switched_off_is_gone_and_comes_back_with_it():
    with virtual_display(800, 640) as name:
        source, display = X11Source(name), Display(name)
        source.take()
        switch_off(display)
        with pytest.raises(EnvironmentFault) as fault:
            source.take()
        assert fault.value.code == "display_gone"
        change_resolution(display, 640, 480)
        picture, damage = source.take()
        assert damage == (Rect(0, 0, 640, 480),)
        assert picture.height == 480
        display.close()
        source.close()


def test_a_connection_cut_off_is_opened_again():
    with virtual_display(320, 240) as name:
        source, display = X11Source(name), Display(name)
        source.take()
        cut_off_other_clients(display)
        assert source.wait_for_damage(DEADLINE_S)
        with pytest.raises(EnvironmentFault):
            source.take()
        assert source.take()[1] == (Rect(0, 0, 320, 240),)
        display.close()
        source.close()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # python-xlib leaves them when it cannot connect
def test_a_display_that_ends_is_reported_as_gone():
    with virtual_display(320, 240) as name:
        source = X11Source(name)
        picture, _ = source.take()
    deadline = time.monotonic() + DEADLINE_S
    while not source.wait_for_damage(0.1):
        assert time.monotonic() < deadline
    for _ in range(2):
        with pytest.raises(EnvironmentFault) as fault:
            source.take()
        assert fault.value.code == "display_gone"
    assert len(bytes(picture.pixels)) == 320 * 240 * 4
    source.close()


def test_a_display_that_never_existed_is_reported_as_gone():
    # python-xlib leaves its socket to the garbage collector when there is nobody to connect to.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        codes = []
        try:
            X11Source(":9876")
        except EnvironmentFault as fault:
            codes.append(fault.code)
        gc.collect()
    assert codes == ["display_gone"]


def test_a_display_with_other_pixels_is_refused():
    with virtual_display(320, 240, depth=16) as name:
        with pytest.raises(EnvironmentFault) as fault:
            X11Source(name)
        assert fault.value.code == "capture_denied"


def test_waking_from_another_thread_ends_the_waiting(source):
    source.take()
    began = threading.Event()
    answers = []

    def wait():
        began.set()
        answers.append(source.wait_for_damage(DEADLINE_S))

    waiting = threading.Thread(target=wait)
    waiting.start()
    began.wait(DEADLINE_S)
    source.wake()
    waiting.join(DEADLINE_S / 2)
    assert answers == [False]
