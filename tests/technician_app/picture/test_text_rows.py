"""Rows of text tiles are written where they belong, exactly, and nothing beside them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.picture.geometry import Rect
from protocol.picture.pixels import put_bgr_rows
from technician_app.picture.text_rows import STRIP_PIXELS, STRIP_WIDTH, TextRows

WIDTH, HEIGHT = 300, 260
rects_in_the_picture = st.lists(
    st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, WIDTH), st.integers(1, HEIGHT)).map(
        lambda box: Rect(box[0], box[1], min(box[2], WIDTH - box[0]), min(box[3], HEIGHT - box[1]))
    ),
    min_size=1,
    max_size=12,
)


def rows_of(rects: list[Rect], seed: int) -> bytes:
    return bytes((place * 7 + seed) % 251 for place in range(sum(rect.area for rect in rects) * 3))


@settings(deadline=None)
@given(rects_in_the_picture, st.integers(0, 250))
def test_any_rectangles_get_the_pixels_the_plain_way_gives_them(rects: list[Rect], seed: int) -> None:
    three = rows_of(rects, seed)
    plain, ours = bytearray(WIDTH * HEIGHT * 4), bytearray(WIDTH * HEIGHT * 4)
    put_bgr_rows(plain, WIDTH * 4, rects, three)
    TextRows().put(ours, WIDTH * 4, rects, three)
    assert ours == plain


def test_the_widest_rectangle_and_one_of_many_strips_are_written_whole() -> None:
    text_rows = TextRows()
    for rect in (Rect(0, 0, 65535, 3), Rect(0, 0, STRIP_WIDTH, 2 * STRIP_PIXELS // STRIP_WIDTH + 1)):
        three = rows_of([rect], 1)
        buffer = bytearray(rect.area * 4)
        text_rows.put(buffer, rect.width * 4, [rect], three)
        assert all(buffer[channel::4] == three[channel::3] for channel in range(3))
        assert buffer[3::4] == b"\xff" * rect.area
