import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from Xlib import X
from Xlib.display import Display

from customer_client.capture.change import changed_areas, changed_bands, differs, limited, narrowed, row_changed_outside
from customer_client.capture.choose import choose_capture
from customer_client.capture.mss_source import MssSource
from customer_client.capture.source import DamageSource, Picture
from demo.virtual_display import virtual_display
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from tests.support.capture_conformance import check_capture_source
from tests.support.pattern_source import PatternSource


def test_the_pattern_source_conforms():
    check_capture_source(PatternSource())


def test_the_mss_source_conforms_on_a_real_display():
    with virtual_display(640, 480) as name:
        check_capture_source(MssSource(name))


def test_a_window_that_appears_changes_only_its_rows():
    with virtual_display(640, 480) as name:
        source = MssSource(name)
        before = source.grab()
        display = Display(name)
        screen = display.screen()
        window = screen.root.create_window(
            100, 160, 200, 64, 0, screen.root_depth, X.InputOutput, background_pixel=0xFF8800, override_redirect=True
        )
        window.map()
        display.sync()
        after = source.grab()
        rows = [row for band in changed_bands(before, after) for row in band]
        assert set(range(160, 224)) <= set(rows) <= set(range(160, 224)) | _pointer_rows(240)
        start = 170 * after.stride + 150 * 4
        assert bytes(after.pixels[start : start + 3]) == b"\x00\x88\xff"
        display.close()
        source.close()


def _pointer_rows(middle: int) -> set[int]:
    return set(range(middle - 48, middle + 48))


def test_the_pointer_is_in_the_picture():
    with virtual_display(640, 480) as name:
        display = Display(name)
        # The root window of a bare server has no pointer image until one is set.
        font = display.open_font("cursor")
        cursor = font.create_glyph_cursor(font, 68, 69, (65535, 65535, 65535), (0, 0, 0))
        display.screen().root.change_attributes(cursor=cursor)
        display.screen().root.warp_pointer(50, 50)
        display.sync()
        source = MssSource(name)
        before = source.grab()
        display.screen().root.warp_pointer(400, 400)
        display.sync()
        assert differs(before, source.grab())
        display.close()
        source.close()


def test_a_display_that_ends_is_reported_as_gone_with_a_sentence():
    with virtual_display(320, 240) as name:
        source = MssSource(name)
        source.grab()
    with pytest.raises(EnvironmentFault) as fault:
        source.grab()
    assert fault.value.code == "display_gone"
    assert "screen" in fault.value.user_text
    source.close()


def test_a_display_that_never_existed_is_reported_as_gone():
    with pytest.raises(EnvironmentFault) as fault:
        MssSource(":9876")
    assert fault.value.code == "display_gone"


def test_the_picture_follows_a_new_resolution():
    with virtual_display(800, 600) as name:
        source = MssSource(name)
        assert source.grab().width == 800
        display = Display(name)
        _make_smaller(display, 640, 480)
        assert (source.grab().width, source.grab().height) == (640, 480)
        assert source.shared_display().width == 640
        display.close()
        source.close()


def _make_smaller(display, width, height):
    root = display.screen().root
    resources = root.xrandr_get_screen_resources()
    crtc, output = resources.crtcs[0], resources.outputs[0]
    timing = (0, width, height, 0, width + 8, width + 16, width + 24, 0, height + 2, height + 4, height + 8, 8, 0)
    mode = root.xrandr_create_mode(timing, f"{width}x{height}").mode
    display.xrandr_add_output_mode(output, mode)
    display.xrandr_set_crtc_config(crtc, resources.config_timestamp, 0, 0, mode, 1, [output])
    root.xrandr_set_screen_size(width, height, 200, 150)
    display.sync()


def test_wayland_is_refused_where_nobody_asked_its_portal():
    with pytest.raises(EnvironmentFault) as fault:
        choose_capture(environment={"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"})
    assert fault.value.code == "wayland_without_portal"
    assert "Wayland" in fault.value.user_text


def test_no_display_at_all_is_refused_with_a_sentence():
    with pytest.raises(EnvironmentFault) as fault:
        choose_capture(environment={})
    assert fault.value.code == "capture_denied"


def test_the_chosen_source_works():
    with virtual_display(320, 240) as name:
        source = choose_capture(environment={"DISPLAY": name, "XDG_SESSION_TYPE": "x11"})
        assert source.grab().height == 240
        source.close()


def test_without_the_pointer_the_chosen_source_knows_damage():
    with virtual_display(320, 240) as name:
        variables = {"DISPLAY": name, "XDG_SESSION_TYPE": "x11"}
        source = choose_capture(with_pointer=False, environment=variables)
        assert isinstance(source, DamageSource)
        source.close()
        drawn_in = choose_capture(environment=variables)
        assert not isinstance(drawn_in, DamageSource)
        drawn_in.close()


def test_displays_may_be_listed_from_another_thread_while_grabbing():
    with virtual_display(320, 240) as name:
        source = MssSource(name)
        seen = []
        listing = threading.Thread(target=lambda: seen.extend(source.displays() for _ in range(50)))
        listing.start()
        for _ in range(50):
            source.grab()
        listing.join()
        assert len(set(seen)) == 1
        source.close()


@given(st.data(), st.integers(1, 40), st.integers(1, 80), st.sampled_from([bytes, bytearray, memoryview]))
def test_exactly_the_bands_with_a_changed_byte_are_named(data, width, height, kind):
    stride = width * 4
    pixels = bytearray(stride * height)
    changed_rows = data.draw(st.sets(st.integers(0, height - 1), max_size=5))
    other = bytearray(pixels)
    for row in changed_rows:
        other[row * stride + data.draw(st.integers(0, stride - 1))] = 1
    before = Picture(width, height, stride, kind(bytes(pixels)))
    after = Picture(width, height, stride, kind(bytes(other)))
    bands = list(changed_bands(before, after))
    assert {row // 16 for row in changed_rows} == {band.start // 16 for band in bands}
    assert all(band.stop <= height for band in bands)


def test_pictures_of_different_size_differ_everywhere():
    small, large = Picture(4, 17, 16, bytes(272)), Picture(8, 33, 32, bytes(1056))
    assert [len(band) for band in changed_bands(small, large)] == [16, 16, 1]


_sizes = (st.integers(1, 40), st.integers(1, 80))


def _two_pictures(data, width, height):
    pixels = bytearray(width * height * 4)
    other = bytearray(pixels)
    for spot in data.draw(st.sets(st.integers(0, width * height - 1), max_size=5)):
        other[spot * 4] = 1
    return Picture(width, height, width * 4, pixels), Picture(width, height, width * 4, other)


def _some_areas(data, width, height, most=5):
    @st.composite
    def area(draw):
        x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        return Rect(x, y, draw(st.integers(1, width - x)), draw(st.integers(1, height - y)))

    return tuple(data.draw(st.lists(area(), max_size=most)))


@given(st.data(), *_sizes)
def test_changed_areas_hold_every_change(data, width, height):
    before, after = _two_pictures(data, width, height)
    assert row_changed_outside(changed_areas(before, after), before, after) is None


@given(st.data(), *_sizes)
def test_narrowing_loses_no_change_and_adds_no_pixel(data, width, height):
    before, after = _two_pictures(data, width, height)
    areas = _some_areas(data, width, height)
    smaller = narrowed(areas, before, after)
    assert row_changed_outside(smaller, before, after) == row_changed_outside(areas, before, after)
    assert all(any(area.contains(part) for area in areas) for part in smaller)
    assert not narrowed(areas, before, before)


@given(st.data(), *_sizes)
def test_the_row_changed_outside_is_the_first_one(data, width, height):
    before, after = _two_pictures(data, width, height)
    areas = _some_areas(data, width, height)
    outside = [
        y
        for y in range(height)
        for x in range(width)
        if after.pixels[(y * width + x) * 4] and not any(area.contains(Rect(x, y, 1, 1)) for area in areas)
    ]
    assert row_changed_outside(areas, before, after) == (outside[0] if outside else None)


def test_too_many_areas_become_full_rows_and_few_stay():
    few = (Rect(0, 0, 1, 1), Rect(5, 40, 2, 2), Rect(0, 0, 1, 1))
    assert limited(few, 100, 100) == few[:2]
    many = tuple(Rect(index, index % 2 * 40, 1, 1) for index in range(90))
    assert limited(many, 100, 42) == (Rect(0, 0, 100, 16), Rect(0, 32, 100, 10))
