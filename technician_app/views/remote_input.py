"""Qt's key, mouse and wheel events as the pure input code wants them."""

import sys

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent

from protocol.messages.input import Button
from technician_app.input.key_mapping import Desktop, KeyStroke, key_code

RELEASE_CHORD = "Ctrl+Alt+Shift+R"
"""The one chord that never reaches the customer: it gives control back."""

MAX_WHEEL = 12000
BUTTONS = {
    Qt.MouseButton.LeftButton: Button.PRIMARY,
    Qt.MouseButton.MiddleButton: Button.AUXILIARY,
    Qt.MouseButton.RightButton: Button.SECONDARY,
    Qt.MouseButton.BackButton: Button.BACK,
    Qt.MouseButton.ForwardButton: Button.FORWARD,
}
_CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier


def this_desktop() -> Desktop:
    """Return whose native key codes Qt hands us here."""
    if sys.platform == "win32":
        return Desktop.WINDOWS
    return Desktop.MACOS if sys.platform == "darwin" else Desktop.EVDEV


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
    )


def is_release_chord(event: QKeyEvent, desktop: Desktop) -> bool:
    """Say whether `event` is Ctrl+Alt+Shift+R, by its place on the keyboard or by its letter."""
    if event.modifiers() & _CHORD != _CHORD:
        return False
    code = key_code(desktop, event.nativeScanCode(), event.nativeVirtualKey())
    return code == "KeyR" or event.key() == Qt.Key.Key_R


def wheel_units(angle: QPoint) -> tuple[int, int]:
    """Return (dx, dy) in 120ths of a notch, right and up positive; Qt counts left as positive."""
    return (_clamped(-angle.x()), _clamped(angle.y()))


def _clamped(units: int) -> int:
    return min(MAX_WHEEL, max(-MAX_WHEEL, units))
