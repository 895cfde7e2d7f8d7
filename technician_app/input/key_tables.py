"""Native key codes of the three desktops, as W3C UI Events `code` values (www.w3.org/TR/uievents-code).

X11 and Wayland: the evdev code, which is the X keycode minus 8. Windows: the set-1 scan code, 0x100 added for keys with
the 0xE0 prefix. macOS: the virtual key code. The Windows and macOS tables follow the specification; only the X11 one
has been run.
"""

from collections.abc import Mapping
from types import MappingProxyType


def _row(first: int, names: str) -> dict[int, str]:
    return {first + offset: name for offset, name in enumerate(names.split())}


_SET_1_BASE = (
    _row(1, "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab")
    | _row(16, "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft")
    | _row(30, "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash")
    | _row(44, "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock")
    | _row(59, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock Numpad7 Numpad8 Numpad9 NumpadSubtract")
    | _row(75, "Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal")
    | _row(86, "IntlBackslash F11 F12")
)
"""Linux took its first 88 codes from the PC's set 1."""

EVDEV: Mapping[int, str] = MappingProxyType(
    _SET_1_BASE
    | _row(89, "IntlRo Lang3 Lang4 Convert KanaMode NonConvert")
    | _row(96, "NumpadEnter ControlRight NumpadDivide PrintScreen AltRight")
    | _row(102, "Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete")
    | _row(113, "AudioVolumeMute AudioVolumeDown AudioVolumeUp")
    | {85: "Lang5", 117: "NumpadEqual", 119: "Pause", 121: "NumpadComma"}
    | _row(122, "Lang1 Lang2 IntlYen MetaLeft MetaRight ContextMenu")
    | {138: "Help", 158: "BrowserBack", 159: "BrowserForward", 173: "BrowserRefresh"}
    | _row(163, "MediaTrackNext MediaPlayPause MediaTrackPrevious MediaStop")
    | _row(183, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24")
)

WINDOWS: Mapping[int, str] = MappingProxyType(
    _SET_1_BASE
    | {0x45: "Pause", 0x145: "NumLock", 0x146: "Pause", 0x54: "PrintScreen", 0x137: "PrintScreen"}
    | {0x59: "NumpadEqual", 0x70: "KanaMode", 0x73: "IntlRo", 0x79: "Convert", 0x7B: "NonConvert", 0x7D: "IntlYen"}
    | {0x7E: "NumpadComma", 0x71: "Lang2", 0x72: "Lang1", 0x76: "F24"}
    | _row(0x64, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23")
    | {0x11C: "NumpadEnter", 0x11D: "ControlRight", 0x135: "NumpadDivide", 0x138: "AltRight"}
    | {0x120: "AudioVolumeMute", 0x12E: "AudioVolumeDown", 0x130: "AudioVolumeUp"}
    | {0x147: "Home", 0x148: "ArrowUp", 0x149: "PageUp", 0x14B: "ArrowLeft", 0x14D: "ArrowRight", 0x14F: "End"}
    | {0x150: "ArrowDown", 0x151: "PageDown", 0x152: "Insert", 0x153: "Delete"}
    | {0x15B: "MetaLeft", 0x15C: "MetaRight", 0x15D: "ContextMenu"}
)

MACOS: Mapping[int, str] = MappingProxyType(
    _row(0x00, "KeyA KeyS KeyD KeyF KeyH KeyG KeyZ KeyX KeyC KeyV IntlBackslash KeyB KeyQ KeyW KeyE KeyR KeyY KeyT")
    | _row(0x12, "Digit1 Digit2 Digit3 Digit4 Digit6 Digit5 Equal Digit9 Digit7 Minus Digit8 Digit0 BracketRight")
    | _row(0x1F, "KeyO KeyU BracketLeft KeyI KeyP Enter KeyL KeyJ Quote KeyK Semicolon Backslash Comma Slash")
    | _row(0x2D, "KeyN KeyM Period Tab Space Backquote Backspace")
    | {0x35: "Escape"}
    | _row(0x36, "MetaRight MetaLeft ShiftLeft CapsLock AltLeft ControlLeft ShiftRight AltRight ControlRight Fn F17")
    | {0x41: "NumpadDecimal", 0x43: "NumpadMultiply", 0x45: "NumpadAdd", 0x47: "NumLock"}
    | _row(0x48, "AudioVolumeUp AudioVolumeDown AudioVolumeMute NumpadDivide NumpadEnter")
    | _row(0x4E, "NumpadSubtract F18 F19 NumpadEqual Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7")
    | _row(0x5A, "F20 Numpad8 Numpad9 IntlYen IntlRo NumpadComma F5 F6 F7 F3 F8 F9 Lang2 F11 Lang1 F13 F16 F14")
    | {0x6D: "F10", 0x6E: "ContextMenu", 0x6F: "F12", 0x71: "F15"}
    | _row(0x72, "Insert Home PageUp Delete F4 End F2 PageDown F1 ArrowLeft ArrowRight ArrowDown ArrowUp")
)

X11_LEVEL3_SHIFT = 0xFE03
"""The keysym of AltGr."""

X11_COMPOSING = (range(0xFE01, 0xFE14), range(0xFE50, 0xFEA0), range(0xFF20, 0xFF21), range(0xFF37, 0xFF38))
"""Keysyms that shape the next character or choose a layout: level and group keys, dead keys, Multi_key, Codeinput.

0xFF7E (Mode_switch, an older AltGr) is among `X11_NAMED` as nothing.
"""

X11_NAMED: Mapping[int, str | None] = MappingProxyType(
    {0xFF08: "Backspace", 0xFF1B: "Escape", 0xFF7E: None, 0xFF7F: "NumLock", 0xFFE1: "ShiftLeft", 0xFFE2: "ShiftRight"}
    | {0xFFE3: "ControlLeft", 0xFFE4: "ControlRight", 0xFFE5: "CapsLock", 0xFFE7: "AltLeft", 0xFFE8: "AltRight"}
    | {0xFFE9: "AltLeft", 0xFFEA: "AltRight", 0xFFEB: "MetaLeft", 0xFFEC: "MetaRight"}
)
"""Keysyms of keys people move about. With Shift, an Alt key is Meta by name (0xFFE7) and still meant as Alt."""

X11_NAVIGATION: Mapping[int, str | None] = MappingProxyType(
    {0xFF95: "Home", 0xFF96: "ArrowLeft", 0xFF97: "ArrowUp", 0xFF98: "ArrowRight", 0xFF99: "ArrowDown"}
    | {0xFF9A: "PageUp", 0xFF9B: "PageDown", 0xFF9C: "End", 0xFF9D: None, 0xFF9E: "Insert", 0xFF9F: "Delete"}
)
"""Keysyms of the keypad without Num Lock. They travel as the keys they stand for: the customer's Num Lock may be on."""

WINDOWS_NAVIGATION: Mapping[int, str | None] = MappingProxyType(
    {0x0C: None, 0x21: "PageUp", 0x22: "PageDown", 0x23: "End", 0x24: "Home", 0x25: "ArrowLeft", 0x26: "ArrowUp"}
    | {0x27: "ArrowRight", 0x28: "ArrowDown", 0x2D: "Insert", 0x2E: "Delete"}
)
"""Virtual keys of the same, on Windows."""
