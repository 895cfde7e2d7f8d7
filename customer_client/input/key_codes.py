"""Physical keys: W3C UI Events `code` values, the evdev codes of Linux and the set 1 scan codes of PC keyboards.

Source: W3C "UI Events KeyboardEvent code Values"; Linux `input-event-codes.h`. Power, sleep and wake-up are left out
on purpose: remote input must not switch the computer off.
"""

MODIFIERS = frozenset(
    {"ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight"}
)
"""Keys that change what others do; all other held keys may stay down while text is typed."""

X11_OFFSET = 8
"""An X keycode is the evdev code + 8 (X servers with evdev, libinput and Xvfb)."""

_IN_ORDER = {
    1: "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab",
    16: "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft",
    30: "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash",
    44: "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock",
    59: "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock",
    71: "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd",
    79: "Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal",
    86: "IntlBackslash F11 F12 IntlRo Lang3 Lang4 Convert KanaMode NonConvert",
    96: "NumpadEnter ControlRight NumpadDivide PrintScreen AltRight",
    102: "Home ArrowUp PageUp ArrowLeft ArrowRight End ArrowDown PageDown Insert Delete",
    113: "AudioVolumeMute AudioVolumeDown AudioVolumeUp",
    117: "NumpadEqual",
    119: "Pause",
    121: "NumpadComma Lang1 Lang2 IntlYen MetaLeft MetaRight ContextMenu BrowserStop",
    133: "Copy",
    135: "Paste Find Cut Help",
    158: "BrowserBack BrowserForward",
    163: "MediaTrackNext MediaPlayPause MediaTrackPrevious MediaStop",
    172: "BrowserHome BrowserRefresh",
    179: "NumpadParenLeft NumpadParenRight",
    183: "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24",
    217: "BrowserSearch",
}

EVDEV_CODES: dict[str, int] = {
    code: first + index for first, codes in _IN_ORDER.items() for index, code in enumerate(codes.split())
}
"""From W3C code to evdev code."""


def x11_keycode(code: str) -> int | None:
    """Return the X keycode of the physical key `code`, or None for a key that does not exist here."""
    evdev = EVDEV_CODES.get(code)
    return None if evdev is None else evdev + X11_OFFSET
