import re

import pytest

from technician_app.input.key_mapping import Desktop, key_code
from technician_app.input.key_tables import EVDEV, MACOS, WINDOWS

TABLES = {"evdev": EVDEV, "windows": WINDOWS, "macos": MACOS}
EVERYWHERE = {f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {f"Digit{digit}" for digit in range(10)}
EVERYWHERE |= {f"F{number}" for number in range(1, 20)} | {f"Numpad{digit}" for digit in range(10)}
EVERYWHERE |= {
    "Escape",
    "Tab",
    "CapsLock",
    "ShiftLeft",
    "ShiftRight",
    "ControlLeft",
    "ControlRight",
    "AltLeft",
    "AltRight",
    "MetaLeft",
    "MetaRight",
    "Space",
    "Enter",
    "Backspace",
    "Delete",
    "Insert",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Minus",
    "Equal",
    "BracketLeft",
    "BracketRight",
    "Backslash",
    "Semicolon",
    "Quote",
    "Backquote",
    "Comma",
    "Period",
    "Slash",
    "IntlBackslash",
    "NumpadAdd",
    "NumpadSubtract",
    "NumpadMultiply",
    "NumpadDivide",
    "NumpadEnter",
    "NumpadDecimal",
    "NumLock",
    "ContextMenu",
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_the_keys_of_a_full_keyboard(name):
    assert EVERYWHERE - set(TABLES[name].values()) == set()


@pytest.mark.parametrize("name", TABLES)
def test_every_code_can_travel(name):
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,32}", code) for code in TABLES[name].values())


@pytest.mark.parametrize("name", ["evdev", "macos"])
def test_no_two_keys_share_a_code(name):
    codes = list(TABLES[name].values())
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("desktop", "scan", "virtual", "code"),
    [
        # linux/input-event-codes.h, plus 8
        (Desktop.EVDEV, 9, 0, "Escape"),
        (Desktop.EVDEV, 38, 0, "KeyA"),
        (Desktop.EVDEV, 50, 0, "ShiftLeft"),
        (Desktop.EVDEV, 94, 0, "IntlBackslash"),
        (Desktop.EVDEV, 104, 0, "NumpadEnter"),
        (Desktop.EVDEV, 111, 0, "ArrowUp"),
        (Desktop.EVDEV, 119, 0, "Delete"),
        (Desktop.EVDEV, 127, 0, "Pause"),
        (Desktop.EVDEV, 133, 0, "MetaLeft"),
        (Desktop.EVDEV, 191, 0, "F13"),
        (Desktop.EVDEV, 7, 0, None),
        (Desktop.WINDOWS, 0x1E, 0, "KeyA"),
        (Desktop.WINDOWS, 0x148, 0, "ArrowUp"),
        (Desktop.WINDOWS, 0x48, 0, "Numpad8"),
        (Desktop.WINDOWS, 0x45, 0, "Pause"),
        (Desktop.WINDOWS, 0x145, 0, "NumLock"),
        (Desktop.WINDOWS, 0x15B, 0, "MetaLeft"),
        (Desktop.MACOS, 1, 0x00, "KeyA"),
        (Desktop.MACOS, 1, 0x31, "Space"),
        (Desktop.MACOS, 1, 0x7E, "ArrowUp"),
        (Desktop.MACOS, 1, 0x37, "MetaLeft"),
        (Desktop.MACOS, 1, 0x6F, "F12"),
        (Desktop.MACOS, 1, 0x63, "F3"),
    ],
)
def test_known_native_codes(desktop, scan, virtual, code):
    assert key_code(desktop, scan, virtual) == code
