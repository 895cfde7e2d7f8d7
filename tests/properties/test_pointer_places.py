"""From a point in the technician's view to a pixel of the customer's desktop: both sides' arithmetic, joined."""

from hypothesis import assume, given
from hypothesis import strategies as st

from customer_client.capture.source import Display
from customer_client.input.injector import pixel_at
from technician_app.views.picture_geometry import actual_size, fitted, on_display

SIDES = st.integers(1, 8000)
ORIGINS = st.integers(-16000, 16000)
"""Displays lie left of and above the primary one as well as right of and below it."""
RATIOS = st.sampled_from([1.0, 1.25, 1.5, 1.75, 2.0, 3.0])


@given(SIDES, SIDES, ORIGINS, ORIGINS, RATIOS, st.data())
def test_pixel_by_pixel_every_device_pixel_hits_its_own_pixel(width, height, left, top, ratio, data):
    display = Display("any", left, top, width, height, primary=False)
    area = actual_size(width, height, 1920, 1080, ratio)
    column, line = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x, y = area.left + column / ratio, area.top + line / ratio
    assert pixel_at(display, *on_display(x, y, area, (width, height))) == (left + column, top + line)


@given(SIDES, SIDES, ORIGINS, ORIGINS, st.integers(100, 4000), st.integers(100, 4000), RATIOS, st.data())
def test_fitted_a_point_hits_the_pixel_drawn_there(width, height, left, top, across, down, ratio, data):
    display = Display("any", left, top, width, height, primary=False)
    area = fitted(width, height, across / ratio, down / ratio)
    assume(area.width > 1 and area.height > 1)
    column, line = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x = area.left + (column + 0.5) * area.width / width
    y = area.top + (line + 0.5) * area.height / height
    assert pixel_at(display, *on_display(x, y, area, (width, height))) == (left + column, top + line)


@given(SIDES, SIDES, ORIGINS, ORIGINS, st.integers(-(2**31), 2**31), st.integers(-(2**31), 2**31))
def test_whatever_is_sent_the_pointer_stays_on_the_shared_display(width, height, left, top, x, y):
    column, line = pixel_at(Display("any", left, top, width, height, primary=False), x, y)
    assert left <= column < left + width
    assert top <= line < top + height
