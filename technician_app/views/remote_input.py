"""Qt's key, mouse and wheel events as the pure input code wants them."""

import os
import sys
from enum import Enum

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

from protocol.messages.input import Button
from technician_app.input.key_mapping import Desktop, KeyStroke, key_code

RELEASE_CHORD = "Ctrl+Alt+Shift+R"
"""Gives control back. This chord and those below never reach the customer."""
FULL_SCREEN_CHORD = "Ctrl+Alt+Shift+F"
FIGURES_CHORD = "Ctrl+Alt+Shift+O"
KEYS_CHORD = "Ctrl+Alt+Shift+K"
VIEW_ONLY_CHORD = "Ctrl+Alt+Shift+V"

MAX_WHEEL = 12000
BUTTONS = {
    Qt.MouseButton.LeftButton: Button.PRIMARY,
    Qt.MouseButton.MiddleButton: Button.AUXILIARY,
    Qt.MouseButton.RightButton: Button.SECONDARY,
    Qt.MouseButton.BackButton: Button.BACK,
    Qt.MouseButton.ForwardButton: Button.FORWARD,
}
_FIRST_DEAD, _LAST_DEAD = Qt.Key.Key_Dead_Grave, Qt.Key.Key_Dead_Longsolidusoverlay
_CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


class LocalChord(Enum):
    """What Ctrl+Alt+Shift and one more key do here, by that key's place on the keyboard."""

    RELEASE = "KeyR"
    FULL_SCREEN = "KeyF"
    FIGURES = "KeyO"
    KEYS = "KeyK"
    VIEW_ONLY = "KeyV"


_CHORD_LETTERS = {
    Qt.Key.Key_R: LocalChord.RELEASE,
    Qt.Key.Key_F: LocalChord.FULL_SCREEN,
    Qt.Key.Key_O: LocalChord.FIGURES,
    Qt.Key.Key_K: LocalChord.KEYS,
    Qt.Key.Key_V: LocalChord.VIEW_ONLY,
}


def this_desktop() -> Desktop:
    """Return whose native key codes Qt hands us here."""
    if sys.platform == "win32":
        return Desktop.WINDOWS
    return Desktop.MACOS if sys.platform == "darwin" else Desktop.EVDEV


def composes_itself() -> bool:
    """Say whether nothing but Qt's own compose would make characters of dead keys here; we do that better (see there).

    An input method chosen by the user (ibus, fcitx) is left alone.
    """
    chosen = os.environ.get("QT_IM_MODULES") or os.environ.get("QT_IM_MODULE", "")
    return QGuiApplication.platformName() == "xcb" and chosen in ("", "compose")


def key_stroke(event: QKeyEvent, *, down: bool) -> KeyStroke:
    """Return `event` as a KeyStroke."""
    modifiers = event.modifiers()
    return KeyStroke(
        native_scan_code=event.nativeScanCode(),
        native_virtual_key=event.nativeVirtualKey(),
        text=event.text(),
        down=down,
        repeat=event.isAutoRepeat(),
        control=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
        alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
        meta=bool(modifiers & Qt.KeyboardModifier.MetaModifier),
        dead=_FIRST_DEAD <= event.key() <= _LAST_DEAD or event.key() == Qt.Key.Key_Multi_key,
    )


def local_chord(event: QKeyEvent, desktop: Desktop) -> LocalChord | None:
    """Return which of our own chords `event` is, by the place of its key on the keyboard or by its letter."""
    if event.modifiers() & _CHORD != _CHORD:
        return None
    code = key_code(desktop, event.nativeScanCode(), event.nativeVirtualKey())
    by_place = next((chord for chord in LocalChord if chord.value == code), None)
    return by_place or _CHORD_LETTERS.get(Qt.Key(event.key()))


def wheel_units(angle: QPoint) -> tuple[int, int]:
    """Return (dx, dy) in 120ths of a notch, right and up positive; Qt counts left as positive."""
    return (_clamped(-angle.x()), _clamped(angle.y()))


def _clamped(units: int) -> int:
    return min(MAX_WHEEL, max(-MAX_WHEEL, units))
