"""The bar fits any width down to 900 pixels: what has no room is in a menu, still works, and nothing is clipped."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from protocol.consent import Standing
from protocol.messages.consent import Capability
from technician_app.controllers.session_state import Control, LinkStatus, Permission, Phase, SessionViewState
from technician_app.views.overflow_row import OverflowRow
from technician_app.views.parts import push_button
from technician_app.views.session_window import SessionWindow

NAMES = [f"button{number}" for number in range(6)]
LIVE = SessionViewState(
    phase=Phase.LIVE,
    session="ab" * 16,
    ticket="DS-2026-000001",
    subject="Printer",
    link="",
    route="",
    spoken_route="",
    control=Control.GRANTED,
    permissions={capability: Permission(Standing.GRANTED) for capability in Capability},
    record_status="both lanes are stored at the relay, 1234 events, as the organisation's log proves",
    link_status=LinkStatus("tunnel", 123.0, 60.0, 123_456.0),
)


class Intents:
    def __getattr__(self, name):
        return lambda *arguments: None


@pytest.fixture
def row(qtbot):
    buttons = [push_button(f"Button {number}", name) for number, name in enumerate(NAMES)]
    space = QWidget()
    give_way = [buttons[3], buttons[2], buttons[4]]
    made = OverflowRow([*buttons[:2], space, *buttons[2:]], give_way=give_way, stretch=space, more=("M&ore", "more"))
    qtbot.addWidget(made)
    made.show()
    return made


def seen(row: OverflowRow) -> list[str]:
    """Return the names of the buttons nothing is cut off from, from left to right."""
    whole = [button for button in row.findChildren(QPushButton) if button.isVisible()]
    whole = [button for button in whole if row.rect().contains(button.geometry())]
    return [button.objectName() for button in sorted(whole, key=lambda button: button.x())]


def menu_of(row: OverflowRow) -> QMenu:
    menu = row.more.menu()
    menu.aboutToShow.emit()
    return menu


def test_what_has_no_room_goes_into_the_menu_in_its_order_and_comes_back(row):
    row.resize(row.sizeHint())
    assert seen(row) == NAMES
    row.resize(row.sizeHint().width() - 1, row.height())
    assert seen(row)[-1] == "more"
    assert "button3" not in seen(row)
    row.resize(row.minimumSizeHint())
    assert seen(row) == ["button0", "button1", "button5", "more"]
    assert [entry.text() for entry in menu_of(row).actions()] == ["Button 2", "Button 3", "Button 4"]
    row.resize(row.sizeHint())
    assert seen(row) == NAMES


def test_entries_are_the_buttons_themselves_and_a_buttons_own_menu_opens_in_the_menu(row, qtbot):
    checkable, with_menu, disabled = (row.findChild(QPushButton, NAMES[number]) for number in (2, 3, 4))
    checkable.setCheckable(True)
    own = QMenu(with_menu)
    own.addAction("inside")
    with_menu.setMenu(own)
    disabled.setEnabled(False)
    row.resize(row.minimumSizeHint())
    for _ in range(2):  # the menu is made anew each time
        first, second, third = menu_of(row).actions()
        assert second.menu() is own
        assert not third.isEnabled()
    first.trigger()
    assert checkable.isChecked()
    assert menu_of(row).actions()[0].isChecked()


def test_the_keyboard_reaches_the_menu_and_never_a_button_nobody_sees(row, qtbot):
    button = row.findChild(QPushButton, "button2")
    row.resize(row.sizeHint())
    before = button.focusPolicy()
    button.setFocus()
    row.resize(row.minimumSizeHint())
    assert button.focusPolicy() is Qt.FocusPolicy.NoFocus
    assert row.more.focusPolicy() & Qt.FocusPolicy.TabFocus
    row.resize(row.sizeHint())
    assert button.focusPolicy() is before


def test_a_button_without_room_keeps_its_shortcut(qtbot, row):
    pressed = []
    button = row.findChild(QPushButton, "button3")
    button.setShortcut("Ctrl+Y")
    button.clicked.connect(lambda: pressed.append(True))
    row.resize(row.minimumSizeHint())
    row.activateWindow()
    QTest.keyClick(row, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: pressed == [True])


def test_a_button_that_goes_makes_room(row, qtbot):
    row.resize(row.sizeHint().width() - 1, row.height())
    assert "more" in seen(row)
    row.findChild(QPushButton, "button0").hide()
    qtbot.waitUntil(lambda: seen(row) == NAMES[1:])


@pytest.mark.parametrize("width", [683, 853, 900, 1024, 1280, 1900])
def test_nothing_of_a_live_sessions_bar_is_clipped_and_nothing_is_lost(qtbot, width):
    window = SessionWindow(Intents(), lambda: None, replace(LIVE, phase=Phase.CONNECTING))
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    window.show()
    window.render(LIVE)
    window.showNormal()
    window.resize(width, 480)  # 683 x 512 is 1024 x 768 at 150 %
    qtbot.waitUntil(lambda: (window.width(), window.height()) == (width, 480))
    rows = window.findChildren(OverflowRow)
    assert len(rows) == 2

    def settled() -> bool:
        return all(row.width() >= row.minimumSizeHint().width() and row.width() < width for row in rows)

    qtbot.waitUntil(settled)
    for row in rows:
        names = set(seen(row))
        places = [
            QRect(button.mapTo(window, QPoint()), button.size())
            for button in row.findChildren(QPushButton)
            if button.objectName() in names
        ]
        assert all(window.rect().contains(place) for place in places)
        assert not any(one.intersects(other) for one in places for other in places if one is not other)
        wanted = [
            button for button in row.findChildren(QPushButton) if not button.isHidden() and button is not row.more
        ]
        assert len(wanted) == len(names - {row.more.objectName()}) + len(menu_of(row).actions())
