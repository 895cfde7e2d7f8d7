"""Other displays than the primary one, on a real X server whose monitors come and go."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from Xlib.display import Display as XDisplay

from customer_client.capture.mss_source import MssSource
from customer_client.capture.sharing import PRIMARY, blacken, chosen_of, gaps_of, shared_of
from customer_client.capture.source import Display
from customer_client.capture.thumbnails import thumbnail_size, thumbnails
from customer_client.capture.x11_source import X11Source
from customer_client.redaction.cover import NothingHidden
from demo.virtual_display import virtual_display
from protocol.messages.displays import MAX_THUMBNAIL_BYTES, MAX_THUMBNAIL_SIDE
from protocol.picture.geometry import Rect

LEFT, RIGHT = (0, 0, 400, 300), (450, 0, 350, 200)
GREEN, BLUE = 0x00FF00, 0x0000FF


def xrandr(name: str, *words: str) -> None:
    subprocess.run(["xrandr", "-display", name, *words], check=True, capture_output=True, timeout=20)


def plug_in(name: str, monitor: str, area: tuple[int, int, int, int], output: str = "none") -> None:
    x, y, width, height = area
    xrandr(name, "--setmonitor", monitor, f"{width}/200x{height}/150+{x}+{y}", output)


def announce(name: str, millimetres: int) -> None:
    """Let the server tell of a change: of monitors set up by a program it tells nobody."""
    xrandr(name, "--fbmm", f"{millimetres}x150")


@pytest.fixture
def screen():
    """Yield a display of 800 x 300, blue, with the monitors LEFT (primary) and RIGHT and a gap between."""
    with virtual_display(800, 300) as name:
        display = XDisplay(name)
        root = display.screen().root
        root.change_attributes(background_pixel=BLUE)
        root.clear_area(0, 0, 0, 0)
        display.sync()
        plug_in(name, "LEFT", LEFT, "screen")
        plug_in(name, "RIGHT", RIGHT)
        yield name
        display.close()


def colour(picture, x: int, y: int) -> int:
    at = y * picture.stride + x * 4
    return int.from_bytes(bytes(picture.pixels[at : at + 3]), "little")


class MssWithMonitors(MssSource):
    """mss lists outputs, of which a virtual display has one: here it lists the monitors set up."""

    def _open(self):
        screen, _displays = super()._open()
        return screen, (Display("LEFT", *LEFT, primary=True), Display("RIGHT", *RIGHT, primary=False))


@pytest.fixture(params=[X11Source, MssWithMonitors])
def source(request, screen):
    options = {"with_pointer": False} if request.param is MssWithMonitors else {}
    made = request.param(screen, **options)
    yield made
    made.close()


def test_every_display_is_listed_and_the_primary_one_shared_at_first(source):
    assert {display.name for display in source.displays()} == {"LEFT", "RIGHT"}
    picture = source.grab()
    assert (picture.width, picture.height) == LEFT[2:]


def test_another_display_can_be_shared(source):
    told = []
    source.listen(lambda: told.append(source.shared_display().name))
    source.share(frozenset({"RIGHT"}))
    picture = source.grab()
    assert (picture.width, picture.height) == RIGHT[2:]
    assert told[-1] == "RIGHT"
    assert source.shared_display().left == RIGHT[0]


def test_between_the_displays_of_one_picture_it_is_black(source):
    source.share(frozenset({"LEFT", "RIGHT"}))
    picture = source.grab()
    assert (picture.width, picture.height) == (800, 300)
    assert [colour(picture, x, 100) for x in (399, 400, 449, 450)] == [BLUE, 0, 0, BLUE]
    assert [colour(picture, 500, y) for y in (199, 200, 299)] == [BLUE, 0, 0]


def test_what_is_drawn_between_the_displays_never_shows(screen):
    source = X11Source(screen)
    display = XDisplay(screen)
    try:
        source.share(frozenset({"LEFT", "RIGHT"}))
        source.take()
        root = display.screen().root
        root.fill_rectangle(root.create_gc(foreground=GREEN), 380, 90, 100, 20)
        display.sync()
        picture, _damage = source.take()
        assert [colour(picture, x, 100) for x in (390, 405, 460)] == [GREEN, 0, GREEN]
    finally:
        display.close()
        source.close()


def test_a_display_that_goes_away_gives_way_to_what_is_left(screen):
    source = X11Source(screen)
    told = []
    try:
        source.take()
        source.listen(lambda: told.append([display.name for display in source.displays()]))
        source.share(frozenset({"RIGHT"}))
        assert source.take()[0].width == RIGHT[2]
        xrandr(screen, "--delmonitor", "RIGHT")
        announce(screen, 250)
        assert source.wait_for_damage(10.0)
        picture, damage = source.take()
        assert (picture.width, picture.height) == LEFT[2:]
        assert damage == (Rect(0, 0, *LEFT[2:]),)
        assert told[-1] == ["LEFT"]
    finally:
        source.close()


def test_a_display_that_is_plugged_in_is_told(screen):
    source = X11Source(screen)
    told = []
    try:
        source.take()
        source.listen(lambda: told.append({display.name for display in source.displays()}))
        plug_in(screen, "LOWER", (450, 200, 350, 100))
        announce(screen, 251)
        assert source.wait_for_damage(10.0)
        source.take()
        assert told == [{"LEFT", "RIGHT", "LOWER"}]
    finally:
        source.close()


def test_a_display_of_another_size_is_another_picture(screen):
    source = X11Source(screen)
    try:
        source.share(frozenset({"RIGHT"}))
        assert source.take()[0].height == 200
        xrandr(screen, "--delmonitor", "RIGHT")
        plug_in(screen, "RIGHT", (450, 0, 350, 260))
        announce(screen, 252)
        assert source.wait_for_damage(10.0)
        assert source.take()[0].height == 260
    finally:
        source.close()


def test_thumbnails_are_small_and_show_what_is_there(screen):
    source = X11Source(screen)
    try:
        small = thumbnails(source.displays(), screen, cover=NothingHidden())
    finally:
        source.close()
    assert set(small) == {"LEFT", "RIGHT"}
    for each in small.values():
        assert len(each.pixels) == each.width * each.height * 3 <= MAX_THUMBNAIL_BYTES
        red, green, blue = each.pixels[:3]
        assert blue > 240
        assert max(red, green) < 16


@given(st.integers(1, 16384), st.integers(1, 16384))
def test_a_thumbnail_of_any_display_keeps_the_limits(width, height):
    small = thumbnail_size(width, height)
    assert min(small) >= 1
    assert max(small) <= MAX_THUMBNAIL_SIDE
    assert small[0] * small[1] * 3 <= MAX_THUMBNAIL_BYTES


displays = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60), st.integers(1, 60)),
    min_size=1,
    max_size=4,
).map(lambda areas: tuple(Display(str(number), *area, primary=number == 0) for number, area in enumerate(areas)))


@given(displays, st.sets(st.sampled_from("0123")))
def test_exactly_what_is_on_no_shared_display_is_black_also_left_of_the_origin(listed, names):
    names = frozenset(names)
    shared, chosen = shared_of(listed, names), chosen_of(listed, names)
    pixels = bytearray(b"\xff" * (shared.width * shared.height * 4))
    blacken(pixels, shared.width * 4, gaps_of(listed, names))
    for x in range(0, shared.width, 7):
        for y in range(0, shared.height, 7):
            at_x, at_y = shared.left + x, shared.top + y
            on_one = any(
                each.left <= at_x < each.left + each.width and each.top <= at_y < each.top + each.height
                for each in chosen
            )
            at = (y * shared.width + x) * 4
            assert (pixels[at] == 0xFF) is on_one


def test_without_a_choice_the_primary_display_is_shared():
    listed = (Display("a", 0, 0, 10, 10, primary=False), Display("b", 10, 0, 20, 20, primary=True))
    assert shared_of(listed, PRIMARY).name == "b"
    assert shared_of(listed, frozenset({"gone"})).name == "b"
