from hypothesis import given
from hypothesis import strategies as st

from technician_app.views.picture_geometry import Area, actual_size, fitted, on_display

SIDES = st.integers(1, 8000)


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_fitted_picture_keeps_its_shape_and_stays_inside(width, height, view_width, view_height):
    area = fitted(width, height, view_width, view_height)
    assert area.left >= -0.01
    assert area.top >= -0.01
    assert area.width <= view_width + 0.01
    assert area.height <= view_height + 0.01
    assert abs(area.width * height - area.height * width) < 0.01 * width * height


@given(SIDES, SIDES, SIDES, SIDES, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_every_point_means_a_place_on_the_display(width, height, view_width, view_height, x, y):
    place = on_display(x, y, fitted(width, height, view_width, view_height))
    assert all(0 <= part <= 65535 for part in place)


def test_corners_and_middle():
    area = fitted(1920, 1080, 960, 600)
    assert area == Area(0, 30, 960, 540)
    assert on_display(0, 30, area) == (0, 0)
    assert on_display(960, 570, area) == (65535, 65535)
    assert on_display(480, 300, area) == (32768, 32768)
    assert on_display(480, 10, area) == (32768, 0)
    assert not area.holds(480, 29)
    assert area.holds(480, 30)


def test_actual_size_is_one_picture_pixel_per_device_pixel():
    assert actual_size(800, 600, 1000, 700, 1.0) == Area(100, 50, 800, 600)
    assert actual_size(1600, 1200, 800, 600, 2.0) == Area(0, 0, 800, 600)
    assert actual_size(1600, 1200, 100, 100, 1.0) == Area(0, 0, 1600, 1200)


def test_no_picture_is_nowhere():
    assert fitted(0, 0, 100, 100) == Area(0, 0, 0, 0)
    assert on_display(5, 5, Area(0, 0, 0, 0)) == (0, 0)
