"""The menu of the customer's screens: a small picture of each, all together, one window for each. GUI thread."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QMenu, QProxyStyle, QPushButton, QStyle, QStyleOption, QWidget

from protocol.messages.displays import DisplayThumbnail, ListedDisplay
from technician_app.controllers.screen_state import DisplaysShown
from technician_app.models.received_text import shown_line
from technician_app.views.parts import named

THUMBNAIL_PX = 96
NAME_CHARS = 40


class DisplaysMenu(QPushButton):
    """A button with the screens in a menu; what is in the picture is ticked.

    Signals:
        chosen: ids of the screens to see, a tuple.
        windows_wanted: one window for each screen.
        thumbnails_wanted: the menu opens, and its small pictures should be new.
    """

    chosen = Signal(object)
    windows_wanted = Signal()
    thumbnails_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Screens")
        named(self, "displaysButton", "Screens")
        self.setToolTip("Choose which of the customer's screens you see (Ctrl+M)")
        self._shown = DisplaysShown()
        menu = QMenu(self)
        named(menu, "displaysMenu", "The customer's screens")
        self._large_icons = _LargeIcons()
        menu.setStyle(self._large_icons)
        menu.aboutToShow.connect(self.thumbnails_wanted)
        self.setMenu(menu)
        self.setShortcut("Ctrl+M")
        self._actions: dict[int, QAction] = {}
        self._rebuild()

    def show_displays(self, shown: DisplaysShown) -> None:
        """Show what there is to choose from."""
        before, self._shown = self._shown, shown
        if (before.listed, before.shared) != (shown.listed, shown.shared):
            self._rebuild()
        if before.thumbnails != shown.thumbnails:
            self._picture()

    def _rebuild(self) -> None:
        menu = self.menu()
        menu.clear()
        self._actions = {}
        group = QActionGroup(menu)
        several = len(self._shown.listed) > 1
        for number, display in enumerate(self._shown.listed, start=1):
            action = menu.addAction(_words(number, display))
            action.setObjectName(f"display_{display.id}")
            self._tickable(action, group, (display.id,))
            self._actions[display.id] = action
        if several:
            menu.addSeparator()
            everything = tuple(display.id for display in self._shown.listed)
            together = menu.addAction("&All screens together")
            together.setObjectName("display_all")
            self._tickable(together, group, everything)
            each = menu.addAction("One &window for each screen")
            each.setObjectName("display_windows")
            each.triggered.connect(self.windows_wanted)
        self.setText(_button_words(self._shown))
        self.setAccessibleName(self.text())
        self.setVisible(several)
        self._picture()

    def _tickable(self, action: QAction, group: QActionGroup, ids: tuple[int, ...]) -> None:
        action.setCheckable(True)
        action.setChecked(set(ids) == set(self._shown.shared))
        group.addAction(action)
        action.triggered.connect(lambda: self.chosen.emit(ids))

    def _picture(self) -> None:
        for id, action in self._actions.items():
            small = self._shown.thumbnails.get(id)
            if small is not None:
                action.setIcon(_icon(small))


class _LargeIcons(QProxyStyle):
    """Menus with room for small pictures."""

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Say how large icons are."""
        if metric == QStyle.PixelMetric.PM_SmallIconSize:
            return THUMBNAIL_PX
        return super().pixelMetric(metric, option, widget)


def _words(number: int, display: ListedDisplay) -> str:
    name = shown_line(display.name, NAME_CHARS).replace("&", "&&")
    mark = ", main" if display.primary else ""
    scale = f", {display.scale_percent} %" if display.scale_percent != 100 else ""
    return f"&{number}  {name}  {display.width} x {display.height}{scale}{mark}"


def _button_words(shown: DisplaysShown) -> str:
    names = {display.id: display for display in shown.listed}
    if len(shown.shared) == 1 and shown.shared[0] in names:
        return f"Screen: {shown_line(names[shown.shared[0]].name, 16)}"
    if shown.shared and len(shown.shared) == len(shown.listed):
        return "Screens: all"
    return f"Screens: {len(shown.shared)} of {len(shown.listed)}"


def _icon(small: DisplayThumbnail) -> QIcon:
    image = QImage(small.pixels, small.width, small.height, small.width * 3, QImage.Format.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.copy()))
