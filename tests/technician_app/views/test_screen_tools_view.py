"""The tools above the picture: what the mouse draws, which screens are chosen, how large the picture is."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton

from protocol.consent import Standing
from protocol.messages.consent import Capability
from protocol.messages.displays import DisplayThumbnail, ListedDisplay
from protocol.messages.drawing import DrawingCleared, DrawingStroke, Place, StrokeKind
from technician_app.controllers.screen_state import DisplaysShown
from technician_app.controllers.session_state import Control, Frame, Permission, Phase, SessionViewState
from technician_app.views.drawing_hand import Tool
from technician_app.views.picture_zoom import Magnification, Zoom
from technician_app.views.session_window import SessionWindow

POINT = {Capability.SEE: Permission(Standing.GRANTED), Capability.POINT: Permission(Standing.GRANTED)}
MAIN = ListedDisplay(1, "HDMI-1", 0, 0, 400, 300, 100, primary=True)
SIDE = ListedDisplay(2, "DP-2", 500, 0, 300, 200, 150, primary=False)
LIVE = SessionViewState(
    phase=Phase.LIVE,
    session="ab" * 16,
    ticket="DS-2026-000001",
    subject="Printer",
    link="",
    route="",
    permissions=POINT,
    display_size=(800, 300),
    displays=DisplaysShown((MAIN, SIDE), (1, 2)),
)


class Intents:
    """Keeps what the technician did, in order; `screen` like the rest."""

    def __init__(self):
        self.done = []
        self.screen = self

    def __getattr__(self, name):
        return lambda *arguments: self.done.append((name, *arguments))

    def strokes(self) -> list[DrawingStroke]:
        return [arguments[0] for name, *arguments in self.done if name == "draw"]

    def pointed(self) -> list[tuple[int, int, bool]]:
        return [tuple(arguments) for name, *arguments in self.done if name == "point"]


@pytest.fixture
def intents():
    return Intents()


@pytest.fixture
def window(qtbot, intents):
    frame = Frame(800, 300, 3200, bytes(range(256)) * 3750)
    shown = SessionWindow(intents, lambda: frame, LIVE)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    shown.remote.show_newest()
    yield shown
    shown.tools.close_windows()


def mouse(window, kind, x: float, y: float, *, held=True, button=Qt.MouseButton.LeftButton) -> None:
    """Do something with the mouse at (x, y) of the picture, in its pixels."""
    area, (width, height) = window.remote.picture_area, window.remote.frame_size
    point = QPointF(area.left + (x + 0.5) * area.width / width, area.top + (y + 0.5) * area.height / height)
    pressed = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
    buttons = button if held else Qt.MouseButton.NoButton
    event = QMouseEvent(kind, point, window.remote.mapToGlobal(point), pressed, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window.remote, event)


def drag(window, *points: tuple[float, float]) -> None:
    mouse(window, QEvent.Type.MouseButtonPress, *points[0])
    for point in points[1:]:
        mouse(window, QEvent.Type.MouseMove, *point)
    mouse(window, QEvent.Type.MouseButtonRelease, *points[-1], held=False)


def place(x: int, y: int) -> Place:
    return Place(round(x * 65535 / 799), round(y * 65535 / 299))


def press(window, child, qtbot, name: str) -> None:
    qtbot.mouseClick(child(window, name, QPushButton), Qt.MouseButton.LeftButton)


def test_before_control_moving_points_and_a_click_draws_a_ring(window, intents):
    mouse(window, QEvent.Type.MouseMove, 100, 50, held=False)
    mouse(window, QEvent.Type.MouseButtonPress, 100, 50)
    expected = place(100, 50)
    assert intents.pointed()[0] == (expected.x, expected.y, True)
    assert [(each.kind, each.points) for each in intents.strokes()] == [(StrokeKind.RIPPLE, (expected,))]


def test_leaving_the_picture_takes_the_pointer_away(window, intents):
    mouse(window, QEvent.Type.MouseMove, 100, 50, held=False)
    QApplication.sendEvent(window.remote, QEvent(QEvent.Type.Leave))
    assert intents.pointed()[-1] == (0, 0, False)


def test_with_control_the_mouse_is_the_customers_and_does_not_point(window, intents):
    window.render(replace(LIVE, control=Control.GRANTED))
    mouse(window, QEvent.Type.MouseButtonPress, 100, 50)
    assert intents.pointed() == []
    assert intents.strokes() == []
    assert "send_input" in [name for name, *_ in intents.done]


def test_a_drawing_tool_draws_even_with_control_and_clicks_nothing(window, child, qtbot, intents):
    window.render(replace(LIVE, control=Control.GRANTED))
    press(window, child, qtbot, "arrowTool")
    intents.done.clear()
    drag(window, (10, 10), (100, 100))
    assert intents.strokes()[-1].points == (place(10, 10), place(100, 100))
    assert intents.strokes()[-1].kind is StrokeKind.ARROW
    assert "send_input" not in [name for name, *_ in intents.done]


def test_a_freehand_line_holds_every_place_in_order_as_one_stroke(window, child, qtbot, intents):
    press(window, child, qtbot, "drawTool")
    drag(window, *((step * 20, 20 + step * 10) for step in range(8)))
    strokes = intents.strokes()
    assert len({each.number for each in strokes}) == 1
    assert [point for each in strokes for point in each.points] == [
        place(step * 20, 20 + step * 10) for step in range(8)
    ]


def test_clear_and_a_new_stroke_have_their_own_messages(window, child, qtbot, intents):
    press(window, child, qtbot, "boxTool")
    drag(window, (10, 10), (60, 60))
    drag(window, (20, 20), (90, 90))
    press(window, child, qtbot, "clearDrawing")
    *boxes, cleared = intents.strokes()
    assert cleared == DrawingCleared()
    assert len({each.number for each in boxes}) == 2


@pytest.mark.parametrize("trouble", [{"permissions": {}}, {"paused": True}])
def test_without_the_permission_nothing_is_pointed_or_drawn(window, child, intents, trouble):
    window.render(replace(LIVE, **trouble))
    mouse(window, QEvent.Type.MouseMove, 100, 50, held=False)
    drag(window, (10, 10), (60, 60))
    assert intents.pointed() == []
    assert intents.strokes() == []
    assert not child(window, "arrowTool", QPushButton).isEnabled()


def test_the_menu_lists_screens_with_pictures_and_chooses(window, intents):
    small = DisplayThumbnail(2, 2, 1, b"\xff\x00\x00" * 2)
    window.render(replace(LIVE, displays=DisplaysShown((MAIN, SIDE), (1,), {2: small})))
    actions = {action.objectName(): action for action in window.tools.displays.menu().actions()}
    assert "300 x 200, 150 %" in actions["display_2"].text()
    assert not actions["display_2"].icon().isNull()
    assert actions["display_1"].isChecked()
    actions["display_2"].trigger()
    actions["display_all"].trigger()
    assert [entry for entry in intents.done if entry[0] == "share_displays"] == [
        ("share_displays", (2,)),
        ("share_displays", (1, 2)),
    ]


def test_one_screen_needs_no_menu(window):
    window.render(replace(LIVE, displays=DisplaysShown((MAIN,), (1,))))
    assert not window.tools.displays.isVisible()


def test_each_screen_has_a_window_with_its_part_that_goes_with_it(window, intents):
    window.tools.displays.windows_wanted.emit()
    assert [(each.display_id, each.view.part) for each in window.tools.monitors] == [
        (1, QRect(0, 0, 400, 300)),
        (2, QRect(500, 0, 300, 200)),
    ]
    second = window.tools.monitors[1].view
    second.resize(300, 200)
    assert second.place_at(QPointF(0.5, 0.5)) == (place(500, 0).x, 0)
    assert second.place_at(QPointF(299.5, 199.5)) == (place(799, 0).x, place(0, 199).y)
    second.grab()
    window.render(replace(LIVE, displays=DisplaysShown((MAIN,), (1,))))
    assert window.tools.monitors == []


def test_zoom_goes_by_steps_keeps_to_its_limits_and_is_told(window):
    area = window._remote_area
    area.set_zoom(Zoom.ACTUAL)
    for _ in range(20):
        area.step_zoom(True)
    assert area.magnification == Magnification(Zoom.ACTUAL, 400)
    assert window.remote.picture_area.width == pytest.approx(3200, abs=1)
    for _ in range(20):
        area.step_zoom(False)
    assert area.magnification == Magnification(Zoom.ACTUAL, 50)
    assert window.tools._zoom.text() == "Zoom: 50 %"


def test_ctrl_and_the_wheel_zoom_around_the_mouse(window):
    area = window._remote_area
    area.set_zoom(Zoom.ACTUAL)
    point = QPointF(window.remote.rect().center())
    before = window.remote.place_at(point)
    where = window.remote.mapToGlobal(point)
    event = QWheelEvent(
        area.viewport().mapFromGlobal(where),
        where,
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(area.viewport(), event)
    assert area.magnification == Magnification(Zoom.ACTUAL, 110)
    after = window.remote.place_at(window.remote.mapFromGlobal(where))
    # across, where there is something to scroll; down, the picture stays in the middle
    assert after[0] == pytest.approx(before[0], abs=400)


def test_a_screenshot_has_the_pictures_exact_pixels(window, child, qtbot, intents):
    press(window, child, qtbot, "screenshotButton")
    qtbot.waitUntil(lambda: any(entry[0] == "keep_screenshot" for entry in intents.done), timeout=5000)
    shot = next(entry[1] for entry in intents.done if entry[0] == "keep_screenshot")
    assert (shot.width, shot.height, shot.exact, shot.error_at) == (800, 300, True, None)
    image = QImage.fromData(shot.png)
    original = window.remote.picture.copy()
    assert all(image.pixel(x, y) == original.pixel(x, y) for x in range(0, 800, 37) for y in range(0, 300, 29))


def test_an_error_is_the_region_dragged_over_once(window, child, qtbot, intents):
    press(window, child, qtbot, "grabButton")
    drag(window, (100, 50), (299, 149))
    qtbot.waitUntil(lambda: any(entry[0] == "keep_screenshot" for entry in intents.done), timeout=5000)
    shot = next(entry[1] for entry in intents.done if entry[0] == "keep_screenshot")
    assert (shot.width, shot.height) == pytest.approx((200, 100), abs=3)
    assert shot.error_at == pytest.approx((place(200, 0).x, place(0, 100).y), abs=400)
    assert window.tools.hand.tool is Tool.POINT
    assert intents.strokes() == []


def test_escape_gives_a_grab_up(window, child, qtbot):
    press(window, child, qtbot, "grabButton")
    assert window.tools.hand.tool is Tool.GRAB
    qtbot.keyClick(window.remote, Qt.Key.Key_Escape)
    assert window.tools.hand.tool is Tool.POINT
    assert not child(window, "grabButton", QPushButton).isChecked()
