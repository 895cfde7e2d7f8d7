"""However a hidden window moves while the screen is captured, no pixel of it is in anything that could be sent (D6)."""

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from customer_client.capture.mss_source import MssSource
from customer_client.capture.thumbnails import thumbnails
from customer_client.capture.x11_source import X11Source
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from customer_client.redaction.curtain import Curtain, open_curtain
from customer_client.redaction.window_watch import NoWindows
from demo.virtual_display import virtual_display
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.secret_window import SECRET_PIXEL, Mover, SecretProgram, shows_secret

WIDTH, HEIGHT = 320, 240
PICTURES = 25

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["move", "move", "move", "resize", "hide", "show", "open", "close", "raise", "lower"]),
        st.integers(-40, WIDTH),
        st.integers(-40, HEIGHT),
        st.integers(4, 150),
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def display_name():
    with virtual_display(WIDTH, HEIGHT) as name:
        yield name


@pytest.fixture
def curtain(display_name):
    made = open_curtain(display_name)
    made.since(made.now())
    yield made
    made.close()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(acts=[("open", 10, 10, 90), ("move", 200, 100, 0), ("move", 0, 150, 0), ("move", 120, 20, 0)])
@example(acts=[("open", 10, 10, 90), ("close", 0, 0, 0)])
@given(acts=ACTS)
def test_no_pixel_of_a_password_manager_is_in_any_picture_while_its_window_moves(display_name, curtain, acts):
    program, source, encoder = (
        SecretProgram(display_name),
        X11Source(display_name, cover=curtain),
        ScreenStreamEncoder(),
    )
    decoder = ScreenStreamDecoder(max_pixels=WIDTH * HEIGHT)
    try:
        with Mover(program, acts):
            for number in range(PICTURES):
                picture, damage = source.take()
                assert not shows_secret(picture.pixels)
                update = encoder.encode(
                    picture, damage or None, captured_ms=number, budget_bytes=1 << 20, new_epoch=number == 0
                )
                if update is not None:
                    decoder.apply(update)
                    assert not shows_secret(decoder.pixels)
            assert not shows_secret(source.grab().pixels)
    finally:
        source.close()
        program.close()


def test_no_pixel_is_in_standard_video_nor_in_thumbnails(display_name, curtain):
    program = SecretProgram(display_name)
    source = MssSource(display_name, cover=curtain)
    acts = [("open", 10, 10, 90), ("move", 200, 100, 0), ("resize", 0, 0, 140), ("hide", 0, 0, 0), ("show", 0, 0, 0)]
    red, green, blue = SECRET_PIXEL[2], SECRET_PIXEL[1], SECRET_PIXEL[0]
    try:
        with Mover(program, acts):
            for _ in range(60):
                assert not shows_secret(source.grab().pixels)
                for small in thumbnails(source.displays(), display_name, cover=curtain).values():
                    assert bytes((red, green, blue)) not in small.pixels
    finally:
        source.close()
        program.close()


def test_without_the_curtain_the_same_scan_finds_the_window(display_name):
    program, source = SecretProgram(display_name), X11Source(display_name)
    try:
        program.act("open", 20, 20, 100)
        assert shows_secret(source.take()[0].pixels)
    finally:
        source.close()
        program.close()


def test_what_takes_longer_than_is_remembered_is_covered_whole():
    now = [100.0]
    made = Curtain(NoWindows, clock=lambda: now[0])
    made.since(now[0])
    began = made.now()
    now[0] += 11.0
    (covered,) = made.since(began)
    assert covered.width > 60_000


def test_an_uncovered_place_is_read_anew_and_the_window_shown_again_when_it_is_no_longer_hidden(display_name, curtain):
    program, source = SecretProgram(display_name, class_name="Editor"), X11Source(display_name, cover=curtain)
    try:
        program.act("open", 20, 20, 100)
        assert shows_secret(source.take()[0].pixels)
        (window,) = [each for each in curtain.windows() if each.title == "My vault"]
        curtain.hide_window(window.id, True)
        picture, damage = source.take()
        assert not shows_secret(picture.pixels)
        assert damage
        curtain.hide_window(window.id, False)
        deadline = time.monotonic() + 10.0
        while not shows_secret(source.take()[0].pixels):
            assert time.monotonic() < deadline
            source.wait_for_damage(1.0)
    finally:
        source.close()
        program.close()
