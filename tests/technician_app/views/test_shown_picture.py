"""Changes of a frame buffer in a RemoteView: what is painted, and when the next may be decoded."""

import pytest
from PySide6.QtGui import QPaintEvent

from protocol.errors import LocalError
from protocol.picture.geometry import Rect
from technician_app.controllers.session_state import Frame, PictureChange
from technician_app.views.remote_view import RemoteView, Zoom

SIZE = (200, 100)


class Watched(RemoteView):
    """Remembers which part of it each painting was about."""

    def __init__(self, changes):
        super().__init__(lambda: changes.pop(0) if changes else None)
        self.changes, self.painted, self.said = changes, [], []
        self.picture_painted.connect(self.said.append)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted.append(event.rect().getRect())
        super().paintEvent(event)

    def show_change(self, change):
        self.changes.append(change)
        self.show_newest()


@pytest.fixture
def view(qtbot):
    shown = Watched([])
    qtbot.addWidget(shown)
    shown.set_zoom(Zoom.ACTUAL)
    shown.resize(*SIZE)
    return shown


def change(number, *rects, size=SIZE, pixels=None):
    pixels = bytearray(size[0] * size[1] * 4) if pixels is None else pixels
    return PictureChange(rects, number, size, size[0] * 4, memoryview(pixels))


def test_only_what_changed_is_painted_and_then_said_to_be(view, qtbot):
    pixels = bytearray(SIZE[0] * SIZE[1] * 4)
    view.show_change(change(0, Rect(0, 0, *SIZE), pixels=pixels))
    view.show()
    qtbot.waitUntil(lambda: bool(view.painted))
    view.said.clear()
    view.painted.clear()
    pixels[(10 * 200 + 20) * 4 : (10 * 200 + 20) * 4 + 4] = b"\x00\x00\xff\xff"
    view.show_change(change(1, Rect(20, 10, 3, 4), pixels=pixels))
    assert view.said == []
    qtbot.waitUntil(lambda: view.said == [1])
    assert view.painted == [(20, 10, 3, 4)]
    assert view.grab().toImage().pixelColor(20, 10).red() == 255


def test_a_window_nobody_sees_holds_nothing_up(view):
    view.show_change(change(0, Rect(0, 0, *SIZE)))
    view.show_change(change(1, Rect(5, 5, 5, 5)))
    assert view.said == [0, 1]


def test_a_change_of_nothing_is_painted_at_once(view, qtbot):
    pixels = bytearray(SIZE[0] * SIZE[1] * 4)
    view.show()
    view.show_change(change(0, Rect(0, 0, *SIZE), pixels=pixels))
    qtbot.waitUntil(lambda: view.said == [0])
    view.show_change(change(1, pixels=pixels))
    assert view.said == [0, 1]


@pytest.mark.parametrize(
    "newer", [change(1, Rect(0, 0, 1, 1)), change(1, size=(50, 50)), Frame(200, 100, 800, bytes(80000))]
)
def test_another_buffer_size_or_kind_of_picture_is_painted_whole(view, qtbot, newer):
    view.show()
    view.show_change(change(0, Rect(0, 0, *SIZE)))
    qtbot.waitUntil(lambda: view.said == [0])
    view.painted.clear()
    view.show_change(newer)
    qtbot.waitUntil(lambda: bool(view.painted))
    assert view.painted[0] == (0, 0, *SIZE)


def test_a_buffer_smaller_than_the_picture_is_refused_before_it_is_read(view):
    with pytest.raises(LocalError):
        view.show_change(change(0, Rect(0, 0, *SIZE), pixels=bytearray(100)))


def test_a_picture_of_half_the_display_is_drawn_where_the_whole_one_would_be(view, qtbot):
    half = (SIZE[0] // 2, SIZE[1] // 2)
    pixels = bytearray(b"\x00\x00\xff\xff" * (half[0] // 2) + b"\xff\x00\x00\xff" * (half[0] // 2)) * half[1]
    resized = []
    view.resized.connect(lambda: resized.append(view.frame_size))
    view.set_display_size(SIZE)
    view.show_change(change(0, Rect(0, 0, *half), size=half, pixels=pixels))
    view.show()
    assert view.frame_size == SIZE
    assert (view.sizeHint().width(), view.sizeHint().height()) == SIZE
    image = view.grab().toImage()
    assert image.pixelColor(5, 95).red() == image.pixelColor(90, 5).red() == 255
    assert image.pixelColor(195, 95).blue() == image.pixelColor(110, 5).blue() == 255
    view.show_change(change(1, Rect(0, 0, *SIZE)))
    assert view.frame_size == SIZE
    assert resized == [SIZE]


def test_a_changed_part_of_a_smaller_picture_is_painted_in_its_place(view, qtbot):
    half = (SIZE[0] // 2, SIZE[1] // 2)
    pixels = bytearray(half[0] * half[1] * 4)
    view.set_display_size(SIZE)
    view.show_change(change(0, Rect(0, 0, *half), size=half, pixels=pixels))
    view.show()
    qtbot.waitUntil(lambda: bool(view.painted))
    view.painted.clear()
    view.show_change(change(1, Rect(50, 20, 10, 10), size=half, pixels=pixels))
    qtbot.waitUntil(lambda: view.said == [0, 1])
    ((left, top, width, height),) = view.painted
    assert left <= 100 <= 120 <= left + width
    assert top <= 40 <= 60 <= top + height
    assert width < 40
    assert height < 40


def test_a_picture_of_another_size_than_was_described_is_taken_as_it_is(view):
    view.set_display_size((1920, 1080))
    view.show_change(change(0, Rect(0, 0, *SIZE)))
    assert view.frame_size == SIZE
