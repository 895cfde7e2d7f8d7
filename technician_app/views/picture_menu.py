"""The choice of what the customer's picture gives up first on a thin line. GUI thread."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from protocol.messages.picture import PicturePreset
from technician_app.views.parts import named

WORDS = {
    PicturePreset.SHARP: ("&Sharp", "full size always, fewer updates on a thin line"),
    PicturePreset.BALANCED: ("&Balanced", "fewer updates, then coarser photos, at last half the size"),
    PicturePreset.THRIFTY: ("&Thrifty", "for metered lines, at most 1 Mbit/s"),
}


class PictureMenu(QPushButton):
    """A button with the presets in a menu; the chosen one is ticked.

    Signals:
        preset_chosen: the PicturePreset the technician has just chosen.
    """

    preset_chosen = Signal(object)

    def __init__(self, preset: PicturePreset) -> None:
        super().__init__("Picture")
        self.preset = preset
        """The preset now chosen."""
        menu = QMenu(self)
        named(menu, "pictureMenu", "What the picture gives up first on a thin line")
        self._group = QActionGroup(self)
        for choice, (word, meaning) in WORDS.items():
            action = QAction(f"{word}: {meaning}", self, checkable=True, checked=choice is preset)
            action.setObjectName(f"picture_{choice.value}")
            action.setData(choice)
            self._group.addAction(action)
            menu.addAction(action)
        self._group.triggered.connect(self._choose)
        self.setMenu(menu)
        self._tell()

    def _choose(self, action: QAction) -> None:
        if action.data() is not self.preset:
            self.preset = action.data()
            self._tell()
            self.preset_chosen.emit(self.preset)

    def _tell(self) -> None:
        word, meaning = WORDS[self.preset]
        named(self, "pictureButton", f"Picture: {word.replace('&', '')}")
        self.setToolTip(f"{word.replace('&', '')}: {meaning}")
