"""Keys, characters and mouse on macOS, by CGEvent. Written to its documentation; not run by our tests.

Source: Apple "Quartz Event Services" (CGEvent.h, CGEventTypes.h); virtual key codes of HIToolbox `Events.h`. The user
must have allowed Accessibility for this program, or the system drops every event in silence: that is asked first.
"""

import ctypes
from typing import Any

from customer_client.input.system_events import OUR_MARK
from customer_client.macos.event_tap import MODIFIER_FLAGS
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button

_LIBRARY = "/System/Library/Frameworks/ApplicationServices.framework/ApplicationServices"
_HID_TAP = 0
_USER_DATA = 42
"""A field of events that is ours to fill."""
_LINES = 1
_UNITS_PER_LINE = 40
"""Three lines to a notch of 120 units, as a wheel mouse scrolls by default."""
_MOVED = 5
_BUTTONS = {
    Button.PRIMARY: (1, 2, 6, 0),
    Button.SECONDARY: (3, 4, 7, 1),
    Button.AUXILIARY: (25, 26, 27, 2),
    Button.BACK: (25, 26, 27, 3),
    Button.FORWARD: (25, 26, 27, 4),
}
"""Event types of press, release and drag, and the button's number."""
_IN_ORDER = {
    0x00: "KeyA KeyS KeyD KeyF KeyH KeyG KeyZ KeyX KeyC KeyV IntlBackslash KeyB KeyQ KeyW KeyE KeyR KeyY KeyT",
    0x12: "Digit1 Digit2 Digit3 Digit4 Digit6 Digit5 Equal Digit9 Digit7 Minus Digit8 Digit0 BracketRight",
    0x1F: "KeyO KeyU BracketLeft KeyI KeyP Enter KeyL KeyJ Quote KeyK Semicolon Backslash Comma Slash",
    0x2D: "KeyN KeyM Period Tab Space Backquote Backspace",
    0x35: "Escape",
    0x36: "MetaRight MetaLeft ShiftLeft CapsLock AltLeft ControlLeft ShiftRight AltRight ControlRight",
    0x60: "F5 F6 F7 F3 F8 F9",
    0x72: "Insert Home PageUp Delete F4 End F2 PageDown F1 ArrowLeft ArrowRight ArrowDown ArrowUp",
}
KEY_CODES = {code: first + place for first, codes in _IN_ORDER.items() for place, code in enumerate(codes.split())} | {
    **{"F11": 0x67, "F10": 0x6D, "F12": 0x6F, "NumpadEnter": 0x4C, "ContextMenu": 0x6E},
}


class _Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double))


def load_application_services() -> Any:
    """Return the library with the functions used here declared."""
    library = ctypes.CDLL(_LIBRARY)
    pointer, word, wide = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64
    library.AXIsProcessTrusted.restype = ctypes.c_bool
    for name, result, arguments in (
        ("CGEventCreateKeyboardEvent", pointer, (pointer, ctypes.c_uint16, ctypes.c_bool)),
        ("CGEventCreateMouseEvent", pointer, (pointer, word, _Point, word)),
        ("CGEventCreateScrollWheelEvent2", pointer, (pointer, word, word, *(ctypes.c_int32,) * 3)),
        ("CGEventKeyboardSetUnicodeString", None, (pointer, ctypes.c_ulong, ctypes.c_char_p)),
        ("CGEventSetFlags", None, (pointer, wide)),
        ("CGEventSetIntegerValueField", None, (pointer, word, ctypes.c_int64)),
        ("CGEventPost", None, (word, pointer)),
        ("CFRelease", None, (pointer,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class MacHands:
    """`SystemHands` of macOS. `library` is ApplicationServices; None loads it.

    Raises:
        EnvironmentFault: `macos_input_permission`, the user has not allowed this program to control the computer.
    """

    no_secure_attention = "macos"

    def __init__(self, library: Any = None) -> None:
        self._library = library if library is not None else load_application_services()
        if not self._library.AXIsProcessTrusted():
            raise EnvironmentFault(
                "no Accessibility permission",
                code="macos_input_permission",
                user_text="Your Mac does not let Deskside use mouse and keyboard yet. Allow it under System Settings, "
                "Privacy & Security, Accessibility. Viewing works without.",
            )
        self._flags = 0
        self._place = _Point(0, 0)
        self._pressed: list[Button] = []
        self._wheel_rest = [0, 0]

    def knows(self, code: str) -> int | None:
        """Return the virtual key code."""
        return KEY_CODES.get(code)

    def key(self, number: int, down: bool) -> None:
        """Press or release a key; the modifiers held for the technician go along."""
        flag = MODIFIER_FLAGS.get(number, 0)
        self._flags = self._flags | flag if down else self._flags & ~flag
        event = self._library.CGEventCreateKeyboardEvent(None, number, down)
        self._library.CGEventSetFlags(event, self._flags)
        self._post(event)

    def character(self, character: str) -> None:
        """Type a character, in one or two UTF-16 units."""
        data = character.encode("utf-16-le")
        for down in (True, False):
            event = self._library.CGEventCreateKeyboardEvent(None, 0, down)
            self._library.CGEventSetFlags(event, 0)
            self._library.CGEventKeyboardSetUnicodeString(event, len(data) // 2, data)
            self._post(event)

    def move(self, x: int, y: int) -> None:
        """Move, or drag while a button is held."""
        self._place = _Point(x, y)
        button = self._pressed[-1] if self._pressed else None
        kind, number = (_BUTTONS[button][2:]) if button is not None else (_MOVED, 0)
        self._post(self._library.CGEventCreateMouseEvent(None, kind, self._place, number))

    def button(self, button: Button, down: bool) -> None:
        """Press or release a button; double clicks count as single ones in programs that ask for the count."""
        press, release, _drag, number = _BUTTONS[button]
        if down:
            self._pressed.append(button)
        elif button in self._pressed:
            self._pressed.remove(button)
        self._post(self._library.CGEventCreateMouseEvent(None, press if down else release, self._place, number))

    def wheel(self, dx: int, dy: int) -> None:
        """Scroll whole lines; parts wait for more."""
        lines = [0, 0]
        for axis, units in enumerate((dx, dy)):
            total = self._wheel_rest[axis] + units
            lines[axis] = int(total / _UNITS_PER_LINE)
            self._wheel_rest[axis] = total - lines[axis] * _UNITS_PER_LINE
        if any(lines):
            # the first axis is up and down; to the right is negative there
            self._post(self._library.CGEventCreateScrollWheelEvent2(None, _LINES, 2, lines[1], -lines[0], 0))

    def close(self) -> None:
        """Nothing is held open."""

    def _post(self, event: Any) -> None:
        self._library.CGEventSetIntegerValueField(event, _USER_DATA, OUR_MARK)
        self._library.CGEventPost(_HID_TAP, event)
        self._library.CFRelease(event)
