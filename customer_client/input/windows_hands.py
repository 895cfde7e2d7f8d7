"""Keys, characters and mouse on Windows, by SendInput. Written to its documentation; not run by our tests.

Source: Win32 `SendInput`, `KEYBDINPUT`, `MOUSEINPUT`, `GetSystemMetrics`.
"""

import ctypes
import logging
from typing import Any

from customer_client.input.key_codes import EVDEV_CODES
from protocol.messages.input import Button

_MOUSE, _KEYBOARD = 0, 1
_EXTENDED, _KEY_UP, _UNICODE, _SCAN_CODE = 0x1, 0x2, 0x4, 0x8
_MOVE, _WHEEL, _SIDE_WHEEL, _WHOLE_DESKTOP, _ABSOLUTE = 0x1, 0x800, 0x1000, 0x4000, 0x8000
_BUTTONS = {
    Button.PRIMARY: (0x2, 0x4, 0),
    Button.SECONDARY: (0x8, 0x10, 0),
    Button.AUXILIARY: (0x20, 0x40, 0),
    Button.BACK: (0x80, 0x100, 1),
    Button.FORWARD: (0x80, 0x100, 2),
}
"""Flags of press and release, and which extra button."""
_LEFT, _TOP, _WIDTH, _HEIGHT = 76, 77, 78, 79
"""GetSystemMetrics: the rectangle of all displays together."""

_EXTENDED_KEYS = {
    **{"NumpadEnter": 0x1C, "ControlRight": 0x1D, "NumpadDivide": 0x35, "PrintScreen": 0x37, "AltRight": 0x38},
    **{"NumLock": 0x45, "Home": 0x47, "ArrowUp": 0x48, "PageUp": 0x49, "ArrowLeft": 0x4B, "ArrowRight": 0x4D},
    **{"End": 0x4F, "ArrowDown": 0x50, "PageDown": 0x51, "Insert": 0x52, "Delete": 0x53, "MetaLeft": 0x5B},
    **{"MetaRight": 0x5C, "ContextMenu": 0x5D, "AudioVolumeMute": 0x20, "AudioVolumeDown": 0x2E},
    **{"AudioVolumeUp": 0x30},
}
_PREFIX = 0x100
_LAST_COMMON = 88
"""Linux took its first 88 key codes from the PC's scan codes of set 1."""

_log = logging.getLogger(__name__)


class _KeyboardInput(ctypes.Structure):
    _fields_ = (
        ("virtual_key", ctypes.c_ushort),
        ("scan_code", ctypes.c_ushort),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_size_t),
    )


class _MouseInput(ctypes.Structure):
    _fields_ = (
        ("dx", ctypes.c_int32),
        ("dy", ctypes.c_int32),
        ("data", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("extra", ctypes.c_size_t),
    )


class _Either(ctypes.Union):
    _fields_ = (("mouse", _MouseInput), ("keyboard", _KeyboardInput))


class _Input(ctypes.Structure):
    _fields_ = (("type", ctypes.c_uint32), ("either", _Either))


class WindowsHands:
    """`SystemHands` of Windows. `user32` is the library of that name; None loads it."""

    no_secure_attention = "windows"

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32 if user32 is not None else ctypes.CDLL("user32")

    def knows(self, code: str) -> int | None:
        """Return the scan code of set 1, with 0x100 for keys that have the 0xE0 prefix."""
        if code in _EXTENDED_KEYS:
            return _PREFIX | _EXTENDED_KEYS[code]
        evdev = EVDEV_CODES.get(code, 0)
        return evdev if 0 < evdev <= _LAST_COMMON else None

    def key(self, number: int, down: bool) -> None:
        """Press or release a key by its scan code."""
        flags = _SCAN_CODE | (_EXTENDED if number & _PREFIX else 0) | (0 if down else _KEY_UP)
        self._send(_keyboard(number & 0xFF, flags))

    def character(self, character: str) -> None:
        """Type a character, in one or two UTF-16 units."""
        data = character.encode("utf-16-le")
        units = [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]
        self._send(*(_keyboard(unit, _UNICODE | up) for up in (0, _KEY_UP) for unit in units))

    def move(self, x: int, y: int) -> None:
        """Move to a pixel of the desktop that all displays make up."""
        left, top, width, height = (self._user32.GetSystemMetrics(metric) for metric in (_LEFT, _TOP, _WIDTH, _HEIGHT))
        dx = round((x - left) * 65535 / max(1, width - 1))
        dy = round((y - top) * 65535 / max(1, height - 1))
        self._send(_mouse(_MOVE | _ABSOLUTE | _WHOLE_DESKTOP, dx=dx, dy=dy))

    def button(self, button: Button, down: bool) -> None:
        """Press or release a button."""
        press, release, data = _BUTTONS[button]
        self._send(_mouse(press if down else release, data=data))

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel; Windows counts in 120ths, too."""
        for flag, units in ((_SIDE_WHEEL, dx), (_WHEEL, dy)):
            if units:
                self._send(_mouse(flag, data=units & 0xFFFFFFFF))

    def close(self) -> None:
        """Nothing is held open."""

    def _send(self, *inputs: _Input) -> None:
        array = (_Input * len(inputs))(*inputs)
        sent = self._user32.SendInput(len(inputs), array, ctypes.sizeof(_Input))
        if sent != len(inputs):  # a window of higher rights is in front, or the secure desktop: Windows says no more
            _log.warning("Windows took %d of %d input events", sent, len(inputs))


def _keyboard(scan_code: int, flags: int) -> _Input:
    return _Input(_KEYBOARD, _Either(keyboard=_KeyboardInput(0, scan_code, flags, 0, 0)))


def _mouse(flags: int, *, dx: int = 0, dy: int = 0, data: int = 0) -> _Input:
    return _Input(_MOUSE, _Either(mouse=_MouseInput(dx, dy, data, flags, 0, 0)))
