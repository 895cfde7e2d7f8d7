from hypothesis import given
from hypothesis import strategies as st

from protocol.picture.geometry import Rect
from technician_app.views.picture_geometry import Area, actual_size, fitted, full_size, is_exact, on_display, touched

SIDES = st.integers(1, 8000)
RATIOS = st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 3.0])


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
    place = on_display(x, y, fitted(width, height, view_width, view_height), (width, height))
    assert all(0 <= part <= 65535 for part in place)


def test_corners_and_middle():
    area = fitted(1920, 1080, 960, 600)
    assert area == Area(0, 30, 960, 540)
    size = (1920, 1080)
    assert on_display(0, 30, area, size) == (0, 0)
    assert on_display(960, 570, area, size) == (65535, 65535)
    assert on_display(480, 300, area, size) == (round(960 * 65535 / 1919), round(540 * 65535 / 1079))
    assert on_display(480, 10, area, size) == (round(960 * 65535 / 1919), 0)
    assert not area.holds(480, 29)
    assert area.holds(480, 30)


def test_actual_size_is_one_picture_pixel_per_device_pixel():
    assert actual_size(800, 600, 1000, 700, 1.0) == Area(100, 50, 800, 600)
    assert actual_size(1600, 1200, 800, 600, 2.0) == Area(0, 0, 800, 600)
    assert actual_size(1600, 1200, 100, 100, 1.0) == Area(0, 0, 1600, 1200)


def test_no_picture_is_nowhere():
    assert fitted(0, 0, 100, 100) == Area(0, 0, 0, 0)
    assert on_display(5, 5, Area(0, 0, 0, 0), (0, 0)) == (0, 0)


@given(SIDES, SIDES, SIDES, SIDES, RATIOS, st.data())
def test_every_device_pixel_a_change_can_reach_is_painted_when_fitted(width, height, across, down, ratio, data):
    """A device pixel is mixed from the picture pixels around its middle: from those less than a pixel away."""
    area = fitted(width, height, across, down)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    rect = Rect(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    painted = touched(rect, width, area, ratio)
    device = data.draw(st.integers(0, int(across * ratio) - 1)), data.draw(st.integers(0, int(down * ratio) - 1))
    middle = (device[0] + 0.5) / ratio, (device[1] + 0.5) / ratio
    scale = area.width / width
    source = (middle[0] - area.left) / scale, (middle[1] - area.top) / scale
    if rect.x - 1 < source[0] < rect.right + 1 and rect.y - 1 < source[1] < rect.bottom + 1:
        assert painted.x <= device[0] / ratio
        assert (device[0] + 1) / ratio <= painted.right
        assert painted.y <= device[1] / ratio
        assert (device[1] + 1) / ratio <= painted.bottom


@given(SIDES, SIDES, SIDES, SIDES, RATIOS, st.data())
def test_pixel_by_pixel_a_change_is_painted_and_hardly_anything_around_it(width, height, across, down, ratio, data):
    area = actual_size(width, height, across, down, ratio)
    assert is_exact(width, area, ratio)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    rect = Rect(x, y, data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y)))
    painted = touched(rect, width, area, ratio)
    left, top = area.left + rect.x / ratio, area.top + rect.y / ratio
    right, bottom = left + rect.width / ratio, top + rect.height / ratio
    assert painted.x <= left + 0.001
    assert painted.y <= top + 0.001
    assert painted.right >= right - 0.001
    assert painted.bottom >= bottom - 0.001
    assert painted.width <= right - left + 2.01
    assert painted.height <= bottom - top + 2.01


@given(SIDES, SIDES)
def test_a_picture_of_half_the_sides_stands_for_the_display(width, height):
    half = (-(-width // 2), -(-height // 2))
    assert full_size(half, (width, height)) == (width, height)
    assert full_size((width, height), (width, height)) == (width, height)
    assert full_size((width, height), None) == (width, height)
    assert full_size((width + 1, height), (width, height)) == (width + 1, height)
