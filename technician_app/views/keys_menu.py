"""The "Keys" menu of a session window: what a keyboard here cannot send, typing the clipboard, and view only."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton

from protocol.messages.input import AllReleased, InputMessage
from technician_app.input.typed_text import chord
from technician_app.views.clipboard_typist import ClipboardTypist
from technician_app.views.parts import named
from technician_app.views.remote_input import KEYS_CHORD, VIEW_ONLY_CHORD
from technician_app.views.remote_view import RemoteView

_ASK_FIRST = "Ask the customer for mouse and keyboard first."
_ONLY_VIEWING = "You have chosen to view only."
_WHY_NO_SECURE_ATTENTION = {
    "windows": "Windows takes Ctrl+Alt+Del only from its own keyboard. Ask the customer to press it.",
    "macos": "Macs have no Ctrl+Alt+Del.",
}

CHORDS = {
    "ctrl_alt_del": ("Ctrl+Alt+&Del", ("ControlLeft", "AltLeft", "Delete")),
    "ctrl_esc": ("Ctrl+&Esc", ("ControlLeft", "Escape")),
    "alt_tab": ("Alt+&Tab", ("AltLeft", "Tab")),
    "alt_f4": ("Alt+F&4", ("AltLeft", "F4")),
    "super": ("&Super (Windows key)", ("MetaLeft",)),
    "print_screen": ("&Print Screen", ("PrintScreen",)),
    "caps_lock": ("&Caps Lock", ("CapsLock",)),
    "num_lock": ("&Num Lock", ("NumLock",)),
}
"""What each line says, and the physical keys it presses. The locks are the customer's: ours only shape our own text."""


class KeysMenu(QPushButton):
    """A button with the keys in a menu; `send` hands a message to the customer.

    Signals:
        view_only_changed: mouse and keyboard stay here (true), or go to the customer again.
        said: what typing the clipboard is doing, a sentence; "" when nothing.
    """

    view_only_changed = Signal(bool)
    said = Signal(str)

    def __init__(self, view: RemoteView, send: Callable[[InputMessage], None]) -> None:
        super().__init__("Keys")
        named(self, "keysButton", "Keys")
        self.setToolTip(f"Special keys, type the clipboard, view only ({KEYS_CHORD})")
        self._view = view
        self._send = send
        self._granted = False
        self._no_secure_attention = ""
        self.typist = ClipboardTypist(view, send)
        self.typist.said.connect(self.said)
        menu = QMenu(self)
        named(menu, "keysMenu", "Keys to press at the customer's")
        menu.setToolTipsVisible(True)
        self._lines = {name: self._line(menu, name, text) for name, (text, _codes) in CHORDS.items()}
        menu.addSeparator()
        self._type = menu.addAction("T&ype clipboard…", self.typist.begin)
        self._type.setObjectName("type_clipboard")
        menu.addSeparator()
        self._view_only = menu.addAction(f"&View only\t{VIEW_ONLY_CHORD}")
        self._view_only.setObjectName("view_only")
        self._view_only.setCheckable(True)
        self._view_only.toggled.connect(self._choose_view_only)
        menu.aboutToHide.connect(view.setFocus)
        self.setMenu(menu)
        view.keys_wanted.connect(self.open_menu)
        view.view_only_wanted.connect(self._view_only.toggle)
        self._reword()

    @property
    def view_only(self) -> bool:
        """Whether the technician chose to send nothing."""
        return self._view_only.isChecked()

    def open_menu(self) -> None:
        """Open the menu under the button, or in the picture's corner while there is none to be seen."""
        anchor = self._view if self.visibleRegion().isEmpty() else self
        self.menu().popup(anchor.mapToGlobal(anchor.rect().bottomLeft() if anchor is self else anchor.rect().topLeft()))

    def toggle_view_only(self) -> None:
        """Send nothing from now on, or send again."""
        self._view_only.toggle()

    def show_control(self, granted: bool, no_secure_attention: str = "") -> None:
        """Say whether the customer allows control, and why Ctrl+Alt+Del cannot be pressed there ("" when it can)."""
        if not granted:
            self.typist.stop()
        self._granted, self._no_secure_attention = granted, no_secure_attention
        self._reword()

    def _line(self, menu: QMenu, name: str, text: str) -> QAction:
        line = menu.addAction(text)
        line.setObjectName(f"keys_{name}")
        line.triggered.connect(lambda: self._press(*CHORDS[name][1]))
        return line

    def _press(self, *codes: str) -> None:
        for message in chord(*codes):
            self._send(message)

    def _choose_view_only(self, chosen: bool) -> None:
        if chosen:
            self.typist.stop()
            self._send(AllReleased())
        self._reword()
        self.view_only_changed.emit(chosen)

    def _reword(self) -> None:
        obstacle = "" if self._granted else _ASK_FIRST
        if self._granted and self.view_only:
            obstacle = _ONLY_VIEWING
        for line in (*self._lines.values(), self._type):
            line.setEnabled(not obstacle)
            line.setToolTip(obstacle)
        if self._no_secure_attention and not obstacle:
            line = self._lines["ctrl_alt_del"]
            line.setEnabled(False)
            generic = "The customer's computer takes Ctrl+Alt+Del only from its own keyboard."
            line.setToolTip(_WHY_NO_SECURE_ATTENTION.get(self._no_secure_attention, generic))
