"""A row of buttons that fits any width: those it has no room for move into a "More" menu. GUI thread only."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QStyle, QWidget

from technician_app.views.parts import push_button

_AWAY = -10_000
"""Where a button without room stands: not hidden, because a hidden button has no shortcut."""


class OverflowRow(QWidget):
    """`row` side by side, `stretch` taking what is left over; the first of `give_way` are the first in the menu.

    The buttons are still shown and hidden by whoever owns them. The menu's button, whose text and object name
    are `more`, stands before `more_before`, or last.
    """

    def __init__(
        self,
        row: Sequence[QWidget],
        *,
        give_way: Sequence[QPushButton],
        stretch: QWidget,
        more: tuple[str, str],
        more_before: QWidget | None = None,
        spacing: int = 8,
    ) -> None:
        super().__init__()
        self._give_way = tuple(give_way)
        self._stretch = stretch
        self._spacing = spacing
        self._away: dict[QPushButton, Qt.FocusPolicy] = {}
        self.more = push_button(*more, tip="What this window has no room for")
        self.more.setVisible(False)
        self._menu = QMenu(self.more)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        place = len(row) if more_before is None else list(row).index(more_before)
        self._row = (*row[:place], self.more, *row[place:])
        for widget in self._row:
            widget.setParent(self)

    def sizeHint(self) -> QSize:
        """Return the room everything needs."""
        return self._size(self._shown())

    def minimumSizeHint(self) -> QSize:
        """Return the room of what is never in the menu, and of the menu's button."""
        shown = self._shown()
        staying = [widget for widget in shown if widget not in self._give_way]
        return self._size(staying if len(staying) == len(shown) else [*staying, self.more])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Arrange the buttons in the new width."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Arrange them when one comes, goes or gets another text."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._row if widget is not self.more and not widget.isHidden()]

    def _size(self, widgets: Sequence[QWidget]) -> QSize:
        sizes = [self._room(widget) for widget in widgets]
        width = sum(size.width() for size in sizes) + self._spacing * max(0, len(sizes) - 1)
        return QSize(width, max((size.height() for size in sizes), default=0))

    def _room(self, widget: QWidget) -> QSize:
        size = widget.sizeHint().expandedTo(widget.minimumSize())
        return QSize(widget.minimumWidth(), size.height()) if widget is self._stretch else size

    def _arrange(self) -> None:
        here = self._shown()
        away: list[QPushButton] = []
        if self._size(here).width() > self.width():
            for button in self._give_way:
                if self._size([*here, self.more]).width() <= self.width():
                    break
                if button in here:
                    here.remove(button)
                    away.append(button)
        self._send_away(away)
        self.more.setVisible(bool(away))
        here = [widget for widget in self._row if widget in here or (away and widget is self.more)]
        left = 0
        spare = max(0, self.width() - self._size(here).width())
        for widget in here:
            room = self._room(widget)
            width = room.width() + (spare if widget is self._stretch else 0)
            place = QRect(left, (self.height() - room.height()) // 2, width, room.height())
            widget.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))
            left += width + self._spacing

    def _send_away(self, buttons: Sequence[QPushButton]) -> None:
        for button in [button for button in self._away if button not in buttons]:
            button.setFocusPolicy(self._away.pop(button))
        for button in buttons:
            if button not in self._away:
                self._away[button] = button.focusPolicy()
                if button.hasFocus():
                    self.more.setFocus()
                button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.move(_AWAY, 0)

    def _fill_menu(self) -> None:
        self._menu.clear()
        for widget in self._row:
            if isinstance(widget, QPushButton) and widget in self._away:
                self._menu.addAction(self._entry(widget))

    def _entry(self, button: QPushButton) -> QAction:
        if button.menu() is not None:
            entry = button.menu().menuAction()
            entry.setText(button.text())
        else:
            entry = QAction(button.text(), self._menu)
            entry.setCheckable(button.isCheckable())
            entry.setChecked(button.isChecked())
            entry.triggered.connect(button.click)
        entry.setEnabled(button.isEnabled())
        entry.setToolTip(button.toolTip())
        return entry
