"""How large the picture is shown: fitted, pixel by pixel, 50 to 400 %. GUI thread."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from technician_app.views.parts import named
from technician_app.views.picture_zoom import Magnification, Zoom

PERCENTS = (50, 75, 100, 150, 200, 300, 400)


class ZoomMenu(QPushButton):
    """A button with the sizes in a menu. `window` gets the keys, because a hidden button has none.

    Signals:
        chosen: a Magnification.
        stepped: a step larger (true) or smaller.
    """

    chosen = Signal(object)
    stepped = Signal(bool)

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        menu = QMenu(self)
        named(menu, "zoomMenu", "Size of the picture")
        self._lines: dict[Magnification, QAction] = {}
        self._add(menu, window, "&Fit to window", "fit", Magnification(), "Ctrl+0")
        for percent in PERCENTS:
            words = "&Actual size (100 %)" if percent == 100 else f"{percent} %"
            self._add(menu, window, words, str(percent), Magnification(Zoom.ACTUAL, percent), "")
        menu.addSeparator()
        for words, name, keys, up in (("&Larger", "larger", "Ctrl++", True), ("&Smaller", "smaller", "Ctrl+-", False)):
            line = menu.addAction(words)
            line.setObjectName(f"zoom_{name}")
            sequences = [QKeySequence(keys)] + ([QKeySequence("Ctrl+=")] if up else [])
            line.setShortcuts(sequences)
            line.triggered.connect(lambda _checked, up=up: self.stepped.emit(up))
            window.addAction(line)
        self.setMenu(menu)
        self.setToolTip("Size of the picture (Ctrl+0, Ctrl++, Ctrl+-, or Ctrl and the wheel)")
        self.show_zoom(Magnification())

    def show_zoom(self, magnification: Magnification) -> None:
        """Tick what is shown now."""
        for each, line in self._lines.items():
            line.setChecked(each == magnification)
        words = "Fit" if magnification.zoom is Zoom.FIT else f"{magnification.percent} %"
        self.setText(f"Zoom: {words}")
        named(self, "zoomMenuButton", f"Zoom: {words}")

    def _add(
        self, menu: QMenu, window: QWidget, words: str, name: str, magnification: Magnification, keys: str
    ) -> None:
        line = menu.addAction(words)
        line.setObjectName(f"zoom_{name}")
        line.setCheckable(True)
        if keys:
            line.setShortcut(keys)
            window.addAction(line)
        line.triggered.connect(lambda: self._choose(magnification))
        self._lines[magnification] = line

    def _choose(self, magnification: Magnification) -> None:
        self.show_zoom(magnification)
        self.chosen.emit(magnification)
