"""Keys, characters and mouse on Windows, by SendInput. Run under wine by our tests, not on Windows itself.

Source: Win32 `SendInput`, `KEYBDINPUT`, `MOUSEINPUT`, `GetSystemMetrics`. What is injected bears our mark, so that it
is not taken for the customer's own (`windows.input_hooks`).
"""

import ctypes
import logging
from typing import Any

from customer_client.input.key_codes import EVDEV_CODES
from customer_client.input.system_events import OUR_MARK
from customer_client.windows.structures import KEYBOARD, Input, keyboard_input, mouse_input
from protocol.messages.input import Button

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
_RELEASES = 0x4 | 0x10 | 0x40 | 0x100
_MOST_OWED = 64
_SWAPPED = {Button.PRIMARY: Button.SECONDARY, Button.SECONDARY: Button.PRIMARY}
_LEFT, _TOP, _WIDTH, _HEIGHT = 76, 77, 78, 79
"""GetSystemMetrics: the rectangle of all displays together."""
_BUTTONS_ARE_SWAPPED = 23
_SCAN_CODE_TO_VIRTUAL_KEY = 3
"""MAPVK_VSC_TO_VK_EX: left and right apart."""
_WHOLE_AXIS = 65536
"""Steps of absolute coordinates across the rectangle; the last is one less."""

_EXTENDED_KEYS = {
    **{"NumpadEnter": 0x1C, "ControlRight": 0x1D, "NumpadDivide": 0x35, "PrintScreen": 0x37, "AltRight": 0x38},
    **{"Home": 0x47, "ArrowUp": 0x48, "PageUp": 0x49, "ArrowLeft": 0x4B, "ArrowRight": 0x4D},
    **{"End": 0x4F, "ArrowDown": 0x50, "PageDown": 0x51, "Insert": 0x52, "Delete": 0x53, "MetaLeft": 0x5B},
    **{"MetaRight": 0x5C, "ContextMenu": 0x5D},
}
_OTHER_KEYS = {
    **{"IntlRo": 0x73, "IntlYen": 0x7D, "KanaMode": 0x70, "Convert": 0x79, "NonConvert": 0x7B},
    **{"Lang1": 0x72, "Lang2": 0x71, "NumpadComma": 0x7E},
}
"""Scan codes Linux gave other numbers to."""
_VIRTUAL_KEYS = {
    # Two keys share the scan code 0x45, and which of them SendInput means by it depends on the layout.
    **{"NumLock": 0x90, "Pause": 0x13},
    **{f"F{number}": 0x7C + number - 13 for number in range(13, 25)},
    **{"BrowserBack": 0xA6, "BrowserForward": 0xA7, "BrowserRefresh": 0xA8, "BrowserStop": 0xA9},
    **{"BrowserSearch": 0xAA, "BrowserHome": 0xAC, "MediaTrackNext": 0xB0, "MediaTrackPrevious": 0xB1},
    **{"MediaStop": 0xB2, "MediaPlayPause": 0xB3},
    **{"AudioVolumeMute": 0xAD, "AudioVolumeDown": 0xAE, "AudioVolumeUp": 0xAF},
}
_PREFIX, _VIRTUAL = 0x100, 0x200
_LAST_COMMON = 88
"""Linux took its first 88 key codes from the PC's scan codes of set 1."""

_log = logging.getLogger(__name__)


class WindowsHands:
    """`SystemHands` of Windows. `user32` is the library of that name; None loads it."""

    no_secure_attention = "windows"

    def __init__(self, user32: Any = None) -> None:
        if user32 is None:
            # There on Windows only.
            from customer_client.windows.api import user32 as load

            user32 = load()
        self._user32 = user32
        self._owed: list[Input] = []

    def knows(self, code: str) -> int | None:
        """Return the scan code of set 1, with 0x100 for keys that have the 0xE0 prefix; or 0x200 and a virtual key."""
        if code in _EXTENDED_KEYS:
            return _PREFIX | _EXTENDED_KEYS[code]
        if code in _VIRTUAL_KEYS:
            return _VIRTUAL | _VIRTUAL_KEYS[code]
        evdev = _OTHER_KEYS.get(code) or EVDEV_CODES.get(code, 0)
        return evdev if 0 < evdev <= _LAST_COMMON or code in _OTHER_KEYS else None

    def key(self, number: int, down: bool) -> None:
        """Press or release a key by the number `knows` gave it."""
        up = 0 if down else _KEY_UP
        if number & _VIRTUAL:
            self._send(keyboard_input(virtual_key=number & 0xFF, flags=up, extra=OUR_MARK))
            return
        flags = _SCAN_CODE | (_EXTENDED if number & _PREFIX else 0) | up
        means = self._meaning(number)
        self._send(keyboard_input(virtual_key=means, scan_code=number & 0xFF, flags=flags, extra=OUR_MARK))

    def character(self, character: str) -> None:
        """Type a character, in one or two UTF-16 units."""
        data = character.encode("utf-16-le")
        units = [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]
        self._send(
            *(
                keyboard_input(scan_code=unit, flags=_UNICODE | up, extra=OUR_MARK)
                for up in (0, _KEY_UP)
                for unit in units
            )
        )

    def move(self, x: int, y: int) -> None:
        """Move to a pixel of the desktop that all displays make up."""
        left, top, width, height = (self._user32.GetSystemMetrics(metric) for metric in (_LEFT, _TOP, _WIDTH, _HEIGHT))
        dx, dy = absolute(x - left, width), absolute(y - top, height)
        self._send(mouse_input(_MOVE | _ABSOLUTE | _WHOLE_DESKTOP, dx=dx, dy=dy, extra=OUR_MARK))

    def button(self, button: Button, down: bool) -> None:
        """Press or release a button; what left-handed people have swapped is swapped back."""
        if self._user32.GetSystemMetrics(_BUTTONS_ARE_SWAPPED):
            button = _SWAPPED.get(button, button)
        press, release, data = _BUTTONS[button]
        self._send(mouse_input(press if down else release, data=data, extra=OUR_MARK))

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel; Windows counts in 120ths, too."""
        for flag, units in ((_SIDE_WHEEL, dx), (_WHEEL, dy)):
            if units:
                self._send(mouse_input(flag, data=units, extra=OUR_MARK))

    def close(self) -> None:
        """Nothing is held open."""

    def _meaning(self, number: int) -> int:
        """Return the virtual key of a scan code in the layout of the window in front; 0 for none.

        Windows looks it up itself and ignores ours; wine takes ours.
        """
        thread = self._user32.GetWindowThreadProcessId(self._user32.GetForegroundWindow(), None)
        layout = self._user32.GetKeyboardLayout(thread)
        scan_code = (0xE000 if number & _PREFIX else 0) | (number & 0xFF)
        return int(self._user32.MapVirtualKeyExW(scan_code, _SCAN_CODE_TO_VIRTUAL_KEY, layout))

    def _send(self, *inputs: Input) -> None:
        """Inject; releases that Windows does not take, as on the secure desktop, go ahead of what comes next."""
        together, self._owed = [*self._owed, *inputs], []
        array = (Input * len(together))(*together)
        sent = self._user32.SendInput(len(together), array, ctypes.sizeof(Input))
        if sent != len(together):
            _log.warning("Windows took %d of %d input events", sent, len(together))
            self._owed = [one for one in together[sent:] if _releases(one)][-_MOST_OWED:]


def _releases(one: Input) -> bool:
    if one.type == KEYBOARD:
        return bool(one.either.keyboard.flags & _KEY_UP)
    return bool(one.either.mouse.flags & _RELEASES)


def absolute(pixel: int, size: int) -> int:
    """Return the absolute coordinate, 0..65535, of the middle of `pixel` on an axis of `size` pixels (1..32768).

    Windows turns it back by dropping what is left of a pixel: the middle stays in the pixel, its edge need not.
    """
    return max(0, min(_WHOLE_AXIS - 1, (2 * pixel + 1) * _WHOLE_AXIS // (2 * max(1, size))))
